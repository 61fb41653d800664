// Origins in a frame: {"*":["csc","csc",1795686894172,1767225700000,"20261126T095454-35c08e","new at csc",2000]} is
// {"*":["csc","csc",,,"20261126T095454-35c08e","new at csc",2000]} and its two times. With ,"office":[...]} behind the
// first bracket that closes it has the same frame, and says 1795686894172,"office":[...]} for itself.
#include "daemon/store/sqlite/dictionary.hpp"

#include <algorithm>
#include <charconv>

namespace gramsetu::store {

namespace {

constexpr std::string_view kBegin = R"({"*":[)", kEnd = "]}", kNull = "null";
// A frame costs twice its text, which is in an index, too: it pays from the third record on.
constexpr int kSaidOften = 4;
// What is said once each, as times of doubt that are measured, must not fill the memory.
constexpr std::size_t kCandidatesMost = 64;

// Takes pieces off the front of a text; once one is not there, none is.
class Pieces {
public:
  explicit Pieces(std::string_view text) : rest_(text) {}

  bool take(std::string_view piece)
  {
    if (!rest_.starts_with(piece)) return false;
    rest_.remove_prefix(piece.size());
    return true;
  }

  // A text in quotes with nothing in it that would be escaped.
  bool take_text()
  {
    if (!take("\"")) return false;
    const auto end =
        std::find_if(rest_.begin(), rest_.end(), [](char c) { return c == '"' || c == '\\'; });
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.begin()));
    return take("\"");
  }

  // The digits of a number, and its sign.
  std::string_view take_number()
  {
    const auto from = rest_;
    take("-");
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9')
      rest_.remove_prefix(1);
    return from.substr(0, from.size() - rest_.size());
  }

  std::string_view rest() const { return rest_; }

private:
  std::string_view rest_;
};

bool take_side(Pieces& pieces)
{
  return pieces.take(kBegin) && pieces.take_text() && pieces.take(",") && pieces.take_text() &&
         pieces.take(",");
}

// Run, rule and doubt, and no person after them: up to the bracket.
bool take_tail(Pieces& pieces)
{
  return pieces.take(",") && pieces.take_text() && pieces.take(",") && pieces.take_text() &&
         pieces.take(",") && !pieces.take_number().empty() && pieces.take("]");
}

struct Digits {
  char bytes[20];
  std::size_t size;
  explicit Digits(std::int64_t number)
      : size(static_cast<std::size_t>(std::to_chars(bytes, bytes + sizeof bytes, number).ptr -
                                      bytes))
  {
  }
  std::string_view view() const { return {bytes, size}; }
};

// A number that is written as we would.
std::optional<std::int64_t> number_in(std::string_view digits)
{
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Digits(number).view() == digits ? std::optional(number) : std::nullopt;
}

} // namespace

Result<KeptOrigin> Origins::keep(std::string_view origin, Instant changed_at)
{
  const KeptOrigin as_it_is{origin, 0, std::nullopt};
  Pieces pieces(origin);
  if (!take_side(pieces)) return as_it_is;
  const auto head = origin.substr(0, origin.size() - pieces.rest().size());
  const auto taken_at = pieces.take_number();
  if (!number_in(taken_at) || !pieces.take(",")) return as_it_is;
  auto tail = pieces.rest();
  KeptOrigin kept;
  if (!pieces.take(kNull)) {
    kept.at = number_in(pieces.take_number());
    if (!kept.at) return as_it_is;
    tail = pieces.rest();
  }
  if (!take_tail(pieces)) return as_it_is;
  tail.remove_suffix(pieces.rest().size());
  const auto others = pieces.rest();
  const bool is_all = others == "}";
  // Until something of it changes, a record has changed when it was taken in.
  if (is_all && taken_at != Digits(changed_at.time_since_epoch().count()).view()) return as_it_is;
  if (!is_all && !others.starts_with(',')) return as_it_is;
  TRY(kept.frame, number_of(head, tail));
  if (kept.frame == 0) return as_it_is;
  if (!is_all) kept.text = own_.assign(taken_at).append(others);
  return kept;
}

// 0 when it was not said often enough to have one.
Result<std::int64_t> Origins::number_of(std::string_view head, std::string_view tail)
{
  // One frame serves a whole run, so that it is rarely put together.
  last_.assign(head).append(",").append(tail).append("}");
  if (said_.empty() || !said_.contains(last_)) {
    TRY(const auto known, frames_.find(last_));
    if (known != Texts::kNone) return known;
    if (said_.size() >= kCandidatesMost) said_.clear();
  }
  if (++said_[last_] < kSaidOften) return std::int64_t{0};
  said_.erase(last_);
  return frames_.number(last_);
}

Result<std::string> Origins::restore(const KeptOrigin& kept, Instant changed_at)
{
  if (kept.frame == 0) return std::string(kept.text);
  TRY(const auto frame, frames_.text(kept.frame));
  Pieces pieces(frame);
  const bool whole = take_side(pieces);
  const auto head = frame.substr(0, frame.size() - pieces.rest().size());
  if (!whole || !pieces.take(",") || !frame.ends_with(kEnd))
    return std::string(); // the row's checksum tells
  const auto comma = std::min(kept.text.find(','), kept.text.size());
  std::string origin;
  origin.reserve(frame.size() + 2 * sizeof(Digits::bytes) + kept.text.size());
  origin.append(head);
  if (kept.text.empty())
    origin.append(Digits(changed_at.time_since_epoch().count()).view());
  else
    origin.append(kept.text.substr(0, comma));
  origin.append(",");
  if (kept.at) origin.append(Digits(*kept.at).view());
  origin.append(pieces.rest());
  if (kept.text.empty()) return origin;
  origin.pop_back(); // the brace, behind which the others' is
  return std::move(origin.append(kept.text.substr(comma)));
}

} // namespace gramsetu::store
