// JSON out. Our own, because RapidJSON's writer wants doubles and recurses.
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace gramsetu::schema {

namespace {

bool is_plain(char c)
{
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F;
}

void write_escaped(std::string& out, char c)
{
  switch (c) {
  case '"': out += "\\\""; break;
  case '\\': out += "\\\\"; break;
  case '\n': out += "\\n"; break;
  case '\r': out += "\\r"; break;
  case '\t': out += "\\t"; break;
  case '\b': out += "\\b"; break;
  case '\f': out += "\\f"; break;
  default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

// Nearly every text is plain from end to end.
void write_text(std::string& out, std::string_view text)
{
  out += '"';
  for (auto at = text.begin(); at != text.end();) {
    const auto special = std::find_if_not(at, text.end(), is_plain);
    out.append(at, special);
    if (special == text.end()) break;
    write_escaped(out, *special);
    at = special + 1;
  }
  out += '"';
}

void write_number(std::string& out, std::int64_t number)
{
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.size());
}

// Walks the tree with a stack of its own, so that depth is bounded by memory alone.
class Writer {
public:
  Writer(std::string& out, bool pretty) : pretty_(pretty), out_(out) {}

  void write(const Value& root)
  {
    begin(root);
    while (!open_.empty())
      step();
  }

private:
  struct Frame {
    const Value* container;
    std::size_t next = 0;
    bool any = false;
  };

  void step()
  {
    Frame& frame = open_.back();
    const bool is_object = frame.container->is_object();
    const std::size_t size =
        is_object ? frame.container->object().size() : frame.container->list().size();
    if (frame.next == size) return end(frame, is_object);
    const std::size_t at = frame.next++;
    if (!is_object) {
      separate(frame);
      return begin(frame.container->list()[at]);
    }
    const Member& member = frame.container->object().members()[at];
    if (member.value.is_absent()) return;
    separate(frame);
    write_text(out_, member.name);
    out_ += pretty_ ? ": " : ":";
    begin(member.value);
  }

  void end(const Frame& frame, bool is_object)
  {
    const bool any = frame.any;
    open_.pop_back();
    if (any) new_line();
    out_ += is_object ? '}' : ']';
  }

  void separate(Frame& frame)
  {
    if (frame.any) out_ += ',';
    frame.any = true;
    new_line();
  }

  void new_line()
  {
    if (!pretty_) return;
    out_ += '\n';
    out_.append(open_.size() * 2, ' ');
  }

  void begin(const Value& value)
  {
    switch (value.kind()) {
    case Value::Kind::absent: // only the whole or an item of a list, where nothing is null
    case Value::Kind::null: out_ += "null"; break;
    case Value::Kind::boolean: out_ += value.boolean() ? "true" : "false"; break;
    case Value::Kind::integer: write_number(out_, value.integer()); break;
    case Value::Kind::number: out_ += value.literal(); break;
    case Value::Kind::text: write_text(out_, value.text()); break;
    case Value::Kind::list:
      out_ += '[';
      open_.push_back(Frame{&value});
      break;
    case Value::Kind::object:
      out_ += '{';
      open_.push_back(Frame{&value});
      break;
    }
  }

  bool pretty_;
  std::string& out_;
  std::vector<Frame> open_;
};

} // namespace

void append_json(std::string& out, const Value& value)
{
  Writer(out, false).write(value);
}

std::string to_json(const Value& value)
{
  std::string text;
  append_json(text, value);
  return text;
}

std::string to_pretty_json(const Value& value)
{
  std::string text;
  Writer(text, true).write(value);
  return text;
}

} // namespace gramsetu::schema
