// libpq, asynchronously.
#include "connectors/sql/link.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>

namespace gramsetu::connectors::sql {

namespace {

constexpr int kLookEvery = 50; // milliseconds between two looks at the stop

// PostgreSQL's numbers of its types, fixed for ever.
enum : Oid {
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kFloat4 = 700,
  kFloat8 = 701
};

Cell cell_at(const PGresult* result, int row, int column)
{
  if (PQgetisnull(result, row, column)) return {};
  const std::string text(PQgetvalue(result, row, column),
                         static_cast<std::size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
  case kBool: return {Cell::Kind::integer, text == "t" ? "1" : "0"};
  case kInt8:
  case kInt2:
  case kInt4: return {Cell::Kind::integer, text};
  case kFloat4:
  case kFloat8: return {Cell::Kind::real, text};
  case kBytea: return {Cell::Kind::bytes, fmt::format("{} bytes", (text.size() - 2) / 2)};
  default: return {Cell::Kind::text, text};
  }
}

ErrorKind kind_of(std::string_view state)
{
  const auto is = [&](std::string_view begin) { return state.starts_with(begin); };
  if (is("23505")) return ErrorKind::precondition;
  if (is("28") || is("42501")) return ErrorKind::unauthorized;
  // Deadlocks, locks and statements that took too long, full servers, shutdowns, broken lines.
  for (const auto begin : {"40", "53", "55P03", "57", "58", "08", "25006", "XX"})
    if (is(begin)) return ErrorKind::transient;
  return ErrorKind::invalid;
}

std::string field(const PGresult* result, int code)
{
  const char* text = PQresultErrorField(result, code);
  return text ? text : "";
}

// The first line of what libpq says of a connection that did not come about.
Error connect_error(const char* said)
{
  std::string words = said ? said : "";
  ErrorKind kind = ErrorKind::transient;
  for (const std::string state : {"28P01: ", "28000: ", "3D000: ", "53300: ", "57P03: "}) {
    const auto at = words.find(state);
    if (at == words.npos) continue;
    kind = state == "3D000: " ? ErrorKind::invalid : kind_of(state);
    words.erase(at, state.size());
  }
  words = words.substr(0, words.find('\n'));
  return {kind, words.empty() ? "the server cannot be reached" : words, std::nullopt};
}

} // namespace

Link::~Link()
{
  if (connection_) PQfinish(connection_);
}

void Link::heed(std::stop_token stop, Ticks until)
{
  stop_ = std::move(stop);
  until_ = until;
  grace_until_ = {};
}

Result<void> Link::wait(short events)
{
  while (true) {
    const Ticks now = clock_.ticks();
    if (stop_.stop_requested() && now >= grace_until_)
      return fail(ErrorKind::cancelled, "stop was requested");
    if (now >= until_) return fail(ErrorKind::transient, "the server took too long to answer");
    pollfd socket{PQsocket(connection_), events, 0};
    const int ready = poll(&socket, 1, kLookEvery);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(ErrorKind::transient, std::strerror(errno));
  }
}

Result<void> Link::open(const std::map<std::string, std::string>& keywords)
{
  std::vector<const char*> names, values;
  for (const auto& [name, value] : keywords) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  if (stop_.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
  connection_ = PQconnectStartParams(names.data(), values.data(), 0);
  if (!connection_) return fail(ErrorKind::transient, "no memory for a connection");
  PQsetErrorVerbosity(connection_, PQERRORS_VERBOSE); // for its SQLSTATE
  PQsetNoticeProcessor(
      connection_, [](void*, const char*) {}, nullptr);
  auto state =
      PQstatus(connection_) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED)
      return tl::unexpected<Error>(connect_error(PQerrorMessage(connection_)));
    TRY_VOID(wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT));
    state = PQconnectPoll(connection_);
  }
  PQsetErrorVerbosity(connection_, PQERRORS_DEFAULT);
  PQsetnonblocking(connection_, 1);
  return {};
}

Error Link::lost()
{
  return {ErrorKind::transient, "the connection to the database was lost", std::nullopt};
}

Result<void> Link::flush()
{
  while (true) {
    const int left = PQflush(connection_);
    if (left == 0) return {};
    if (left < 0) return tl::unexpected<Error>(lost());
    TRY_VOID(wait(POLLIN | POLLOUT));
    if (!PQconsumeInput(connection_)) return tl::unexpected<Error>(lost());
  }
}

void Link::take(Told& told, const PGresult* result, const Statement* statement)
{
  const auto status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
    const char* changed = PQcmdTuples(const_cast<PGresult*>(result));
    told.tag = PQcmdStatus(const_cast<PGresult*>(result));
    told.answer.changed = *changed ? std::stoull(changed) : 0;
    for (int row = 0; row < PQntuples(result); ++row) {
      Row cells;
      for (int column = 0; column < PQnfields(result); ++column)
        cells.push_back(cell_at(result, row, column));
      told.answer.rows.push_back(std::move(cells));
    }
    return;
  }
  if (told.error) return;
  const auto state = field(result, PG_DIAG_SQLSTATE);
  const auto severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (state.empty() || severity == "FATAL" || severity == "PANIC") told.told = false;
  // Its detail and hint show values; its first sentence does for bad input only, after a colon.
  auto words = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (state.starts_with("22")) words = words.substr(0, words.find(": \""));
  if (statement) words = masked(std::move(words), *statement);
  told.error = state.empty() ? lost() : Error{kind_of(state), std::move(words), std::nullopt};
}

Link::Told Link::collect(const Statement* statement)
{
  Told told;
  const auto broken = [&](Error error) {
    // Whatever comes now belongs to a question that nobody waits for.
    PQfinish(connection_);
    connection_ = nullptr;
    told.error = std::move(error);
    told.told = false;
    return told;
  };
  if (const auto sent = flush(); !sent) return broken(sent.error());
  while (true) {
    while (PQisBusy(connection_)) {
      if (const auto there = wait(POLLIN); !there) return broken(there.error());
      if (!PQconsumeInput(connection_) && PQstatus(connection_) == CONNECTION_BAD &&
          PQisBusy(connection_))
        return broken(lost());
    }
    PGresult* result = PQgetResult(connection_);
    if (!result) break;
    take(told, result, statement);
    PQclear(result);
  }
  if (PQstatus(connection_) == CONNECTION_BAD) {
    told.told = false;
    if (!told.error) told.error = lost();
  }
  return told;
}

Result<Answer> Link::run(const Statement& statement)
{
  if (!connection_) return tl::unexpected<Error>(lost());
  if (stop_.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
  std::vector<Oid> types;
  std::vector<const char*> values;
  for (const auto& [cell, oid] : statement.values()) {
    types.push_back(oid);
    values.push_back(cell.kind == Cell::Kind::null ? nullptr : cell.text.c_str());
  }
  if (!PQsendQueryParams(connection_, statement.text().c_str(), static_cast<int>(types.size()),
                         types.data(), values.data(), nullptr, nullptr, 0))
    return tl::unexpected<Error>(lost());
  auto told = collect(&statement);
  if (told.error) return tl::unexpected<Error>(std::move(*told.error));
  return std::move(told.answer);
}

Result<void> Link::script(const std::string& sql)
{
  if (!connection_) return tl::unexpected<Error>(lost());
  if (stop_.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
  if (!PQsendQuery(connection_, sql.c_str())) return tl::unexpected<Error>(lost());
  const auto told = collect(nullptr);
  if (told.error) return tl::unexpected<Error>(*told.error);
  return {};
}

Ending Link::commit()
{
  // Without a connection nothing is sent, and the server takes the transaction back.
  if (!connection_ || PQstatus(connection_) == CONNECTION_BAD)
    return {Ending::Kind::undone, lost()};
  if (!PQsendQuery(connection_, "COMMIT")) return {Ending::Kind::lost, lost()};
  const auto told = collect(nullptr);
  if (!told.error && told.tag == "COMMIT") return {};
  if (!told.error)
    return {Ending::Kind::undone, {ErrorKind::transient, "the server took the changes back", {}}};
  return {told.told ? Ending::Kind::undone : Ending::Kind::lost, *told.error};
}

bool Link::is_idle()
{
  if (!connection_ || PQstatus(connection_) == CONNECTION_BAD) return false;
  if (PQtransactionStatus(connection_) != PQTRANS_IDLE) return false;
  // Nobody asked anything: what is there to be read is the end of the line, or a notice.
  pollfd socket{PQsocket(connection_), POLLIN, 0};
  if (poll(&socket, 1, 0) == 0) return true;
  return PQconsumeInput(connection_) && PQstatus(connection_) == CONNECTION_OK;
}

std::string Link::version() const
{
  const int number = connection_ ? PQserverVersion(connection_) : 0;
  return fmt::format("{}.{}", number / 10'000, number % 10'000);
}

} // namespace gramsetu::connectors::sql
