// From one bracket, colon or comma to the next; what stands in between is looked at where somebody asked for it.
#include "schema/json_pieces.hpp"

#include "schema/json_marks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace gramsetu::schema {

namespace {

using Path = std::vector<std::string>;

// The names on the way; none of them may need unescaping.
std::optional<Path> path_of(std::string_view pointer)
{
  Path path;
  if (pointer.find('~') != pointer.npos) return std::nullopt;
  if (pointer.starts_with('/')) pointer.remove_prefix(1);
  while (!pointer.empty()) {
    const auto slash = pointer.find('/');
    path.emplace_back(pointer.substr(0, slash));
    pointer.remove_prefix(slash == pointer.npos ? pointer.size() : slash + 1);
  }
  return path;
}

bool is_blank(char c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::string_view trimmed(const char* begin, const char* end)
{
  while (begin != end && is_blank(*begin))
    ++begin;
  while (begin != end && is_blank(end[-1]))
    --end;
  return {begin, static_cast<std::size_t>(end - begin)};
}

bool is_opening(char c)
{
  return c == '{' || c == '[';
}

bool unquote(std::string_view& text)
{
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  return true;
}

// From mark to mark. Every step is false at anything that it does not expect.
class Walk {
public:
  explicit Walk(std::string_view text)
      : marks_(text), at_(text.data()), end_(text.data() + text.size())
  {
  }

  const char* at() const { return at_; } // behind the mark that was met last
  char met() const { return met_; }      // 0: the text is over

  // What stands before the next mark, without the blanks around it.
  std::string_view next()
  {
    const char* const mark = marks_.next();
    const auto before = trimmed(at_, mark == nullptr ? end_ : mark);
    met_ = mark == nullptr ? '\0' : *mark;
    at_ = mark == nullptr ? end_ : mark + 1;
    return before;
  }

  bool take(char c) { return next().empty() && met_ == c; }

  // The next member's name, from the object's bracket or the comma before it.
  bool name(std::string_view& text)
  {
    text = next();
    return met_ == ':' && plain(text);
  }

  // Takes the quotes off a string that stands before the mark that was met last. False for one that holds an escape,
  // or is none.
  bool plain(std::string_view& text) const
  {
    return unquote(text) && (!marks_.saw_backslash() || text.find('\\') == text.npos);
  }

  // Behind the bracket that closes the one that was met last.
  bool close()
  {
    std::size_t depth = 1;
    while (depth > 0) {
      const char* const bracket = marks_.next_bracket();
      if (bracket == nullptr) return false;
      depth += is_opening(*bracket) ? 1 : -1;
      at_ = bracket + 1;
    }
    return true;
  }

  // Past a member's value, and the comma behind it.
  bool pass()
  {
    next();
    if (!is_opening(met_)) return met_ == ',';
    return close() && take(',');
  }

private:
  JsonMarks marks_;
  const char* at_;
  const char* end_;
  char met_ = '\0';
};

// Goes to the value of the member `name`.
bool enter(Walk& walk, const std::string& name)
{
  if (!walk.take('{')) return false;
  std::string_view found;
  while (walk.name(found)) {
    if (found == name) return true;
    if (!walk.pass()) return false;
  }
  return false;
}

// The picks that go on below the member that is looked at.
using Open = std::uint64_t;
constexpr std::size_t kPicksMax = 64, kNameLengths = 32;

} // namespace

struct JsonPicks::Plan {
  std::vector<Path> paths;
  bool usable = true;
  // By depth and a name's length, which paths go that way: most names need not be compared with any.
  std::vector<std::array<Open, kNameLengths>> by_length = {};
};

namespace {

std::size_t length_class(std::string_view name)
{
  return std::min(name.size(), kNameLengths - 1);
}

class Picker {
public:
  Picker(const JsonPicks::Plan& plan, std::string_view object, std::vector<std::string_view>& found)
      : plan_(plan), walk_(object), found_(found), missing_(plan.paths.size())
  {
  }

  bool pick(Open all) { return walk_.take('{') && object(0, all); }

private:
  // The paths that a name ends, and those that go on below it.
  struct Met {
    Open ends = 0, below = 0;
  };

  // No name stands twice in what can be read: once all is found, the rest need not be looked at.
  bool all_found() const { return missing_ == 0; }

  // From behind its bracket.
  bool object(std::size_t depth, Open open)
  {
    auto name = walk_.next();
    if (walk_.met() == '}') return name.empty();
    while (walk_.met() == ':' && walk_.plain(name)) {
      if (!value(depth, meets(name, depth, open))) return false;
      if (all_found() || walk_.met() == '}') return true;
      if (walk_.met() != ',') return false;
      name = walk_.next();
    }
    return false;
  }

  Met meets(std::string_view name, std::size_t depth, Open open) const
  {
    Met met;
    for (open &= plan_.by_length[depth][length_class(name)]; open != 0; open &= open - 1) {
      const auto& path = plan_.paths[static_cast<std::size_t>(std::countr_zero(open))];
      if (path[depth] != name) continue;
      (path.size() == depth + 1 ? met.ends : met.below) |= open & -open;
    }
    return met;
  }

  // And on to the mark behind it. What is looked at is a scalar, and what is looked into an object, or null.
  bool value(std::size_t depth, const Met& met)
  {
    const auto text = walk_.next();
    const bool opens = is_opening(walk_.met());
    if (met.below != 0 && !opens) return met.ends == 0 && text == "null";
    if (!opens) return met.ends == 0 || scalar(text, met.ends);
    if (met.ends != 0 || !text.empty()) return false;
    const bool good =
        met.below == 0 ? walk_.close() : walk_.met() == '{' && object(depth + 1, met.below);
    return good && (all_found() || walk_.next().empty());
  }

  bool scalar(std::string_view text, Open ends)
  {
    const bool quoted = text.starts_with('"');
    if (!(quoted ? walk_.plain(text) && text.find('"') == text.npos : is_word(text))) return false;
    if (!quoted && text == "null") text = {};
    for (; ends != 0; ends &= ends - 1) {
      found_[static_cast<std::size_t>(std::countr_zero(ends))] = text;
      --missing_;
    }
    return true;
  }

  static bool is_word(std::string_view text)
  {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != '"'; });
  }

  const JsonPicks::Plan& plan_;
  Walk walk_;
  std::vector<std::string_view>& found_;
  std::size_t missing_;
};

} // namespace

std::optional<JsonPieces> cut_json(std::string_view text, std::string_view records)
{
  const auto path = path_of(records);
  if (!path) return std::nullopt;
  Walk walk(text);
  for (const auto& name : *path)
    if (!enter(walk, name)) return std::nullopt;
  if (!walk.take('[')) return std::nullopt;
  JsonPieces pieces;
  pieces.rest.assign(text.data(), walk.at());
  std::string_view behind;
  do {
    if (!walk.take('{')) return std::nullopt; // an empty list, too, is read as it is
    const char* const begin = walk.at() - 1;
    if (!walk.close()) return std::nullopt;
    pieces.records.emplace_back(begin, static_cast<std::size_t>(walk.at() - begin));
    behind = walk.next();
  } while (behind.empty() && walk.met() == ',');
  if (!behind.empty() || walk.met() != ']') return std::nullopt;
  pieces.rest.append(walk.at() - 1, text.data() + text.size());
  return pieces;
}

JsonPicks::JsonPicks(const std::vector<std::string>& pointers)
{
  auto plan = std::make_shared<Plan>();
  plan->usable = pointers.size() <= kPicksMax;
  for (const auto& pointer : pointers) {
    auto path = path_of(pointer).value_or(Path());
    plan->usable = plan->usable && !path.empty();
    plan->by_length.resize(std::max(plan->by_length.size(), path.size()));
    for (std::size_t depth = 0; depth < path.size(); ++depth)
      plan->by_length[depth][length_class(path[depth])] |= Open{1}
                                                           << plan->paths.size() % kPicksMax;
    plan->paths.push_back(std::move(path));
  }
  plan_ = std::move(plan);
}

bool JsonPicks::pick(std::string_view object, std::vector<std::string_view>& found) const
{
  found.assign(plan_->paths.size(), {});
  if (!plan_->usable) return false;
  const auto count = plan_->paths.size();
  const Open all = count == kPicksMax ? ~Open{0} : (Open{1} << count) - 1;
  return Picker(*plan_, object, found).pick(all);
}

} // namespace gramsetu::schema
