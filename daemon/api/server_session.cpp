// Beast behind its door: one connection's reads, writes, deadlines and limits.
#include "daemon/api/request_head.hpp"
#include "daemon/api/server_line.hpp"
#include "daemon/api/server_parts.hpp"
#include "daemon/api/wrappers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
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
using Socket = Line::Below::socket_type;

// A reader slower than this is not reading.
constexpr std::uint64_t kSlowestReader = 64 * 1024; // bytes a second
// How long what a refused client still sends is thrown away, so that it can read why.
constexpr std::chrono::seconds kLinger{1};
// How often an answer that is not there yet is asked for.
constexpr std::chrono::milliseconds kPulse{250};
constexpr std::size_t kReadAtOnce = 4096;

// One connection, one request at a time.
class Session final : public Connection, public std::enable_shared_from_this<Session> {
public:
  Session(std::shared_ptr<Core> core, Socket socket, Door door, std::shared_ptr<const Tls> tls)
      : core_(std::move(core)),
        line_(std::move(socket), std::move(tls)),
        pulse_(core_->context),
        door_(std::move(door))
  {
    core_->connections.insert(this);
    ++core_->count(door_);
  }

  ~Session() override
  {
    core_->connections.erase(this);
    --core_->count(door_);
    if (follows_) --core_->followers;
  }

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool busy() const override { return busy_; }
  void close() override
  {
    pulse_.cancel();
    line_.below().close();
  }

  void begin()
  {
    if (!line_.is_tls()) return wait();
    line_.below().expires_after(core_->limits.header_deadline);
    line_.async_handshake([self = shared_from_this()](Failure failure) {
      if (!failure) self->wait();
    });
  }

private:
  // Waits for a request's first byte, under the idle limit; its head then has a deadline of its own.
  void wait()
  {
    busy_ = false;
    if (core_->stopping) return close();
    if (buffer_.size() > 0) return begin_head();
    line_.below().expires_after(core_->limits.idle);
    read([](Session& self) { self.begin_head(); });
  }

  void begin_head()
  {
    mark_ = {};
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(core_->limits.header_bytes));
    parser_->body_limit(core_->limits.body_bytes);
    line_.below().expires_after(core_->limits.header_deadline);
    read_head();
  }

  void read(void (*then)(Session&))
  {
    line_.async_read_some(buffer_.prepare(kReadAtOnce),
                          [self = shared_from_this(), then](Failure failure, std::size_t count) {
                            if (failure) return self->close();
                            self->buffer_.commit(count);
                            then(*self);
                          });
  }

  // The parser sees a head only as a whole, and when nobody could read it otherwise.
  void read_head()
  {
    const auto bytes = buffer_.data();
    const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
    switch (look_at(text.substr(0, core_->limits.header_bytes))) {
    case Head::malformed: return refuse(http::error::bad_value);
    case Head::incomplete:
      if (text.size() >= core_->limits.header_bytes) return refuse(http::error::header_limit);
      return read([](Session& self) { self.read_head(); });
    case Head::complete: break;
    }
    http::async_read_header(line_, buffer_, *parser_,
                            [self = shared_from_this()](Failure failure, std::size_t) {
                              if (failure) return self->refuse(failure);
                              self->read_body();
                            });
  }

  void read_body()
  {
    take_head();
    if (!is_framed_plainly(incoming_.headers)) return refuse(http::error::bad_value);
    // What stands beside a chunk's length is nobody's, and has no limit of its own.
    on_chunk_ = [](std::uint64_t, beast::string_view extensions, Failure& failure) {
      if (!extensions.empty()) failure = http::error::bad_chunk_extension;
    };
    parser_->on_chunk_header(on_chunk_);
    line_.below().expires_after(core_->limits.idle);
    http::async_read(line_, buffer_, *parser_,
                     [self = shared_from_this()](Failure failure, std::size_t) {
                       if (failure) return self->refuse(failure);
                       self->incoming_.body = std::move(self->parser_->get().body());
                       self->hand_over();
                     });
  }

  // Before the body, so that what follows it (trailers) is no header.
  void take_head()
  {
    const auto& message = parser_->get();
    incoming_ = {std::string(message.method_string()), std::string(message.target()), {}, {}};
    for (const auto& field : message) {
      std::string name(field.name_string());
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      incoming_.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    mark_.method = incoming_.method;
    mark_.path = incoming_.target.substr(0, incoming_.target.find('?'));
    keep_alive_ = message.keep_alive();
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

  // On a handler thread; what it gives comes back to the loop.
  template <typename Work, typename Then>
  bool on_a_handler(Work work, Then then)
  {
    auto& workers = is_prompt_path(mark_.path) ? core_->prompt_workers : core_->workers;
    return workers->submit([self = shared_from_this(), work, then](std::stop_token) {
      auto result = work();
      asio::post(self->core_->context,
                 [self, then, result = std::move(result)]() mutable { then(std::move(result)); });
    });
  }

  void hand_over()
  {
    busy_ = true;
    line_.below().expires_never();
    const auto work = [this, incoming = std::move(incoming_)] {
      return answer(incoming, door_, *core_);
    };
    if (on_a_handler(work, [this](Response response) { take(std::move(response)); })) return;
    keep_alive_ = false;
    write(problem(503, "too many requests are being worked on"));
  }

  void take(Response response)
  {
    if (!response.later && !response.more) return write(std::move(response));
    if (core_->followers >= core_->limits.followers) {
      auto refusal = problem(503, "too many wait for what is to come; ask without waiting");
      refusal.headers["Retry-After"] = "5";
      return write(std::move(refusal));
    }
    follows_ = true;
    ++core_->followers;
    following_ = std::move(response);
    following_.later ? ask_later() : begin_stream();
  }

  void leave_followers()
  {
    if (std::exchange(follows_, false)) --core_->followers;
  }

  void on_pulse(void (*then)(Session&))
  {
    pulse_.expires_after(kPulse);
    pulse_.async_wait([self = shared_from_this(), then](Failure failure) {
      if (!failure) then(*self);
    });
  }

  void ask_later()
  {
    const auto work = [this, now = core_->stopping] { return later_of(following_, now); };
    const auto then = [this](std::optional<Response> response) {
      if (!response) return on_pulse([](Session& self) { self.ask_later(); });
      leave_followers();
      response->headers.merge(following_.headers);
      write(std::move(*response));
    };
    if (!on_a_handler(work, then)) on_pulse([](Session& self) { self.ask_later(); });
  }

  // Its end is the end of the connection.
  void begin_stream()
  {
    core_->answered(mark_, following_.status);
    guard(following_, line_.is_tls());
    text_ = stream_begin(following_);
    write_piece();
  }

  void write_piece()
  {
    busy_ = false;
    if (core_->stopping) return close();
    line_.below().expires_after(core_->limits.idle);
    asio::async_write(line_, asio::buffer(text_),
                      [self = shared_from_this()](Failure failure, std::size_t) {
                        if (failure) return self->close();
                        self->line_.below().expires_never();
                        self->next_piece();
                      });
  }

  void next_piece()
  {
    if (core_->stopping) return close();
    const auto then = [this](std::optional<std::string> piece) {
      if (!piece) return end();
      text_ = std::move(*piece);
      if (text_.empty()) return on_pulse([](Session& self) { self.next_piece(); });
      write_piece();
    };
    if (!on_a_handler([this] { return more_of(following_); }, then))
      on_pulse([](Session& self) { self.next_piece(); });
  }

  void write(Response response)
  {
    busy_ = true;
    core_->answered(mark_, response.status);
    keep_alive_ = keep_alive_ && !core_->stopping;
    guard(response, line_.is_tls());
    message_.emplace(http::int_to_status(static_cast<unsigned>(response.status)), 11U);
    message_->set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers)
      message_->set(name, value);
    message_->body() = std::move(response.body);
    message_->keep_alive(keep_alive_);
    message_->prepare_payload();
    const std::chrono::seconds for_size(message_->body().size() / kSlowestReader);
    line_.below().expires_after(core_->limits.idle + for_size);
    http::async_write(line_, *message_, [self = shared_from_this()](Failure failure, std::size_t) {
      self->message_.reset();
      if (failure) return self->close();
      if (self->keep_alive_) return self->wait();
      self->end();
    });
  }

  // Closing with unread bytes would take the answer away from the client, too.
  void end()
  {
    busy_ = false;
    leave_followers();
    line_.below().expires_after(kLinger);
    if (line_.is_tls())
      return line_.async_shutdown([self = shared_from_this()](Failure) { self->close(); });
    Failure ignored;
    line_.below().socket().shutdown(Socket::shutdown_send, ignored);
    discard();
  }

  void discard()
  {
    buffer_.clear();
    line_.async_read_some(buffer_.prepare(kReadAtOnce),
                          [self = shared_from_this()](Failure failure, std::size_t) {
                            if (failure || self->core_->stopping) return self->close();
                            self->discard();
                          });
  }

  std::shared_ptr<Core> core_;
  Line line_;
  asio::steady_timer pulse_;
  const Door door_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::function<void(std::uint64_t, beast::string_view, Failure&)>
      on_chunk_; // the parser refers to it
  Incoming incoming_;
  Mark mark_;          // of the request in hand
  Response following_; // while `follows_`
  std::string text_;   // a piece of it, while it is being written
  std::optional<http::response<http::string_body>> message_; // while it is being written
  bool busy_ = false;
  bool keep_alive_ = false;
  bool follows_ = false;
};

} // namespace

void serve_connection(std::shared_ptr<Core> core, int descriptor, Door door)
{
  const asio::generic::stream_protocol protocol(door.tcp ? AF_INET : AF_UNIX, 0);
  Socket socket(core->context, protocol, descriptor);
  auto tls = door.tcp ? core->current_access()->tls : nullptr;
  std::make_shared<Session>(std::move(core), std::move(socket), std::move(door), std::move(tls))
      ->begin();
}

} // namespace gramsetu::api
