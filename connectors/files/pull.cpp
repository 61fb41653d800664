// Pulling pages out of files.
#include "connectors/files/pull.hpp"

#include "base/digest.hpp"
#include "connectors/api/extract.hpp"
#include "connectors/files/drop.hpp"
#include "connectors/files/mark.hpp"
#include "connectors/files/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

namespace gramsetu::connectors::files {

namespace {

constexpr std::size_t kPageItems = 1'000;     // what one transaction stores comfortably
constexpr std::uint64_t kPageBytes = 4 << 20; // whatever the rows are like
constexpr std::size_t kKeptSessions = 8;      // open files of pulls that may never go on

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

std::string digest_of(std::span<const FileEntry> files)
{
  std::string all;
  for (const FileEntry& entry : files)
    all += fmt::format("{}\n{}\n", entry.path, entry.identity);
  return to_hex(sha256(all));
}

} // namespace

// One walk through the files of a slice. Files that lie there for good are one register, and all of them must
// stay as they are until the last was read; dropped files stand each for itself.
struct Puller::Session {
  std::unique_ptr<Folder> folder;
  const PullWords& words;
  std::string pattern;
  std::optional<Drop> drop;
  std::vector<FileEntry> files;
  Mark mark;
  std::unique_ptr<Reader> reader; // of the file at hand; nothing when there is none
  Taken current;                  // drop: what it holds
  std::vector<Taken> taken;       // drop: what was read to its end

  Result<void> begin(const PullRequest& request, std::stop_token stop)
  {
    if (drop) {
      TRY(files, drop->begin(pattern, request.since, stop));
    } else {
      TRY(files, folder->match(pattern, stop));
      mark.set = digest_of(files);
    }
    return open_current(stop);
  }

  Result<void> resume(const PullRequest& request, std::stop_token stop)
  {
    TRY(const Mark at, read_mark(request.page));
    const auto changed = [] {
      return fail(ErrorKind::precondition, "the files changed while they were read");
    };
    if (drop) {
      TRY(taken, read_taken(request.seen));
      TRY(files, drop->waiting(pattern, request.since, stop));
      const auto current_file = std::find_if(files.begin(), files.end(), [&](const auto& entry) {
        return digest_of({&entry, 1}) == at.set;
      });
      if (current_file == files.end()) return changed();
      files.erase(files.begin(), current_file);
    } else {
      TRY(files, folder->match(pattern, stop));
      if (at.set != digest_of(files)) return changed();
    }
    mark = at;
    if (mark.file >= static_cast<std::int64_t>(files.size())) return changed();
    TRY_VOID(open_current(stop));
    const bool same = reader && (!drop || digest_of({&files[index()], 1}) == at.set);
    return same ? reader->skip_to(static_cast<std::uint64_t>(at.offset)) : changed();
  }

  std::size_t index() const { return static_cast<std::size_t>(mark.file); }

  // The file at hand, or the next one that can be used.
  Result<void> open_current(std::stop_token stop)
  {
    for (reader = nullptr; !reader && index() < files.size();) {
      const FileEntry& entry = files[index()];
      TRY(const OpenFile file, folder->open_file(entry.path, stop));
      if (file.identity != entry.identity)
        return fail(ErrorKind::precondition, "the files changed while they were read");
      if (drop) {
        TRY(auto whole, drop->inspect(entry, file, words, stop));
        if (!whole) {
          ++mark.file;
          continue;
        }
        current = std::move(*whole);
      }
      TRY(reader, Reader::open(file, entry.path, words));
    }
    return {};
  }

  Result<void> next_file(std::stop_token stop)
  {
    TRY_VOID(reader->check_unchanged());
    if (drop) taken.push_back(std::move(current));
    ++mark.file;
    return open_current(stop);
  }

  Result<Page> read_page(const PullRequest& request, std::stop_token stop)
  {
    Page page;
    page.cursor = request.seen;
    std::uint64_t start = reader ? reader->offset() : 0;
    const auto room = [&] {
      return page.records.size() + page.bad.size() < kPageItems &&
             page.bytes + reader->offset() - start < kPageBytes;
    };
    while (reader && room()) {
      if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
      TRY(auto item, reader->next());
      if (item) {
        add(std::move(*item), *request.stream, page);
        continue;
      }
      page.bytes += reader->offset() - start;
      TRY_VOID(next_file(stop));
      start = reader ? reader->offset() : 0;
    }
    if (reader) {
      page.bytes += reader->offset() - start;
      TRY_VOID(reader->check_unchanged());
      mark.offset = static_cast<std::int64_t>(reader->offset());
    }
    mark.position += static_cast<std::int64_t>(page.records.size() + page.bad.size());
    page.last = !reader;
    if (drop) page.cursor = write_taken(taken);
    return page;
  }

  // The mark of the page after this one.
  std::string next_mark() const
  {
    Mark next = mark;
    if (drop) {
      next.set = digest_of({&files[index()], 1});
      next.file = 0; // whoever goes on lists what is left from there
    }
    return write_mark(next);
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
  Result<void> finish(Page& page, std::stop_token stop) const
  {
    page.total = static_cast<std::size_t>(mark.position);
    if (drop) return {};
    TRY(const auto now, folder->match(pattern, stop));
    if (digest_of(now) == mark.set) return {};
    return fail(ErrorKind::precondition, "the files changed while they were read");
  }
};

Puller::Puller(OpenFolder open_folder, Services services)
    : open_folder_(std::move(open_folder)), services_(std::move(services))
{
}

Puller::~Puller() = default;

Result<Page> Puller::pull(const PullRequest& request, const PullWords& words,
                          const std::string& pattern, std::stop_token stop)
{
  if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
  const std::string name = request.stream->name + "\n" + request.slice.id + "\n";
  auto session = request.page.empty() ? nullptr : take(name + request.page);
  if (!session) {
    TRY(auto folder, open_folder_(stop));
    session.reset(new Session{std::move(folder), words, pattern, {}, {}, {}, nullptr, {}, {}});
    if (words.drop)
      session->drop.emplace(*session->folder, *words.drop, services_.clock, services_.log);
    TRY_VOID(request.page.empty() ? session->begin(request, stop) : session->resume(request, stop));
  }
  TRY(Page page, session->read_page(request, stop));
  if (page.last) {
    TRY_VOID(session->finish(page, stop));
  } else {
    page.next = session->next_mark();
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
