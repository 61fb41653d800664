// Expat's push parser, with every bound of ours around it.
#include "schema/xml.hpp"

#include <fmt/format.h>

#include <expat.h>

#include <algorithm>
#include <optional>

namespace gramsetu::schema {

namespace {

constexpr std::size_t kPiece = 1 << 16; // fed at once

std::string_view without_prefix(std::string_view name)
{
  const auto colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

bool is_blank(std::string_view text)
{
  return text.find_first_not_of(" \t\r\n") == text.npos;
}

// An element that has begun and not ended.
struct Element {
  std::string name;
  Object members;
  std::string text;
  bool nil = false;
};

Value value_of(Element&& element)
{
  if (element.nil && element.members.empty()) return Value(Null{});
  if (element.members.empty()) return Value(std::move(element.text));
  if (!is_blank(element.text)) element.members.append("#text", Value(std::move(element.text)));
  return Value(std::move(element.members));
}

} // namespace

struct XmlReader::Impl {
  XmlShape shape;
  XmlLimits limits;
  XML_Parser parser = XML_ParserCreate(nullptr);
  const Take* take = nullptr;
  std::vector<Element> open;
  std::string path;             // of the open elements
  std::size_t record_depth = 0; // elements open when the record at hand began, itself too; 0: none
  std::size_t nodes = 0, bytes = 0;           // of the record at hand
  std::size_t rest_nodes = 0, rest_bytes = 0; // of what is around the records
  std::uint64_t fed = 0;
  std::optional<Error> error;
  Value rest{Object{}};
  bool has_place = false;

  Impl(XmlShape given, const XmlLimits& bounds) : shape(std::move(given)), limits(bounds)
  {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, [](void* self, auto...) {
      static_cast<Impl*>(self)->stop("it has a document type, which is refused (entities)");
    });
  }
  ~Impl() { XML_ParserFree(parser); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  static void on_start(void* self, const char* name, const char** attributes)
  {
    static_cast<Impl*>(self)->start(name, attributes);
  }
  static void on_end(void* self, const char*) { static_cast<Impl*>(self)->end(); }
  static void on_text(void* self, const char* text, int size)
  {
    static_cast<Impl*>(self)->add_text({text, static_cast<std::size_t>(size)});
  }
  void stop(std::string why)
  {
    if (error) return;
    error =
        Error{ErrorKind::invalid,
              fmt::format("XML line {}: {}", XML_GetCurrentLineNumber(parser), why), std::nullopt};
    XML_StopParser(parser, XML_FALSE);
  }

  // Counts towards the record at hand, or towards what is around the records.
  bool count(std::size_t more_nodes, std::size_t more_bytes)
  {
    std::size_t& all_nodes = record_depth > 0 ? nodes : rest_nodes;
    std::size_t& all_bytes = record_depth > 0 ? bytes : rest_bytes;
    all_nodes += more_nodes;
    all_bytes += more_bytes;
    if (all_nodes > limits.nodes) stop(fmt::format("more than {} elements", limits.nodes));
    if (all_bytes > limits.bytes) stop(fmt::format("more than {} bytes", limits.bytes));
    return !error;
  }

  void start(std::string_view full_name, const char** attributes)
  {
    if (error) return;
    if (open.size() >= limits.depth) return stop(fmt::format("deeper than {}", limits.depth));
    const std::string_view name = without_prefix(full_name);
    path += "/";
    path += name;
    open.push_back({std::string(name), {}, {}, false});
    if (record_depth == 0 && path == shape.records) {
      record_depth = open.size();
      nodes = bytes = 0;
    }
    if (shape.records.starts_with(path) && shape.records.rfind('/') == path.size())
      has_place = true;
    if (!count(1, name.size())) return;
    for (; *attributes; attributes += 2)
      add_attribute(attributes[0], attributes[1]);
  }

  void add_attribute(std::string_view full_name, std::string_view value)
  {
    // What is about the writing, not about the record.
    if (error || full_name == "xmlns" || full_name.starts_with("xmlns:") ||
        full_name == "xml:space")
      return;
    const std::string_view name = without_prefix(full_name);
    if (name == "nil" && name != full_name) {
      open.back().nil = value == "true" || value == "1";
      return;
    }
    if (value.size() > limits.text) return stop("an attribute is too long");
    if (!count(1, name.size() + value.size())) return;
    Object& members = open.back().members;
    std::string key = fmt::format("@{}", name);
    if (members.find(key)) return stop(fmt::format("two attributes are called '{}'", name));
    if (members.size() >= limits.members) return stop("an element has too many attributes");
    members.append(std::move(key), Value(value));
  }

  void add_text(std::string_view more)
  {
    if (error || open.empty()) return;
    std::string& text = open.back().text;
    if (text.size() + more.size() > limits.text)
      return stop(fmt::format("a text is longer than {} bytes", limits.text));
    if (count(0, more.size())) text += more;
  }

  void end()
  {
    if (error) return;
    const bool is_record = record_depth > 0 && record_depth == open.size();
    Element element = std::move(open.back());
    open.pop_back();
    path.resize(path.size() - element.name.size() - 1);
    std::string name = element.name;
    Value value = value_of(std::move(element));
    if (is_record) {
      record_depth = 0;
      const auto at = XML_GetCurrentByteIndex(parser) + XML_GetCurrentByteCount(parser);
      if (auto taken = (*take)(std::move(value), static_cast<std::uint64_t>(at)); !taken) {
        error = taken.error();
        XML_StopParser(parser, XML_FALSE);
      }
      return;
    }
    add_member(open.empty() ? rest.object() : open.back().members, std::move(name),
               std::move(value));
  }

  void add_member(Object& members, std::string name, Value value)
  {
    if (Value* there = members.find(name)) {
      if (!there->is_list()) *there = Value(List{std::move(*there)});
      there->list().push_back(std::move(value));
      return;
    }
    if (members.size() >= limits.members) return stop("an element holds too many names");
    const bool listed =
        std::find(shape.lists.begin(), shape.lists.end(), name) != shape.lists.end();
    members.append(std::move(name), listed ? Value(List{std::move(value)}) : std::move(value));
  }

  Result<void> feed_piece(std::string_view piece, bool last)
  {
    const auto status =
        XML_Parse(parser, piece.data(), static_cast<int>(piece.size()), last ? 1 : 0);
    if (error) return tl::unexpected<Error>(*error);
    if (status != XML_STATUS_OK) {
      stop(XML_ErrorString(XML_GetErrorCode(parser)));
      return tl::unexpected<Error>(*error);
    }
    fed += piece.size();
    // The parser looks at an unfinished tag or comment again from its start whenever more comes.
    const auto reached = static_cast<std::uint64_t>(
        std::max<long long>(0, static_cast<long long>(XML_GetCurrentByteIndex(parser))));
    if (!last && fed - std::min(fed, reached) > limits.text + kPiece) {
      stop(fmt::format("a tag or comment is longer than {} bytes", limits.text));
      return tl::unexpected<Error>(*error);
    }
    return {};
  }
};

XmlReader::XmlReader(XmlShape shape, const XmlLimits& limits)
    : impl_(std::make_unique<Impl>(std::move(shape), limits))
{
}

XmlReader::~XmlReader() = default;

Result<void> XmlReader::feed(std::string_view bytes, bool at_end, const Take& take)
{
  if (impl_->error) return tl::unexpected<Error>(*impl_->error);
  impl_->take = &take;
  do {
    const std::string_view piece = bytes.substr(0, kPiece);
    bytes.remove_prefix(piece.size());
    TRY_VOID(impl_->feed_piece(piece, at_end && bytes.empty()));
  } while (!bytes.empty());
  return {};
}

const Value& XmlReader::rest() const
{
  return impl_->rest;
}

bool XmlReader::has_place() const
{
  return impl_->has_place || impl_->shape.records.rfind('/') == 0;
}

Result<Value> parse_xml(std::string_view text, const XmlShape& shape,
                        const std::function<Result<void>(Value)>& take, const XmlLimits& limits)
{
  XmlReader reader(shape, limits);
  TRY_VOID(reader.feed(text, true,
                       [&](Value record, std::uint64_t) { return take(std::move(record)); }));
  if (!shape.records.empty() && !reader.has_place())
    return fail(ErrorKind::not_found,
                fmt::format("XML: there is nothing that could hold {}", shape.records));
  return reader.rest();
}

} // namespace gramsetu::schema
