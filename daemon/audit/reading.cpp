// Line by line through the files; a chain is followed from its first entry to its last.
#include "daemon/audit/reading.hpp"

#include "daemon/audit/files.hpp"

#include <fmt/format.h>

#include <deque>
#include <fstream>
#include <map>

namespace gramsetu::audit {

namespace {

// False ends it. A line without its end is being written.
void each_line(const std::string& path, const std::function<bool(const std::string&)>& take)
{
  std::ifstream file(path, std::ios::binary);
  std::string line;
  while (std::getline(file, line) && !file.eof())
    if (!take(line)) return;
}

bool is_or_begins(const std::string& text, const std::string& asked)
{
  return asked.empty() || text == asked || text.starts_with(asked + ".");
}

bool is_asked_for(const Line& line, const Query& query)
{
  if (line.kind != "act" || line.link.sequence <= query.after) return false;
  if (!query.who.empty() && text_of(line.members, "who") != query.who) return false;
  if (!query.object.empty() && text_of(line.members, "object") != query.object) return false;
  if (!is_or_begins(text_of(line.members, "what"), query.what)) return false;
  if (!query.from && !query.till) return true;
  const auto at = from_rfc3339(text_of(line.members, "utc"));
  return at && (!query.from || *at >= *query.from) && (!query.till || *at < *query.till);
}

// Files in which nothing can be asked for are passed over by their first line.
std::vector<std::string> paths_for(const std::string& folder, const Query& query)
{
  std::vector<std::string> paths;
  for (const auto& name : names_in(folder)) {
    const auto path = folder + "/" + name;
    // What waited was written later than it happened, and never before its file's last neighbour began.
    const auto begin = query.from && !paths.empty() ? begin_of(path) : std::nullopt;
    if (begin && *begin + std::chrono::hours(24) < *query.from) paths.clear();
    paths.push_back(path);
  }
  return paths;
}

// Follows the chain. One more line is looked at after a break, to say on which side of it the change is.
class Follower {
public:
  Verdict take_all(const std::string& folder)
  {
    for (const auto& name : names_in(folder)) {
      file_ = name;
      first_of_file_ = true;
      each_line(folder + "/" + name, [&](const std::string& text) { return take(text); });
      if (verdict_.bad > 0) return verdict_;
    }
    if (suspect_) blame(suspect_->link.sequence - 1);
    if (verdict_.bad == 0 && verdict_.first > 1) check_begin();
    return verdict_;
  }

private:
  bool take(const std::string& text)
  {
    const auto line = read_line(text);
    const auto expected = last_.sequence + 1;
    if (suspect_) {
      blame(line && line->previous == suspect_->link.hash ? suspect_->link.sequence - 1
                                                          : suspect_->link.sequence);
      return false;
    }
    const bool begins = verdict_.entries == 0;
    if (!line) return bad(begins ? 1 : expected, line.error().what);
    if (!begins && line->link.sequence != expected)
      return bad(expected, fmt::format("entry {} stands in its place", line->link.sequence));
    if (begins && line->kind != "file") return bad(1, "the log does not begin where a file begins");
    if (begins)
      begin(*line);
    else if (line->previous != last_.hash)
      suspect_ = *line;
    return suspect_ || enter(*line);
  }

  void begin(const Line& line)
  {
    verdict_.first = line.link.sequence;
    anchor_ = line.previous;
  }

  bool enter(const Line& line)
  {
    last_ = line.link;
    ++verdict_.entries;
    verdict_.last = last_.sequence;
    const bool is_file = line.kind == "file";
    if (is_file != first_of_file_ || (is_file && text_of(line.members, "file") != file_))
      return bad(verdict_.entries == 1 ? 1 : last_.sequence,
                 "it is not where a file begins, or in a file of another name");
    first_of_file_ = false;
    if (text_of(line.members, "what") == "audit.purge")
      purges_[text_of(line.members, "object")] = last_.sequence;
    return line.kind != "head" || enter_head(line);
  }

  bool enter_head(const Line& line)
  {
    const auto found = line.members.find("head");
    const auto head = read_head(found == line.members.end() ? schema::Value() : found->second);
    ++verdict_.heads;
    if (head && is_genuine(*head) && head->link.hash == line.previous) return true;
    return bad(last_.sequence, "its signature is not over what stands before it");
  }

  void check_begin()
  {
    const auto anchor = fmt::format("{} {}", verdict_.first - 1, anchor_);
    if (!purges_.contains(anchor)) bad(1, "the log begins later, and no purge says so");
  }

  void blame(std::int64_t sequence)
  {
    bad(sequence, "its neighbour names another: it was changed, and its hash with it");
  }

  bool bad(std::int64_t sequence, const std::string& what)
  {
    verdict_.bad = sequence;
    verdict_.problem = fmt::format("entry {}: {}", sequence, what);
    return false;
  }

  Verdict verdict_;
  Link last_;
  std::string file_, anchor_;
  bool first_of_file_ = true;
  std::optional<Line> suspect_;
  std::map<std::string, std::int64_t> purges_;
};

} // namespace

std::optional<Instant> begin_of(const std::string& path)
{
  std::optional<Instant> begin;
  each_line(path, [&](const std::string& text) {
    const auto line = parse_line(text);
    const auto at = from_rfc3339(line ? text_of(line->members, "utc") : std::string());
    if (at) begin = *at;
    return false;
  });
  return begin;
}

std::vector<Line> read_entries(const std::string& folder, const Query& query)
{
  std::deque<Line> found;
  for (const auto& path : paths_for(folder, query)) {
    each_line(path, [&](const std::string& text) {
      auto line = parse_line(text);
      if (!line || !is_asked_for(*line, query)) return true;
      found.push_back(std::move(*line));
      if (query.newest && found.size() > query.limit) found.pop_front();
      return query.newest || found.size() < query.limit;
    });
    if (!query.newest && found.size() >= query.limit) break;
  }
  return {std::make_move_iterator(found.begin()), std::make_move_iterator(found.end())};
}

Verdict verify(const std::string& folder)
{
  return Follower().take_all(folder);
}

} // namespace gramsetu::audit
