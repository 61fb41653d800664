// Pulling pages out of files.
#include "connectors/files/pull.hpp"

#include "base/digest.hpp"
#include "connectors/api/extract.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <optional>

namespace gramsetu::connectors::files {

namespace {

constexpr std::size_t kPageItems = 1'000;     // what one transaction stores comfortably
constexpr std::uint64_t kPageBytes = 4 << 20; // whatever the rows are like
constexpr std::size_t kKeptSessions = 8;      // open files of pulls that may never go on

// Where a page starts. Its text is the token that the engine hands back.
struct Mark {
  std::string set;           // digest of the files' names and identities
  std::int64_t file = 0;     // which of them
  std::int64_t offset = 0;   // in its decoded bytes
  std::int64_t position = 0; // records and bad pieces before it
};

std::string write_mark(const Mark& mark)
{
  schema::Object object;
  object.append("set", mark.set);
  object.append("file", mark.file);
  object.append("offset", mark.offset);
  object.append("position", mark.position);
  return schema::to_json(schema::Value(std::move(object)));
}

Result<Mark> read_mark(const std::string& token)
{
  const auto broken = [] {
    return fail(ErrorKind::invalid, "this is no page of a files endpoint");
  };
  const auto value = schema::parse_json(token);
  if (!value || !value->is_object()) return broken();
  const auto number = [&](std::string_view name) -> std::int64_t {
    const schema::Value* found = value->object().find(name);
    return found && found->is_integer() ? found->integer() : -1;
  };
  const schema::Value* set = value->object().find("set");
  if (!set || !set->is_text()) return broken();
  Mark mark{set->text(), number("file"), number("offset"), number("position")};
  if (mark.file < 0 || mark.offset < 0 || mark.position < 0) return broken();
  return mark;
}

// The member that `join` asks for, or nothing when all its parts are blank.
std::optional<std::string> joined(const schema::Value& record,
                                  const std::vector<std::string>& parts)
{
  std::string text;
  bool blank = true;
  for (const auto& part : parts) {
    if (&part != &parts.front()) text.push_back('/');
    const schema::Value* value = record.object().find(part);
    if (!value || value->is_empty()) continue;
    blank = false;
    for (const char letter : scalar_text(*value)) {
      if (letter == '~' || letter == '/')
        text += letter == '~' ? "~0" : "~1";
      else
        text.push_back(letter);
    }
  }
  return blank ? std::nullopt : std::optional(text);
}

Result<std::string> digest_of(const Folder& folder, const std::vector<std::string>& files)
{
  std::string all;
  for (const auto& path : files) {
    TRY(const Descriptor file, folder.open_file(path));
    TRY(const std::string identity, identity_of(file.number()));
    all += fmt::format("{}\n{}\n", path, identity);
  }
  return to_hex(sha256(all));
}

} // namespace

struct Puller::Session {
  Folder folder;
  const PullWords& words;
  std::vector<std::string> files;
  Mark mark;
  std::unique_ptr<Reader> reader;

  Result<void> begin(const std::string& pattern)
  {
    TRY(files, folder.match(pattern));
    TRY(mark.set, digest_of(folder, files));
    return open_current();
  }

  Result<void> resume(const std::string& pattern, const Mark& at)
  {
    TRY_VOID(begin(pattern));
    const bool same = at.set == mark.set && static_cast<std::size_t>(at.file) < files.size();
    if (!same) return fail(ErrorKind::precondition, "the files changed while they were read");
    mark = at;
    TRY_VOID(open_current());
    return reader->skip_to(static_cast<std::uint64_t>(at.offset));
  }

  Result<void> open_current()
  {
    TRY(reader, Reader::open(folder, files[static_cast<std::size_t>(mark.file)], words));
    return {};
  }

  // True when there is a further file.
  Result<bool> next_file()
  {
    TRY_VOID(reader->check_unchanged());
    if (static_cast<std::size_t>(++mark.file) == files.size()) return false;
    TRY_VOID(open_current());
    return true;
  }

  Result<Page> read_page(const PullRequest& request, std::stop_token stop)
  {
    Page page;
    page.cursor = request.seen;
    std::uint64_t start = reader->offset();
    const auto room = [&] {
      return page.records.size() + page.bad.size() < kPageItems &&
             page.bytes + reader->offset() - start < kPageBytes;
    };
    bool more = true;
    while (more && room()) {
      if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
      TRY(auto item, reader->next());
      if (item) {
        add(std::move(*item), *request.stream, page);
        continue;
      }
      page.bytes += reader->offset() - start;
      TRY(more, next_file());
      start = more ? reader->offset() : 0;
    }
    if (more) {
      page.bytes += reader->offset() - start;
      TRY_VOID(reader->check_unchanged());
      mark.offset = static_cast<std::int64_t>(reader->offset());
    }
    mark.position += static_cast<std::int64_t>(page.records.size() + page.bad.size());
    page.last = !more;
    return page;
  }

  void add(Item item, const Stream& stream, Page& page) const
  {
    page.damaged = page.damaged || item.cut_off;
    if (!item.record) {
      page.bad.push_back(std::move(item.bad));
      return;
    }
    for (const auto& [member, parts] : words.join) {
      if (auto text = joined(*item.record, parts)) item.record->object().set(member, *text);
    }
    raise_cursor(stream, *item.record, page.cursor);
    page.records.push_back(extract(stream, std::move(*item.record)));
  }

  // The names must still lead to the files that were read: one that was replaced meanwhile was read
  // to its end in its old form, but its neighbours may be new.
  Result<void> finish(const std::string& pattern, Page& page) const
  {
    TRY(const auto now, folder.match(pattern));
    TRY(const std::string set, digest_of(folder, now));
    if (set != mark.set)
      return fail(ErrorKind::precondition, "the files changed while they were read");
    page.total = static_cast<std::size_t>(mark.position);
    return {};
  }
};

Puller::Puller(std::string folder) : folder_(std::move(folder)) {}

Puller::~Puller() = default;

Result<Page> Puller::pull(const PullRequest& request, const PullWords& words,
                          const std::string& pattern, std::stop_token stop)
{
  const std::string name = request.stream->name + "\n" + request.slice.id + "\n";
  auto session = request.page.empty() ? nullptr : take(name + request.page);
  if (!session) {
    TRY(Folder folder, Folder::open(folder_));
    session.reset(new Session{std::move(folder), words, {}, {}, nullptr});
    if (request.page.empty()) {
      TRY_VOID(session->begin(pattern));
    } else {
      TRY(const Mark at, read_mark(request.page));
      TRY_VOID(session->resume(pattern, at));
    }
  }
  TRY(Page page, session->read_page(request, stop));
  if (page.last) {
    TRY_VOID(session->finish(pattern, page));
  } else {
    page.next = write_mark(session->mark);
    keep(std::move(session), name + page.next);
  }
  return page;
}

std::unique_ptr<Puller::Session> Puller::take(const std::string& name)
{
  const std::lock_guard lock(mutex_);
  for (auto it = kept_.begin(); it != kept_.end(); ++it) {
    if (it->first != name) continue;
    auto session = std::move(it->second);
    kept_.erase(it);
    return session;
  }
  return nullptr;
}

void Puller::keep(std::unique_ptr<Session> session, const std::string& name)
{
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kKeptSessions) kept_.erase(kept_.begin());
  kept_.emplace_back(name, std::move(session));
}

} // namespace gramsetu::connectors::files
