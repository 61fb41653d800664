// libpq in pipeline mode.
#include "daemon/store/postgresql/connection.hpp"

#include "base/check.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <cerrno>
#include <poll.h>

namespace gramsetu::store::postgresql {

namespace {

constexpr int kOpenPatience = 10'000; // milliseconds without a word of the server
// Statements that are on their way without their answers having been read, at most.
constexpr std::size_t kAheadMost = 512;

std::string field(const PGresult* answer, int code)
{
  const char* text = PQresultErrorField(answer, code);
  return text ? text : "";
}

// Server and network away, and a database that is full or busy: it may be better later.
ErrorKind kind_of(std::string_view state)
{
  const auto is = [&](std::string_view begin) { return state.starts_with(begin); };
  if (is("22") || is("23") || is("54") || is("42501"))
    return ErrorKind::invalid; // a value is not taken
  if (is("40") || is("53") || is("55") || is("57014")) return ErrorKind::transient;
  return ErrorKind::corrupt;
}

Error error_of(const PGresult* answer)
{
  const auto state = field(answer, PG_DIAG_SQLSTATE);
  // Its detail and hint show values; its first sentence does for bad input only, after a colon.
  auto words = field(answer, PG_DIAG_MESSAGE_PRIMARY);
  if (state.starts_with("22")) words = words.substr(0, words.find(": \""));
  if (state.empty())
    return {ErrorKind::corrupt, "store: the connection to the database was lost", std::nullopt};
  if (state.starts_with("53100"))
    return {ErrorKind::transient, "store: the database's disk is full", std::nullopt};
  return {kind_of(state), fmt::format("store: {} ({})", words, state), std::nullopt};
}

// The first line of what libpq says of a connection that did not come about.
Error not_opened(const PGconn* handle)
{
  std::string words = PQerrorMessage(handle);
  ErrorKind kind = ErrorKind::transient;
  for (const std::string_view state : {"28P01: ", "28000: ", "3D000: ", "42501: "}) {
    const auto at = words.find(state);
    if (at == words.npos) continue;
    kind = ErrorKind::invalid;
    words.erase(at, state.size());
  }
  words = words.substr(0, words.find('\n'));
  // What libpq itself refuses: waiting would not change it.
  for (const std::string_view ours :
       {"certificate", "does not support SSL", "no password supplied"})
    if (words.find(ours) != words.npos) kind = ErrorKind::invalid;
  return {kind, words.empty() ? "the server cannot be reached" : words, std::nullopt};
}

// Question marks become $1, $2 and so on, but for those in quotes.
std::string numbered(std::string_view sql)
{
  std::string text;
  int number = 0;
  bool quoted = false;
  for (const char letter : sql) {
    if (letter == '\'') quoted = !quoted;
    if (letter == '?' && !quoted)
      text += fmt::format("${}", ++number);
    else
      text += letter;
  }
  return text;
}

} // namespace

void FreeAnswer::operator()(pg_result* answer) const
{
  PQclear(answer);
}

Result<std::unique_ptr<Connection>>
Connection::open(const std::map<std::string, std::string>& words)
{
  std::vector<const char*> names, values;
  for (const auto& [name, value] : words) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* const handle = PQconnectStartParams(names.data(), values.data(), 0);
  if (!handle) return fail(ErrorKind::transient, "no memory for a connection");
  std::unique_ptr<Connection> connection(new Connection(handle));
  PQsetErrorVerbosity(handle, PQERRORS_VERBOSE); // for its SQLSTATE
  PQsetNoticeProcessor(
      handle, [](void*, const char*) {}, nullptr);
  TRY_VOID(connection->wait_until_open());
  return connection;
}

Result<void> Connection::wait_until_open()
{
  auto turn = PQstatus(handle_) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (turn != PGRES_POLLING_OK) {
    if (turn == PGRES_POLLING_FAILED) return tl::unexpected<Error>(not_opened(handle_));
    const short events = turn == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    pollfd socket{PQsocket(handle_), events, 0};
    const int ready = poll(&socket, 1, kOpenPatience);
    if (ready == 0) return fail(ErrorKind::transient, "the server took too long to answer");
    if (ready > 0) turn = PQconnectPoll(handle_);
  }
  return {};
}

Connection::~Connection()
{
  PQfinish(handle_);
}

int Connection::server_version() const
{
  return PQserverVersion(handle_);
}

Result<void> Connection::script(const std::string& sql)
{
  check(!in_transaction_ && sent_ == 0, "a script is run between transactions");
  PQexitPipelineMode(handle_);
  const Answer answer(PQexec(handle_, sql.c_str()));
  const auto status = PQresultStatus(answer.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
  return tl::unexpected<Error>(error_of(answer.get()));
}

Result<void> Connection::lost()
{
  if (!failure_)
    failure_ = Error{ErrorKind::corrupt, "store: the connection to the database was lost", {}};
  return tl::unexpected<Error>(*failure_);
}

Result<void> Connection::prepare(std::string_view sql, const Values& values, std::string& name)
{
  if (const auto known = names_.find(sql); known != names_.end()) {
    name = known->second;
    return {};
  }
  name = fmt::format("s{}", ++next_name_);
  if (!PQsendPrepare(handle_, name.c_str(), numbered(sql).c_str(), values.size(), values.types()))
    return lost();
  ++sent_;
  names_.emplace(sql, name);
  unproven_.emplace_back(sql);
  return {};
}

Result<void> Connection::send(std::string_view sql, const Values& values)
{
  if (failure_) return tl::unexpected<Error>(*failure_);
  if (PQpipelineStatus(handle_) == PQ_PIPELINE_OFF && !PQenterPipelineMode(handle_)) return lost();
  if (sent_ >= kAheadMost) TRY_VOID(collect());
  std::string name;
  TRY_VOID(prepare(sql, values, name));
  if (!PQsendQueryPrepared(handle_, name.c_str(), values.size(), values.values(), values.lengths(),
                           values.formats(), 1))
    return lost();
  ++sent_;
  return {};
}

Result<Answer> Connection::ask(std::string_view sql, const Values& values)
{
  TRY_VOID(send(sql, values));
  return collect();
}

void Connection::note(const PGresult* answer)
{
  const auto status = PQresultStatus(answer);
  if (status == PGRES_COMMAND_OK) tag_ = PQcmdStatus(const_cast<PGresult*>(answer));
  if (status == PGRES_FATAL_ERROR && !failure_) failure_ = error_of(answer);
}

// Reads all answers to what was sent, and keeps the last.
Result<Answer> Connection::collect()
{
  Answer last;
  sent_ = 0;
  tag_.clear();
  if (!PQpipelineSync(handle_)) static_cast<void>(lost());
  for (bool more = true; more;) {
    Answer answer(PQgetResult(handle_));
    if (!answer) { // the end of one statement's answers
      more = PQstatus(handle_) == CONNECTION_OK;
      continue;
    }
    more = PQresultStatus(answer.get()) != PGRES_PIPELINE_SYNC;
    if (!more) break;
    note(answer.get());
    last = std::move(answer);
  }
  if (PQstatus(handle_) != CONNECTION_OK) static_cast<void>(lost());
  if (failure_) { // whether they were prepared, nobody knows: their next names are others
    for (const auto& sql : unproven_)
      names_.erase(sql);
  }
  unproven_.clear();
  if (failure_) return tl::unexpected<Error>(*failure_);
  return last;
}

// Whether the server is waiting for rows. What it says before that is heard.
bool Connection::takes_rows()
{
  while (const Answer answer{PQgetResult(handle_)}) {
    if (PQresultStatus(answer.get()) == PGRES_COPY_IN) return true;
    note(answer.get());
  }
  return false;
}

Result<void> Connection::copy(const std::vector<CopyIn>& tables)
{
  if (failure_) return tl::unexpected<Error>(*failure_);
  if (sent_ > 0) TRY_VOID(collect());
  if (!PQexitPipelineMode(handle_)) return lost();
  std::string sql; // in one, so that the end of a COPY and the start of the next are one wait
  for (const auto& table : tables)
    sql += fmt::format("COPY {} FROM STDIN (FORMAT binary);", table.into);
  if (!PQsendQuery(handle_, sql.c_str())) return lost();
  for (const auto& table : tables) {
    if (!takes_rows()) break;
    CopyRows rows([&](std::string_view piece) {
      return PQputCopyData(handle_, piece.data(), static_cast<int>(piece.size())) == 1;
    });
    table.rows(rows);
    if (!rows.end() || PQputCopyEnd(handle_, nullptr) != 1) return lost();
  }
  if (takes_rows() || PQstatus(handle_) != CONNECTION_OK) return lost();
  return failure_ ? Result<void>(tl::unexpected<Error>(*failure_)) : Result<void>();
}

Result<void> Connection::begin()
{
  failure_.reset();
  if (PQstatus(handle_) != CONNECTION_OK) return lost();
  in_transaction_ = true;
  return send("BEGIN", {});
}

Result<void> Connection::commit()
{
  if (!failure_) static_cast<void>(ask("COMMIT", {}));
  if (!failure_) {
    // The answer to a COMMIT of a transaction that had failed is ROLLBACK.
    in_transaction_ = false;
    if (tag_ == "COMMIT") return {};
    failure_ = Error{ErrorKind::corrupt, "store: the database took the changes back", {}};
  }
  return tl::unexpected<Error>(*failure_);
}

Result<void> Connection::roll_back()
{
  in_transaction_ = false;
  // What is still on its way is heard first: a failure of it would take the ROLLBACK with it.
  if (sent_ > 0) static_cast<void>(collect());
  if (PQstatus(handle_) != CONNECTION_OK) return lost();
  const auto before = failure_;
  failure_.reset();
  const auto undone = ask("ROLLBACK", {});
  if (!undone) return tl::unexpected<Error>(undone.error());
  failure_ = before;
  return {};
}

} // namespace gramsetu::store::postgresql
