// A small HTTP server on loopback that stands in for a system while a fixture is played.
#pragma once

#include "base/result.hpp"
#include "connectors/kit/fixture.hpp"

#include <functional>
#include <memory>
#include <string>

namespace gramsetu::connectors::kit {

struct Heard {
  std::string method, path, query; // as they came: encoded
  Pairs headers;
  std::string body;

  // The first of that name, without regard to case; null when there is none.
  const std::string* header(std::string_view name) const;
};

struct Reply {
  std::string bytes;  // on the wire; may be cut anywhere
  bool close = false; // the connection ends after them
};

// A whole answer as bytes.
std::string answer_bytes(int status, const Pairs& headers, const std::string& body);

// Listens on 127.0.0.1, at a port that the system chooses, until it is destroyed. `answer` is called for
// one request at a time.
class Loopback {
public:
  using Answer = std::function<Reply(const Heard&)>;
  static Result<std::unique_ptr<Loopback>> open(Answer answer);
  ~Loopback();
  std::string url() const; // "http://127.0.0.1:40123"

private:
  struct Impl;
  explicit Loopback(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace gramsetu::connectors::kit
