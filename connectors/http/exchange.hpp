// What is collected and watched while one answer comes in.
#pragma once

#include "connectors/http/inflate.hpp"
#include "connectors/http/message.hpp"

#include <cstdint>
#include <memory>
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

  void expect_part() { part_ = true; } // 206 is what was asked for
  void expect_gzip() { gzip_ = true; } // a compressed body is read, and must come to its end

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
  std::uint64_t received() const { return header_bytes_ + raw_bytes_; }
  // What came is good as far as it goes.
  bool may_go_on() const
  {
    return refusal_.empty() && (response_.status == 200 || response_.status == 206) && !inflater_;
  }
  const std::string& refusal() const { return refusal_; }
  Response& response() { return response_; }

private:
  bool refuse(std::string why);
  bool take_status(std::string_view line);
  bool end_of_head();
  bool append(std::string_view bytes);

  std::uint64_t header_limit_, body_limit_;
  std::uint64_t header_bytes_ = 0; // of all answers of the exchange, interim ones too
  Response response_;
  std::optional<std::uint64_t> length_; // Content-Length
  bool chunked_ = false;
  bool head_done_ = false;
  bool too_large_ = false;
  bool part_ = false, gzip_ = false;
  std::uint64_t raw_bytes_ = 0; // of the body, as they came
  std::unique_ptr<Inflater> inflater_;
  std::string refusal_;
};

} // namespace gramsetu::connectors::http
