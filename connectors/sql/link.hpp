// One connection to a PostgreSQL server, worked without ever blocking beyond a stop or a bound in time.
#pragma once

#include "base/clock.hpp"
#include "connectors/sql/session.hpp"

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

struct pg_conn;
struct pg_result;

namespace gramsetu::connectors::sql {

// For one thread at a time.
class Link {
public:
  explicit Link(Clock& clock) : clock_(clock) {}
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // What the next steps heed. They give up at `until`, and at a stop when `grace` is over.
  void heed(std::stop_token stop, Ticks until);
  void set_grace(std::chrono::milliseconds grace) { grace_until_ = clock_.ticks() + grace; }

  // Libpq's keywords and their values; what they hold is in no error and no process list.
  Result<void> open(const std::map<std::string, std::string>& keywords);
  Result<Answer> run(const Statement& statement);
  Result<void> script(const std::string& sql);
  Ending commit();

  bool is_idle();              // usable, with no transaction open
  std::string version() const; // "15.8"

private:
  // How a command ended: its answer, or an error; `told`: the server itself said so, and goes on.
  struct Told {
    Answer answer;
    std::string tag; // "COMMIT", "UPDATE 1"
    std::optional<Error> error;
    bool told = true;
  };
  Told collect(const Statement* statement);
  Result<void> wait(short events);
  Result<void> flush();
  void take(Told& told, const pg_result* result, const Statement* statement);
  Error lost();

  Clock& clock_;
  std::stop_token stop_;
  Ticks until_{}, grace_until_{};
  pg_conn* connection_ = nullptr;
};

} // namespace gramsetu::connectors::sql
