// Picking dropped files up, and filing them away.
#include "connectors/files/drop.hpp"

#include "base/digest.hpp"
#include "connectors/files/reader.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <unistd.h>

namespace gramsetu::connectors::files {

namespace {

// The cursor names each of them, so there is a bound; the next run takes the next ones.
constexpr std::size_t kMostTaken = 1'000;
constexpr int kMostNames = 100; // of one file that comes again and again

std::string name_of(const std::string& path)
{
  return path.substr(path.rfind('/') + 1);
}

// "archive/x.csv", then "archive/x.csv.1a2b3c4d", then "archive/x.csv.1a2b3c4d.2": the first that is free.
std::string nth_name(const std::string& path, const std::string& digest, int n)
{
  if (n == 0) return path;
  const std::string named = path + "." + digest.substr(0, 8);
  return n == 1 ? named : fmt::format("{}.{}", named, n);
}

Result<std::string> digest_of(const Descriptor& file)
{
  DigestOfPieces digest;
  std::array<char, 1 << 16> chunk{};
  std::uint64_t at = 0;
  while (true) {
    const ssize_t got = ::pread(file.number(), chunk.data(), chunk.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return fail(ErrorKind::transient, fmt::format("reading: {}", std::strerror(errno)));
    if (got == 0) return to_hex(digest.finish());
    digest.add({chunk.data(), static_cast<std::size_t>(got)});
    at += static_cast<std::uint64_t>(got);
  }
}

// Why a file cannot be used as a whole; nothing when it can. Its counts go to `taken`.
Result<std::optional<std::string>> look_through(const OpenFile& file, const PullWords& words,
                                                Taken& taken, const std::stop_token& stop)
{
  using Why = std::optional<std::string>;
  const auto bad_file = [](const Error& error) -> Result<Why> {
    if (error.kind == ErrorKind::invalid) return Why(error.what);
    return tl::unexpected<Error>(error);
  };
  auto reader = Reader::open(file, taken.path, words);
  if (!reader) return bad_file(reader.error());
  while (true) {
    if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    const auto item = (*reader)->next();
    if (!item) return bad_file(item.error());
    if (!*item) break;
    if ((*item)->cut_off) return Why((*item)->bad.text + "; the file breaks off there");
    ++((*item)->record ? taken.records : taken.bad);
  }
  TRY_VOID((*reader)->check_unchanged());
  if (taken.records == 0 && taken.bad > 0)
    return Why(fmt::format("none of its {} records can be read", taken.bad));
  return Why();
}

std::string acknowledgement(const Taken& taken)
{
  schema::Object object;
  object.append("file", name_of(taken.path));
  object.append("sha256", taken.digest);
  object.append("records", taken.records);
  object.append("unreadable", taken.bad);
  return schema::to_json(schema::Value(std::move(object))) + "\n";
}

std::string filled(const std::string& pattern, const std::string& path)
{
  constexpr std::string_view kPlace = "{file}";
  std::string made = pattern;
  made.replace(made.find(kPlace), kPlace.size(), path);
  return made;
}

const Taken* find_taken(const std::vector<Taken>& taken, const FileEntry& entry)
{
  const auto found = std::find_if(taken.begin(), taken.end(), [&](const Taken& one) {
    return one.path == entry.path && one.identity == entry.identity;
  });
  return found == taken.end() ? nullptr : &*found;
}

} // namespace

std::string write_taken(const std::vector<Taken>& taken)
{
  schema::List list;
  for (const Taken& one : taken) {
    schema::Object object;
    object.append("path", one.path);
    object.append("identity", one.identity);
    object.append("sha256", one.digest);
    object.append("records", one.records);
    object.append("bad", one.bad);
    list.push_back(schema::Value(std::move(object)));
  }
  schema::Object cursor;
  cursor.append("taken", schema::Value(std::move(list)));
  return schema::to_json(schema::Value(std::move(cursor)));
}

Result<std::vector<Taken>> read_taken(const std::string& cursor)
{
  std::vector<Taken> taken;
  if (cursor.empty()) return taken;
  TRY(const auto value, schema::parse_json(cursor));
  const schema::Value* list = schema::at_pointer(value, "/taken");
  const auto broken = fail(ErrorKind::invalid, "this is no cursor of a drop folder");
  if (!list || !list->is_list()) return broken;
  for (const schema::Value& one : list->list()) {
    if (!one.is_object()) return broken;
    const auto text = [&](std::string_view name) {
      const schema::Value* found = one.object().find(name);
      return found && found->is_text() ? found->text() : std::string();
    };
    const auto number = [&](std::string_view name) -> std::int64_t {
      const schema::Value* found = one.object().find(name);
      return found && found->is_integer() ? found->integer() : 0;
    };
    taken.push_back(
        {text("path"), text("identity"), text("sha256"), number("records"), number("bad")});
  }
  return taken;
}

Drop::Drop(Folder& folder, const DropWords& words, Clock& clock, Log log)
    : folder_(folder), words_(words), clock_(clock), log_(std::move(log))
{
}

Result<std::vector<FileEntry>> Drop::candidates(const std::string& pattern, std::stop_token stop)
{
  auto all = folder_.match(pattern, stop);
  if (!all && all.error().kind == ErrorKind::not_found) return std::vector<FileEntry>();
  if (!all) return tl::unexpected<Error>(all.error());
  std::set<std::string> marks;
  for (const FileEntry& entry : *all) {
    if (!words_.ready.empty()) marks.insert(filled(words_.ready, entry.path));
  }
  std::erase_if(*all, [&](const FileEntry& entry) {
    if (marks.contains(entry.path)) return true;
    const auto inside = [&](const std::string& folder) {
      return !folder.empty() && entry.path.starts_with(folder + "/");
    };
    return inside(words_.archive) || inside(words_.errors) || inside(words_.acknowledge);
  });
  return all;
}

Result<bool> Drop::is_ready(const FileEntry& entry, std::stop_token stop)
{
  if (words_.ready.empty()) return true;
  const auto mark = folder_.find(filled(words_.ready, entry.path), stop);
  if (!mark && mark.error().kind != ErrorKind::not_found)
    return tl::unexpected<Error>(mark.error());
  return mark.has_value();
}

Result<std::vector<FileEntry>> Drop::begin(const std::string& pattern, const std::string& since,
                                           std::stop_token stop)
{
  TRY(const auto committed, read_taken(since));
  TRY(const auto all, candidates(pattern, stop));
  for (const FileEntry& entry : all) {
    if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    const Taken* taken = find_taken(committed, entry);
    if (!taken) continue;
    if (auto filed = file_away(entry, *taken, stop); !filed)
      return within(fmt::format("'{}' was taken and cannot be filed away", entry.path),
                    filed.error());
  }
  TRY(auto news, waiting(pattern, since, stop));
  if (news.empty() || words_.settle.count() == 0) return news;
  if (!clock_.sleep_until(clock_.ticks() + words_.settle, stop))
    return fail(ErrorKind::cancelled, "stop was requested");
  TRY(const auto later, candidates(pattern, stop));
  std::set<std::pair<std::string, std::string>> still;
  for (const FileEntry& entry : later)
    still.emplace(entry.path, entry.identity);
  std::erase_if(news, [&](const FileEntry& entry) {
    return !still.contains({entry.path, entry.identity});
  });
  return news;
}

Result<std::vector<FileEntry>> Drop::waiting(const std::string& pattern, const std::string& since,
                                             std::stop_token stop)
{
  TRY(const auto committed, read_taken(since));
  TRY(const auto all, candidates(pattern, stop));
  std::vector<FileEntry> news;
  for (const FileEntry& entry : all) {
    if (news.size() == kMostTaken) break;
    if (find_taken(committed, entry)) continue;
    TRY(const bool ready, is_ready(entry, stop));
    if (ready) news.push_back(entry);
  }
  return news;
}

Result<std::optional<Taken>> Drop::inspect(const FileEntry& entry, const OpenFile& file,
                                           const PullWords& words, std::stop_token stop)
{
  Taken taken;
  taken.path = entry.path;
  taken.identity = entry.identity;
  TRY(taken.digest, digest_of(file.file));
  TRY(const auto why, look_through(file, words, taken, stop));
  if (!why) return std::optional(std::move(taken));
  TRY_VOID(set_aside(entry, taken.digest, *why, stop));
  return std::optional<Taken>();
}

// The acknowledgement comes first and the file goes last: whoever finds the file still there does all of it
// again, and what is done already stays as it is.
Result<void> Drop::file_away(const FileEntry& entry, const Taken& taken, std::stop_token stop)
{
  if (!words_.acknowledge.empty()) {
    const std::string path = words_.acknowledge + "/" + name_of(entry.path) + ".ack";
    TRY_VOID(leave_note(path, taken.digest, acknowledgement(taken), stop));
  }
  if (!words_.ready.empty()) {
    const auto mark = folder_.find(filled(words_.ready, entry.path), stop);
    if (mark) TRY_VOID(move_away(*mark, words_.archive, taken.digest, stop));
  }
  return move_away(entry, words_.archive, taken.digest, stop);
}

Result<void> Drop::set_aside(const FileEntry& entry, const std::string& digest,
                             const std::string& reason, std::stop_token stop)
{
  const std::string note = words_.errors + "/" + name_of(entry.path) + ".reason";
  TRY_VOID(leave_note(note, digest, reason + "\n", stop));
  if (!words_.ready.empty()) {
    const auto mark = folder_.find(filled(words_.ready, entry.path), stop);
    if (mark) TRY_VOID(move_away(*mark, words_.errors, digest, stop));
  }
  TRY_VOID(move_away(entry, words_.errors, digest, stop));
  log_.event(Event::file_rejected, reason, {{"file", entry.path}, {"folder", words_.errors}});
  return {};
}

Result<void> Drop::move_away(const FileEntry& entry, const std::string& to,
                             const std::string& digest, std::stop_token stop)
{
  for (int n = 0; n < kMostNames; ++n) {
    const std::string path = nth_name(to + "/" + name_of(entry.path), digest, n);
    const auto moved = folder_.move(entry.path, path, stop);
    if (!moved && moved.error().kind == ErrorKind::precondition) continue;
    if (!moved) return moved;
    // Whoever sends may have put another file there just before it was moved: that one was not read.
    TRY(const auto there, folder_.find(path, stop));
    if (there.identity == entry.identity) return {};
    TRY_VOID(folder_.move(path, entry.path, stop));
    return fail(ErrorKind::precondition, "another file took its place just now");
  }
  return fail(ErrorKind::invalid,
              fmt::format("'{}' holds {} files of this name and content", to, kMostNames));
}

Result<void> Drop::leave_note(const std::string& path, const std::string& digest,
                              const std::string& text, std::stop_token stop)
{
  for (int n = 0; n < kMostNames; ++n) {
    const auto put = folder_.put(nth_name(path, digest, n), text, stop);
    if (put && *put == Put::uncertain)
      return fail(ErrorKind::transient, fmt::format("'{}': the line broke", path));
    if (put) return {};
    if (put.error().kind != ErrorKind::precondition) return tl::unexpected<Error>(put.error());
  }
  return fail(ErrorKind::invalid, fmt::format("'{}' is there {} times", path, kMostNames));
}

} // namespace gramsetu::connectors::files
