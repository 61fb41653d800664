// A JSON document as records: the elements of one list in it.
#include "connectors/formats/lines.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::connectors::formats {

namespace {

// A document has no place to resume, so it is held whole. What is larger is better written as NDJSON.
constexpr std::size_t kDocumentBytes = 64 << 20;

class Document final : public Reader {
public:
  explicit Document(std::string name) : name_(std::move(name)) {}

  Result<void> load(Bytes& bytes, const RecordFormat& format)
  {
    std::string text;
    std::array<char, 1 << 16> chunk{};
    while (true) {
      TRY(const std::size_t got, bytes.read(std::span(chunk)));
      if (got == 0) break;
      text.append(chunk.data(), got);
      if (text.size() > kDocumentBytes)
        return fail(ErrorKind::invalid, "a JSON document of more than 64 MiB; NDJSON has no limit");
    }
    if (is_wide(format.encoding)) {
      std::string narrow;
      decode_wide(text, format.encoding, true, narrow);
      text = std::move(narrow);
    }
    const auto decoded = decode(text, format.encoding);
    if (!decoded) return fail(ErrorKind::invalid, "the bytes are not in the declared encoding");
    const auto take = [this](schema::Value value) -> Result<void> {
      elements_.push_back(schema::to_json(value));
      return {};
    };
    TRY(rest_, schema::parse_json_records(*decoded, format.records, take));
    return {};
  }

  Result<std::optional<Item>> next() override
  {
    if (at_ == elements_.size()) return std::optional<Item>();
    const std::string& element = elements_[at_++];
    TRY(auto value, schema::parse_json(element));
    Item item;
    if (value.is_object()) {
      item.record = std::move(value);
    } else {
      item.bad.bytes = element.substr(0, kRowBytes);
      item.bad.pointer = fmt::format("element {}", at_);
      item.bad.code = "malformed";
      item.bad.text = fmt::format("'{}' element {}: no JSON object", name_, at_);
    }
    return std::optional(std::move(item));
  }

  std::uint64_t offset() const override { return at_; }

  Result<void> skip_to(std::uint64_t offset) override
  {
    if (offset > elements_.size())
      return fail(ErrorKind::precondition, fmt::format("'{}' has become shorter", name_));
    at_ = static_cast<std::size_t>(offset);
    return {};
  }

  const std::vector<std::string>& columns() const override
  {
    static const std::vector<std::string> none;
    return none;
  }

  schema::Value envelope() const override { return rest_; }

private:
  std::string name_;
  std::vector<std::string> elements_; // as text, which is smaller than as values
  std::size_t at_ = 0;
  schema::Value rest_;
};

} // namespace

Result<std::unique_ptr<Reader>> open_document(std::unique_ptr<Bytes> bytes,
                                              const RecordFormat& format, const std::string& name)
{
  auto document = std::make_unique<Document>(name);
  TRY_VOID(document->load(*bytes, format));
  return std::unique_ptr<Reader>(std::move(document));
}

} // namespace gramsetu::connectors::formats
