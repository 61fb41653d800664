// How a command reaches the hub: through the daemon that runs, or by itself when none does.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "daemon/api/router.hpp"
#include "daemon/commands/print.hpp"
#include "daemon/runtime/hub.hpp"

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::commands {

// What every command takes.
struct Common {
  std::string config; // the operator's file
  bool json = false;
};

// Exit codes that users and scripts rely on.
enum Exit {
  kDone = 0,
  kFailed = 1,  // or: the sides differ
  kUsage = 2,   // the command line or the configuration is wrong
  kHeld = 3,    // a rail holds the run
  kPartial = 4, // done, but some records went to quarantine or conflict
  kStoreBroken = 74,
  kConfigBroken = 78,
};

// One request, as a command says it.
struct Ask {
  std::string method = "GET", path; // segments of the path are percent-encoded: `segment`
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;
  schema::Object body; // none when empty
};
std::string segment(const std::string& text); // "/" and the text, percent-encoded

// One command's conversation with the hub. The same requests and answers either way.
class Session {
public:
  // Prints what is wrong with the configuration; `exit_code` is set when there is no session. A daemon
  // that runs is asked even while the file has errors: it goes on with what it read before.
  static std::unique_ptr<Session> open(const Common& common, int& exit_code);
  ~Session();

  // The answer. A problem is printed and leaves nothing but the exit code.
  std::optional<schema::Value> ask(const Ask& what);
  // The answer or the problem document, unprinted, with its status.
  struct Answer {
    int status = 0;
    schema::Value body;
  };
  Result<Answer> send(const Ask& what);

  Clock& clock() { return clock_; }
  Times times() { return {clock_.now(), offset_}; }
  int exit_code() const { return exit_code_; } // after an empty answer
  int status() const { return status_; }       // HTTP's, of the last answer
  // The hub that this process holds; null when a daemon answers.
  runtime::Hub* own_hub() { return hub_.get(); }
  // Our own hub cannot trust its store any more: no run of it will end. Says so, and sets the exit code.
  bool has_lost_store();

private:
  Session() = default;
  bool open_hub();

  Common common_;
  SystemClock clock_;
  Ids ids_;
  NullSink sink_;
  std::string socket_;
  std::unique_ptr<runtime::Hub> hub_;
  api::Handler handler_;
  std::chrono::minutes offset_{330};
  int exit_code_ = kDone;
  int status_ = 0;
};

// Who types: with sudo the person, and not the office.
std::string user_name();

// Says why there is no answer: on standard error, and as JSON on standard output when JSON was asked
// for. Gives `code` back.
int refuse(const Common& common, int code, std::string_view title, std::string_view detail = {});

// Prints findings, one a line to `out`; as a JSON list on standard output with `json`.
void print_findings(const std::vector<schema::Finding>& findings, bool json,
                    std::FILE* out = stderr);

// True once Ctrl-C was pressed after `watch_interrupts`; a second one ends the process.
void watch_interrupts();
bool interrupted();

} // namespace gramsetu::commands
