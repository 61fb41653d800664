// Running a tap once a slice, and giving out its words page by page.
#include "connectors/exec/pull.hpp"

#include "connectors/api/extract.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::exec {

using schema::Value;

namespace {

constexpr std::size_t kPageLines = 1'000;
constexpr std::size_t kPageBytes = 4 << 20;
constexpr std::size_t kKeptSessions = 4; // of pulls that may never go on

// Where a page starts. Its text is the token that the engine hands back.
struct Mark {
  std::string session;
  std::int64_t offset = 0;
};

std::string write_mark(const Mark& mark)
{
  schema::Object object;
  object.append("session", mark.session);
  object.append("offset", mark.offset);
  return schema::to_json(Value(std::move(object)));
}

Result<Mark> read_mark(const std::string& token)
{
  const auto value = schema::parse_json(token);
  const Value* session = value && value->is_object() ? value->object().find("session") : nullptr;
  const Value* offset = value && value->is_object() ? value->object().find("offset") : nullptr;
  if (!session || !session->is_text() || !offset || !offset->is_integer() || offset->integer() <= 0)
    return fail(ErrorKind::invalid, "this is no page of a tap");
  return Mark{session->text(), offset->integer()};
}

BadPiece piece_of(const std::string& text)
{
  const auto first = text.find('\t'), second = text.find('\t', first + 1);
  return {text.substr(second + 1), "line " + text.substr(0, first), "malformed",
          text.substr(first + 1, second - first - 1)};
}

Result<void> add(const Spool::Line& line, const Stream& stream, Page& page)
{
  if (line.kind == 'B') {
    page.bad.push_back(piece_of(line.text));
    return {};
  }
  TRY(Value body, schema::parse_json(line.text));
  page.records.push_back(extract(stream, std::move(body)));
  return {};
}

} // namespace

Puller::Shared Puller::known(const std::string& id)
{
  const std::scoped_lock lock(mutex_);
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const Shared& session) { return session->id == id; });
  return found == sessions_.end() ? nullptr : *found;
}

Result<Puller::Shared> Puller::run(const PullRequest& request, std::stop_token stop)
{
  TRY(Reading reading, read_tap(*context_, request, std::move(stop)));
  std::string what = request.stream->name + "\n" + request.slice.id + "\n" + request.since + "\n";
  what += as_bytes(reading.spool.digest());
  auto session = std::make_shared<const Session>(Session{to_hex(sha256(what)), std::move(reading)});
  const std::scoped_lock lock(mutex_);
  std::erase_if(sessions_, [&](const Shared& other) { return other->id == session->id; });
  sessions_.push_back(session);
  if (sessions_.size() > kKeptSessions) sessions_.pop_front();
  return session;
}

Result<Page> Puller::pull(const PullRequest& request, std::stop_token stop)
{
  if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
  TRY_VOID(context_->plan_of(*request.stream));
  Mark mark;
  Shared session;
  if (!request.page.empty()) {
    TRY(mark, read_mark(request.page));
    session = known(mark.session);
  }
  if (!session) {
    // After a restart the tap is asked again; only the same words have the same pages.
    TRY(session, run(request, std::move(stop)));
    if (!request.page.empty() && session->id != mark.session)
      return fail(ErrorKind::precondition, "the tap says something else than before");
  }
  const Reading& reading = session->reading;
  const auto from = static_cast<std::uint64_t>(mark.offset);
  if (from > reading.spool.size()) return fail(ErrorKind::invalid, "this is no page of a tap");
  TRY(const auto part, reading.spool.read(from, kPageLines, kPageBytes));
  Page page;
  for (const auto& line : part.lines)
    TRY_VOID(add(line, *request.stream, page));
  page.bytes = part.bytes;
  page.last = part.next == reading.spool.size();
  if (!page.last) page.next = write_mark({session->id, static_cast<std::int64_t>(part.next)});
  page.damaged = reading.damaged;
  page.total = reading.records;
  page.cursor = request.seen;
  // The state covers what came before it, and may be had only with the last of it.
  const bool by_state = request.stream->cursor_type == kStateCursor;
  if (page.last && by_state && !reading.state.empty()) page.cursor = reading.state;
  return page;
}

} // namespace gramsetu::connectors::exec
