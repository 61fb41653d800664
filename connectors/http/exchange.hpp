// What is collected and watched while one answer comes in.
#pragma once

#include "connectors/http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::connectors::http {

// Takes an answer's header lines and body bytes, and refuses what an honest server does not send.
// libcurl itself calls an answer good when it is cut, ambiguous or endless, so the refusing is here.
class Exchange {
public:
  Exchange(std::uint64_t header_bytes, std::uint64_t body_bytes)
      : header_limit_(header_bytes), body_limit_(body_bytes)
  {
  }

  // False when the transfer must end here; `refusal` then says why.
  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);

  // To be asked when libcurl says that all is well.
  bool complete();

  bool begun() const { return header_bytes_ > 0; }
  // The final status line and all of its headers are there, whatever became of the body.
  bool has_head() const { return head_done_ && response_.status >= 200; }
  // A failed request: what it means is in the status, so a broken body does not matter.
  bool failed() const { return has_head() && response_.status >= 400; }
  bool too_large() const { return too_large_; }
  std::uint64_t received() const { return header_bytes_ + response_.body.size(); }
  const std::string& refusal() const { return refusal_; }
  Response& response() { return response_; }

private:
  bool refuse(std::string why);
  bool take_status(std::string_view line);
  bool end_of_head();

  std::uint64_t header_limit_, body_limit_;
  std::uint64_t header_bytes_ = 0; // of all answers of the exchange, interim ones too
  Response response_;
  std::optional<std::uint64_t> length_; // Content-Length
  bool chunked_ = false;
  bool head_done_ = false;
  bool too_large_ = false;
  std::string refusal_;
};

} // namespace gramsetu::connectors::http
