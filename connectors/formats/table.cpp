// Rows of a table as records.
#include "connectors/formats/table.hpp"

#include "connectors/formats/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::formats {

namespace {

class TableReader final : public Reader {
public:
  TableReader(std::unique_ptr<Table> table, const RecordFormat& format, std::string name)
      : table_(std::move(table)), format_(format), name_(std::move(name))
  {
  }

  Result<void> read_header()
  {
    if (!format_.names.empty()) {
      names_ = format_.names;
      return {};
    }
    while (true) {
      TRY(const RowRead read, table_->next(cells_));
      if (read.kind == RowRead::Kind::end)
        return fail(ErrorKind::invalid, "the table is empty: it has no header");
      if (table_->number() <= format_.skip_rows || are_blank()) continue;
      if (read.kind == RowRead::Kind::bad)
        return fail(ErrorKind::invalid, "the header cannot be read: " + read.why);
      break;
    }
    drop_blank_end(0);
    if (format_.header) {
      names_ = column_names(cells_);
    } else {
      names_ = column_names(std::vector<std::string>(cells_.size()));
      waiting_ = true;
    }
    return {};
  }

  Result<std::optional<Item>> next() override
  {
    while (true) {
      RowRead read{RowRead::Kind::row, "", ""};
      if (!waiting_) {
        TRY(read, table_->next(cells_));
      }
      waiting_ = false;
      if (read.kind == RowRead::Kind::end) return end();
      offset_ = table_->number();
      if (offset_ <= format_.skip_rows) continue;
      if (read.kind == RowRead::Kind::bad) return std::optional(bad(read.code, read.why));
      if (are_blank() && (format_.skip_blank_rows || table_->leaves_out_blanks())) continue;
      return std::optional(record());
    }
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

  const std::vector<std::string>& columns() const override { return names_; }
  schema::Value envelope() const override { return schema::Value(schema::Object()); }

private:
  bool are_blank() const { return std::all_of(cells_.begin(), cells_.end(), is_blank); }

  void drop_blank_end(std::size_t least)
  {
    while (cells_.size() > least && is_blank(cells_.back()))
      cells_.pop_back();
  }

  // A table that breaks off says so once, as a piece of its own.
  Result<std::optional<Item>> end()
  {
    if (!table_->is_cut_off() || told_) return std::optional<Item>();
    told_ = true;
    ++offset_;
    cells_.clear();
    Item item = bad("malformed", "the document breaks off inside the table");
    item.cut_off = true;
    return std::optional(std::move(item));
  }

  Item bad(const std::string& code, const std::string& why) const
  {
    Item item;
    item.bad.bytes = cells_.empty() ? "" : write_row(cells_, Dialect{});
    item.bad.pointer = fmt::format("row {}", table_->number());
    item.bad.code = code;
    item.bad.text = fmt::format("'{}' row {}: {}", name_, table_->number(), why);
    return item;
  }

  Item record()
  {
    if (table_->leaves_out_blanks()) {
      drop_blank_end(names_.size());
      cells_.resize(std::max(cells_.size(), names_.size()));
    }
    if (cells_.size() != names_.size())
      return bad("wrong_columns",
                 fmt::format("{} cells, the header has {}", cells_.size(), names_.size()));
    schema::Object object;
    for (std::size_t i = 0; i < cells_.size(); ++i)
      object.append(names_[i], cells_[i]);
    Item item;
    item.record = schema::Value(std::move(object));
    return item;
  }

  std::unique_ptr<Table> table_;
  RecordFormat format_;
  std::string name_;
  std::vector<std::string> names_, cells_;
  std::uint64_t offset_ = 0;
  bool waiting_ = false; // `cells_` holds a row that was not given yet
  bool told_ = false;
};

} // namespace

Result<std::unique_ptr<Reader>> read_table(std::unique_ptr<Table> table, const RecordFormat& format,
                                           const std::string& name)
{
  auto reader = std::make_unique<TableReader>(std::move(table), format, name);
  TRY_VOID(reader->read_header());
  return std::unique_ptr<Reader>(std::move(reader));
}

} // namespace gramsetu::connectors::formats
