// Steps over JSON by its brackets and quotes.
#include "schema/json_pieces.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

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

// Where we are in the text. Every step is false at anything that it does not expect.
class Walk {
public:
  explicit Walk(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  const char* at() const { return at_; }
  bool is(char c) const { return at_ != end_ && *at_ == c; }
  bool take(char c)
  {
    skip_blanks();
    if (!is(c)) return false;
    ++at_;
    skip_blanks();
    return true;
  }
  void skip_blanks()
  {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
      ++at_;
  }

  // A string, without its quotes.
  bool string(std::string_view& text)
  {
    if (!is('"')) return false;
    const char* const begin = ++at_;
    do {
      at_ = static_cast<const char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
      if (at_ == nullptr) return end();
      ++at_;
    } while (is_escaped(begin, at_ - 1));
    text = {begin, static_cast<std::size_t>(at_ - 1 - begin)};
    return true;
  }

  // One that holds no escape.
  bool plain_string(std::string_view& text) { return string(text) && text.find('\\') == text.npos; }

  // A string, a number, a word; or all from a bracket to the one that closes it.
  bool value()
  {
    std::string_view text;
    if (is('"')) return string(text);
    if (!is('{') && !is('[')) return word(text);
    std::size_t depth = 0;
    while (at_ != end_) {
      if (*at_ == '"') {
        if (!string(text)) return false;
        continue;
      }
      if (*at_ == '{' || *at_ == '[') ++depth;
      if (*at_ == '}' || *at_ == ']') --depth;
      ++at_;
      if (depth == 0) return true;
    }
    return false;
  }

  bool word(std::string_view& text)
  {
    const char* const begin = at_;
    while (at_ != end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && *at_ > ' ')
      ++at_;
    text = {begin, static_cast<std::size_t>(at_ - begin)};
    return !text.empty();
  }

  // The next member's name, from the object's bracket or the comma before it.
  bool name(std::string_view& text) { return plain_string(text) && take(':'); }

private:
  // Behind an odd number of backslashes.
  static bool is_escaped(const char* begin, const char* quote)
  {
    const char* at = quote;
    while (at != begin && at[-1] == '\\')
      --at;
    return (quote - at) % 2 != 0;
  }

  bool end()
  {
    at_ = end_;
    return false;
  }

  const char* at_;
  const char* end_;
};

// Goes to the value of the member `name`.
bool enter(Walk& walk, const std::string& name)
{
  if (!walk.take('{')) return false;
  do {
    std::string_view found;
    if (!walk.name(found)) return false;
    if (found == name) return true;
    if (!walk.value()) return false;
  } while (walk.take(','));
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
  Picker(const JsonPicks::Plan& plan, std::vector<std::string_view>& found)
      : plan_(plan), found_(found), missing_(plan.paths.size())
  {
  }

  // No name stands twice in what can be read: once all is found, the rest need not be looked at.
  bool all_found() const { return missing_ == 0; }

  bool object(Walk& walk, std::size_t depth, Open open)
  {
    if (!walk.take('{')) return false;
    if (walk.is('}')) return walk.take('}');
    do {
      std::string_view name;
      if (!walk.name(name)) return false;
      const auto [ends, below] = meets(name, depth, open);
      // A value that is looked at and looked into is neither a scalar nor plain.
      if (ends != 0 && below != 0) return false;
      const bool good = ends != 0    ? scalar(walk, ends)
                        : below != 0 ? inner(walk, depth + 1, below)
                                     : walk.value();
      if (!good) return false;
    } while (!all_found() && walk.take(','));
    return all_found() || walk.take('}');
  }

private:
  std::pair<Open, Open> meets(std::string_view name, std::size_t depth, Open open) const
  {
    Open ends = 0, below = 0;
    for (open &= plan_.by_length[depth][length_class(name)]; open != 0; open &= open - 1) {
      const auto& path = plan_.paths[static_cast<std::size_t>(std::countr_zero(open))];
      if (path[depth] != name) continue;
      (path.size() == depth + 1 ? ends : below) |= open & -open;
    }
    return {ends, below};
  }

  // Below null there is nothing.
  bool inner(Walk& walk, std::size_t depth, Open open)
  {
    if (walk.is('{')) return object(walk, depth, open);
    std::string_view word;
    return !walk.is('"') && !walk.is('[') && walk.word(word) && word == "null";
  }

  bool scalar(Walk& walk, Open ends)
  {
    std::string_view text;
    if (walk.is('{') || walk.is('[')) return false;
    const bool quoted = walk.is('"');
    if (!(quoted ? walk.plain_string(text) : walk.word(text))) return false;
    if (!quoted && text == "null") text = {};
    for (; ends != 0; ends &= ends - 1) {
      found_[static_cast<std::size_t>(std::countr_zero(ends))] = text;
      --missing_;
    }
    return true;
  }

  const JsonPicks::Plan& plan_;
  std::vector<std::string_view>& found_;
  std::size_t missing_;
};

} // namespace

std::optional<JsonPieces> cut_json(std::string_view text, std::string_view records)
{
  const auto path = path_of(records);
  if (!path) return std::nullopt;
  Walk walk(text);
  walk.skip_blanks();
  for (const auto& name : *path)
    if (!enter(walk, name)) return std::nullopt;
  if (!walk.take('[')) return std::nullopt;
  JsonPieces pieces;
  pieces.rest.assign(text.data(), walk.at());
  do {
    const char* const begin = walk.at();
    if (!walk.is('{') || !walk.value()) return std::nullopt; // an empty list, too, is read as it is
    pieces.records.emplace_back(begin, static_cast<std::size_t>(walk.at() - begin));
  } while (walk.take(','));
  if (!walk.is(']')) return std::nullopt;
  pieces.rest.append(walk.at(), text.data() + text.size());
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
  Walk walk(object);
  return Picker(*plan_, found).object(walk, 0, all);
}

} // namespace gramsetu::schema
