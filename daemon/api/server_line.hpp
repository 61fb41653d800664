// The bytes of a connection, in the clear or through TLS: one type, so that the parser is instantiated once.
#pragma once

#include "daemon/api/server_tls.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace gramsetu::api {

// Loop thread only. Deadlines are those of `below`.
class Line {
public:
  // One type for both kinds of socket, too.
  using Below = boost::beast::basic_stream<boost::asio::generic::stream_protocol,
                                           boost::asio::io_context::executor_type>;
  using executor_type = Below::executor_type;
  Line(Below::socket_type socket, std::shared_ptr<const Tls> tls)
      : below_(std::move(socket)), settings_(std::move(tls))
  {
    if (settings_) tls_.emplace(below_, settings_->context());
  }

  executor_type get_executor() { return below_.get_executor(); }
  Below& below() { return below_; }
  bool is_tls() const { return tls_.has_value(); }

  template <typename Buffers, typename Done>
  void async_read_some(const Buffers& buffers, Done&& done)
  {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Done>(done));
    below_.async_read_some(buffers, std::forward<Done>(done));
  }
  template <typename Buffers, typename Done>
  void async_write_some(const Buffers& buffers, Done&& done)
  {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Done>(done));
    below_.async_write_some(buffers, std::forward<Done>(done));
  }
  template <typename Done>
  void async_handshake(Done&& done)
  {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Done>(done));
  }
  template <typename Done>
  void async_shutdown(Done&& done)
  {
    tls_->async_shutdown(std::forward<Done>(done));
  }

private:
  Below below_;
  const std::shared_ptr<const Tls> settings_;
  std::optional<boost::asio::ssl::stream<Below&>> tls_;
};

} // namespace gramsetu::api
