// JSON in, by RapidJSON's event reader: its document class would lose digits and keep duplicates.
#include "schema/json.hpp"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <charconv>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

namespace gramsetu::schema {

namespace {

using Take = std::function<Result<void>(Value)>;
using TakeMember = std::function<Result<void>(std::string_view, Value)>;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// From this size on, an object's names are also kept in a hash set, so that a wide object costs
// linear time to check for duplicates.
constexpr std::size_t kWide = 24;

// Tokens of a JSON Pointer; nothing when an escape is malformed.
std::optional<std::vector<std::string>> tokens_of(std::string_view pointer)
{
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  if (pointer.front() == '/') pointer.remove_prefix(1);
  tokens.emplace_back();
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      tokens.emplace_back();
    } else if (pointer[i] != '~') {
      tokens.back() += pointer[i];
    } else if (++i < pointer.size() && (pointer[i] == '0' || pointer[i] == '1')) {
      tokens.back() += pointer[i] == '0' ? '~' : '/';
    } else {
      return std::nullopt;
    }
  }
  return tokens;
}

// An integer that an int64 holds exactly and that is written back the same; else the literal.
Value number_from(std::string_view literal)
{
  std::int64_t integer = 0;
  const char* end = literal.data() + literal.size();
  const auto [stopped, error] = std::from_chars(literal.data(), end, integer);
  if (error == std::errc() && stopped == end && literal != "-0") return integer;
  return Number{std::string(literal)};
}

// Builds values from events. Containers are kept on a stack of our own, so depth costs no stack frames.
class Builder {
public:
  Builder(const JsonLimits& limits, std::vector<std::string> path, const Take* take)
      : limits_(limits), path_(std::move(path)), take_(take)
  {
  }
  Builder(const JsonLimits& limits, const TakeMember& take) : limits_(limits), take_member_(&take)
  {
  }

  bool Null() { return place(Value(schema::Null{})); }
  bool Bool(bool value) { return place(Value(value)); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool)
  {
    if (size > limits_.text) return stop("a number is too long");
    return place(number_from({text, size}));
  }
  bool String(const char* text, rapidjson::SizeType size, bool)
  {
    if (size > limits_.text) return stop("a string is too long");
    return place(Value(std::string_view(text, size)));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool);
  bool StartObject() { return open(Value(Object())); }
  bool StartArray() { return open(Value(List())); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  // Never called, as numbers come raw; the reader wants them all the same.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  Value take_root() { return std::move(root_); }
  const std::string& problem() const { return problem_; }          // why we stopped the reader
  const std::optional<Error>& refused() const { return refused_; } // what `take` said
  bool records_seen() const { return records_seen_; }

private:
  struct Frame {
    Value container;
    std::string key;                                        // the member whose value comes next
    std::unique_ptr<std::unordered_set<std::string>> names; // of a wide object
    std::size_t index = 0;                                  // items so far
    bool on_path = false; // the way to the records leads through here
    bool records = false; // this is the array of records
  };

  bool stop(std::string what)
  {
    problem_ = std::move(what);
    return false;
  }
  bool count();
  bool is_at_records() const;
  bool open(Value container);
  bool close();
  bool place(Value value);
  bool attach(Value value);
  bool hand_over(Value value);
  bool taken(Result<void> answer);

  const JsonLimits& limits_;
  const std::vector<std::string> path_;
  const Take* take_ = nullptr;              // null when no records are streamed
  const TakeMember* take_member_ = nullptr; // nor members of the outermost object
  std::vector<Frame> open_;
  Value root_;
  std::string problem_;
  std::optional<Error> refused_;
  std::size_t nodes_ = 0;
  bool records_seen_ = false;
};

bool Builder::count()
{
  return ++nodes_ <= limits_.nodes || stop(fmt::format("more than {} values", limits_.nodes));
}

// Does the value that starts now stand at the pointer? All frames must lie on the way to it.
bool Builder::is_at_records() const
{
  if (take_ == nullptr || records_seen_ || open_.size() != path_.size()) return false;
  if (open_.empty()) return true;
  const Frame& parent = open_.back();
  if (!parent.on_path) return false;
  return path_.back() == (parent.container.is_object() ? parent.key : std::to_string(parent.index));
}

bool Builder::open(Value container)
{
  if (open_.size() >= limits_.depth)
    return stop(fmt::format("nested deeper than {}", limits_.depth));
  if (!count()) return false;
  Frame frame;
  frame.records = container.is_list() && is_at_records();
  if (frame.records) records_seen_ = true;
  if (take_ != nullptr && open_.size() < path_.size()) {
    if (open_.empty()) {
      frame.on_path = true;
    } else if (const Frame& parent = open_.back(); parent.on_path) {
      const std::string step =
          parent.container.is_object() ? parent.key : std::to_string(parent.index);
      frame.on_path = step == path_[open_.size() - 1];
    }
  }
  frame.container = std::move(container);
  open_.push_back(std::move(frame));
  return true;
}

bool Builder::close()
{
  Frame frame = std::move(open_.back());
  open_.pop_back();
  // A single object at the pointer counts as an array of one.
  if (!frame.records && is_at_records()) {
    records_seen_ = true;
    return hand_over(std::move(frame.container)) && attach(List());
  }
  return attach(std::move(frame.container));
}

bool Builder::place(Value value)
{
  if (!count()) return false;
  if (is_at_records()) {
    if (!value.is_null())
      return stop(fmt::format("the records are a {}, not a list", name_of(value.kind())));
    records_seen_ = true;
    value = List();
  }
  return attach(std::move(value));
}

bool Builder::attach(Value value)
{
  if (open_.empty()) {
    root_ = std::move(value);
    return true;
  }
  Frame& frame = open_.back();
  ++frame.index;
  if (frame.records) return hand_over(std::move(value));
  if (take_member_ != nullptr && open_.size() == 1 && frame.container.is_object())
    return taken((*take_member_)(frame.key, std::move(value)));
  if (frame.container.is_object())
    frame.container.object().append(std::move(frame.key), std::move(value));
  else
    frame.container.list().push_back(std::move(value));
  return true;
}

bool Builder::hand_over(Value value)
{
  nodes_ = 0; // the limit is on what is held at once
  return taken((*take_)(std::move(value)));
}

bool Builder::taken(Result<void> answer)
{
  if (!answer) refused_ = std::move(answer.error());
  return answer.has_value();
}

bool Builder::Key(const char* text, rapidjson::SizeType size, bool)
{
  if (size > limits_.text) return stop("a name is too long");
  Frame& frame = open_.back();
  const Object& object = frame.container.object();
  const std::string_view name(text, size);
  bool known = false;
  if (object.size() < kWide) {
    known = object.find(name) != nullptr;
  } else {
    if (!frame.names) {
      frame.names = std::make_unique<std::unordered_set<std::string>>();
      for (const Member& member : object.members())
        frame.names->insert(member.name);
    }
    known = !frame.names->emplace(name).second;
  }
  if (known)
    return stop(fmt::format("the name '{}' stands twice in one object", name.substr(0, 80)));
  frame.key.assign(name);
  return true;
}

tl::unexpected<Error> bad_at(std::string_view what, std::size_t offset)
{
  return fail(ErrorKind::invalid, fmt::format("not JSON at byte {}: {}", offset, what));
}

// In our words where we stopped the reader, else in its own, less the full stop.
std::string why(const Builder& builder, rapidjson::ParseErrorCode code)
{
  if (!builder.problem().empty()) return builder.problem();
  std::string text = rapidjson::GetParseError_En(code);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

Result<Value> parse(std::string_view text, Builder& builder)
{
  const std::size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  // One pass over the bytes is cheaper than the reader's check of each string, and covers all of them.
  if (const std::size_t good = valid_utf8_prefix(text); good < text.size())
    return bad_at("the bytes are not UTF-8", good);
  text.remove_prefix(skipped);
  // In place, in a copy of our own: the reader then need not put strings together byte by byte, and looks at
  // sixteen bytes at once. Its last look may go that far beyond the end.
  std::string room;
  room.reserve(text.size() + 16);
  room.assign(text);
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::InsituStringStream stream(room.data());
  rapidjson::Reader reader;
  reader.Parse<kFlags>(stream, builder);
  if (builder.refused()) return tl::unexpected<Error>(*builder.refused());
  if (reader.HasParseError())
    return bad_at(why(builder, reader.GetParseErrorCode()), reader.GetErrorOffset() + skipped);
  // The reader takes a NUL byte for the end.
  if (stream.Tell() < text.size()) return bad_at("a NUL byte", stream.Tell() + skipped);
  return builder.take_root();
}

} // namespace

Result<Value> parse_json(std::string_view text, const JsonLimits& limits)
{
  Builder builder(limits, {}, nullptr);
  return parse(text, builder);
}

Result<void> parse_json_members(std::string_view text, const TakeMember& take,
                                const JsonLimits& limits)
{
  Builder builder(limits, take);
  TRY(const Value root, parse(text, builder));
  if (!root.is_object())
    return fail(ErrorKind::invalid, fmt::format("not an object, but a {}", name_of(root.kind())));
  return {};
}

Result<Value> parse_json_records(std::string_view text, std::string_view records, const Take& take,
                                 const JsonLimits& limits)
{
  auto path = tokens_of(records);
  if (!path) return fail(ErrorKind::invalid, fmt::format("'{}' is not a JSON Pointer", records));
  Builder builder(limits, std::move(*path), &take);
  TRY(Value rest, parse(text, builder));
  if (!builder.records_seen())
    return fail(ErrorKind::invalid, fmt::format("there are no records at '{}'", records));
  return rest;
}

} // namespace gramsetu::schema
