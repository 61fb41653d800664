// An HTTP server that follows a script byte by byte: for answers that no proper server gives.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace gramsetu::test {

// What the server does on one connection after it has read a request.
struct Act {
  enum class Kind {
    send,  // the bytes, as they are
    drip,  // the bytes, one every `pause`
    pause, // nothing, for `pause` or until the other side hangs up
    close, // an orderly end of the connection
    reset, // an abrupt one (RST)
    read,  // the next request, on the same connection
  };
  Kind kind = Kind::send;
  std::string bytes;
  std::chrono::milliseconds pause{0};
};

using Script = std::vector<Act>;

// The usual acts.
Act send(std::string bytes);
Act drip(std::string bytes, std::chrono::milliseconds pause);
Act pause(std::chrono::milliseconds pause);
Act close();
Act reset();
Act read();

// A whole answer with a right Content-Length. `headers` are lines, each ending in "\r\n".
std::string answer(int status, const std::string& body, const std::string& headers = "",
                   const std::string& type = "application/json");

// One request as it came.
struct Heard {
  std::string head; // request line and headers, without the blank line
  std::string body;
  int connection = 0; // number of the connection, from 1

  std::string line() const;                          // "GET /a?b=c HTTP/1.1"
  std::string header(const std::string& name) const; // empty when it is not there
};

// Listens on 127.0.0.1, port chosen by the system. The n-th connection plays the n-th script; when
// they have run out, connections are closed unanswered. A script ends with an orderly close. Each
// connection has a thread of its own; all end when the server is destroyed.
class ScriptServer {
public:
  explicit ScriptServer(std::vector<Script> scripts);
  ~ScriptServer();
  ScriptServer(const ScriptServer&) = delete;
  ScriptServer& operator=(const ScriptServer&) = delete;

  int port() const;
  std::string url(const std::string& path = "") const; // "http://127.0.0.1:PORT" + path
  std::vector<Heard> heard() const;                    // requests so far, whole ones
  int connections() const;                             // accepted so far

private:
  friend std::unique_ptr<ScriptServer> serve(std::vector<std::string> answers);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Gives these answers in the order of the requests, over as many connections as come, which are kept
// alive. Requests beyond the last answer find their connection closed.
std::unique_ptr<ScriptServer> serve(std::vector<std::string> answers);

// A port on which nobody listens.
int closed_port();

} // namespace gramsetu::test
