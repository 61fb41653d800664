// Elements of XML as records.
#include "connectors/formats/lines.hpp"
#include "schema/xml.hpp"

#include <fmt/format.h>

#include <array>
#include <deque>

namespace gramsetu::connectors::formats {

namespace {

class Elements final : public Reader {
public:
  Elements(std::unique_ptr<Bytes> bytes, const RecordFormat& format, std::string name)
      : bytes_(std::move(bytes)),
        records_(format.records),
        name_(std::move(name)),
        parser_(schema::XmlShape{format.records, format.lists})
  {
  }

  Result<std::optional<Item>> next() override
  {
    while (waiting_.empty() && !at_end_)
      TRY_VOID(feed());
    if (waiting_.empty()) return std::optional<Item>();
    auto [value, end] = std::move(waiting_.front());
    waiting_.pop_front();
    offset_ = end;
    Item item;
    if (value.is_object()) {
      item.record = std::move(value);
    } else {
      item.bad.bytes = value.is_text() ? value.text() : "";
      item.bad.pointer = fmt::format("byte {}", end);
      item.bad.code = "malformed";
      item.bad.text = fmt::format("'{}': a {} holds no elements", name_, records_);
    }
    return std::optional<Item>(std::move(item));
  }

  std::uint64_t offset() const override { return offset_; }

  Result<void> skip_to(std::uint64_t offset) override
  {
    while (offset_ < offset) {
      TRY(const auto item, next());
      if (!item)
        return fail(ErrorKind::precondition, fmt::format("'{}' has become shorter", name_));
    }
    return {};
  }

  const std::vector<std::string>& columns() const override
  {
    static const std::vector<std::string> none;
    return none;
  }

  schema::Value envelope() const override { return parser_.rest(); }

private:
  Result<void> feed()
  {
    TRY(const std::size_t got, bytes_->read(std::span(chunk_)));
    at_end_ = got == 0;
    TRY_VOID(parser_.feed({chunk_.data(), got}, at_end_, [this](schema::Value value, auto end) {
      waiting_.emplace_back(std::move(value), end);
      return Result<void>();
    }));
    if (at_end_ && !parser_.has_place())
      return fail(ErrorKind::not_found, fmt::format("nothing in it could hold {}", records_));
    return {};
  }

  std::unique_ptr<Bytes> bytes_;
  std::string records_, name_;
  schema::XmlReader parser_;
  std::array<char, 1 << 16> chunk_{};
  std::deque<std::pair<schema::Value, std::uint64_t>> waiting_; // of one chunk at most
  std::uint64_t offset_ = 0;
  bool at_end_ = false;
};

} // namespace

std::unique_ptr<Reader> open_elements(std::unique_ptr<Bytes> bytes, const RecordFormat& format,
                                      const std::string& name)
{
  return std::make_unique<Elements>(std::move(bytes), format, name);
}

} // namespace gramsetu::connectors::formats
