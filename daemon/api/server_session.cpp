// Beast behind its door: one connection's reads, writes, deadlines and limits.
#include "daemon/api/server_parts.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <sys/socket.h>

#include <algorithm>

namespace gramsetu::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Failure = boost::system::error_code;
// One type for both kinds of socket: the parser is instantiated once.
using Protocol = asio::generic::stream_protocol;
using Stream = beast::basic_stream<Protocol, asio::io_context::executor_type>;
using Socket = Stream::socket_type;

// A reader slower than this is not reading.
constexpr std::uint64_t kSlowestReader = 64 * 1024; // bytes a second
// How long what a refused client still sends is thrown away, so that it can read why.
constexpr std::chrono::seconds kLinger{1};

// One connection, one request at a time.
class Session final : public Connection, public std::enable_shared_from_this<Session> {
public:
  Session(std::shared_ptr<Core> core, Socket socket, Door door)
      : core_(std::move(core)), stream_(std::move(socket)), door_(std::move(door))
  {
    core_->connections.insert(this);
    ++core_->count(door_);
  }

  ~Session() override
  {
    core_->connections.erase(this);
    --core_->count(door_);
  }

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool busy() const override { return busy_; }
  void close() override { stream_.close(); }

  // Waits for a request's first byte, under the idle limit; its header then has a deadline of its own.
  void wait()
  {
    busy_ = false;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(core_->limits.header_bytes));
    parser_->body_limit(core_->limits.body_bytes);
    if (core_->stopping) return close();
    if (buffer_.size() > 0) return read_header();
    stream_.expires_after(core_->limits.idle);
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](Failure failure, std::size_t count) {
                              if (failure) return;
                              self->buffer_.commit(count);
                              self->read_header();
                            });
  }

private:
  void read_header()
  {
    stream_.expires_after(core_->limits.header_deadline);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](Failure failure, std::size_t) {
                              if (failure) return self->refuse(failure);
                              self->read_body();
                            });
  }

  void read_body()
  {
    stream_.expires_after(core_->limits.idle);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](Failure failure, std::size_t) {
                       if (failure) return self->refuse(failure);
                       self->hand_over();
                     });
  }

  void refuse(Failure failure)
  {
    keep_alive_ = false;
    if (failure == http::error::body_limit) return write(problem(413, "the body is too large"));
    if (failure == http::error::header_limit || failure == http::error::buffer_overflow)
      return write(problem(431, "the header is too large"));
    const bool malformed = failure.category() == make_error_code(http::error::bad_value).category();
    if (malformed && failure != http::error::end_of_stream &&
        failure != http::error::partial_message)
      return write(problem(400, "this is not HTTP as it should be"));
    close(); // Gone, or too slow.
  }

  Incoming take_request()
  {
    auto message = parser_->release();
    Incoming incoming{std::string(message.method_string()),
                      std::string(message.target()),
                      std::move(message.body()),
                      {}};
    for (const auto& field : message) {
      std::string name(field.name_string());
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      incoming.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    keep_alive_ = message.keep_alive();
    return incoming;
  }

  void hand_over()
  {
    busy_ = true;
    const auto work = [self = shared_from_this(), incoming = take_request()](std::stop_token) {
      Response response = answer(incoming, self->door_, self->core_->access, self->core_->handler);
      asio::post(self->core_->context, [self, response = std::move(response)]() mutable {
        self->write(std::move(response));
      });
    };
    if (core_->workers->submit(work)) return;
    keep_alive_ = false;
    write(problem(503, "too many requests are being worked on"));
  }

  void write(Response response)
  {
    busy_ = true;
    keep_alive_ = keep_alive_ && !core_->stopping;
    message_.emplace(http::int_to_status(static_cast<unsigned>(response.status)), 11U);
    message_->set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers)
      message_->set(name, value);
    message_->body() = std::move(response.body);
    message_->keep_alive(keep_alive_);
    message_->prepare_payload();
    const std::chrono::seconds for_size(message_->body().size() / kSlowestReader);
    stream_.expires_after(core_->limits.idle + for_size);
    http::async_write(stream_, *message_,
                      [self = shared_from_this()](Failure failure, std::size_t) {
                        self->message_.reset();
                        if (failure) return self->close();
                        if (self->keep_alive_) return self->wait();
                        self->finish();
                      });
  }

  // Closing with unread bytes would take the answer away from the client, too.
  void finish()
  {
    busy_ = false;
    Failure ignored;
    stream_.socket().shutdown(Socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    discard();
  }

  void discard()
  {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](Failure failure, std::size_t) {
                              if (failure || self->core_->stopping) return self->close();
                              self->discard();
                            });
  }

  std::shared_ptr<Core> core_;
  Stream stream_;
  const Door door_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> message_; // while it is being written
  bool busy_ = false;
  bool keep_alive_ = false;
};

} // namespace

void serve_connection(std::shared_ptr<Core> core, int descriptor, Door door)
{
  const Protocol protocol(door.tcp ? AF_INET : AF_UNIX, 0);
  Socket socket(core->context, protocol, descriptor);
  std::make_shared<Session>(std::move(core), std::move(socket), std::move(door))->wait();
}

} // namespace gramsetu::api
