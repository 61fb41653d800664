// A compressed body, unpacked as it comes in.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gramsetu::connectors::http {

// gzip, one member after another. What libcurl calls unpacked may be half of it; here the end must have been
// seen, with a checksum that fits, and nothing may follow it.
class Inflater {
public:
  Inflater();
  ~Inflater();

  // Hands on what `bytes` unpack to, in pieces; ends early when `take` will have no more. A reason when
  // they are no gzip, else nothing.
  std::string inflate(std::string_view bytes, const std::function<bool(std::string_view)>& take);
  bool ended() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace gramsetu::connectors::http
