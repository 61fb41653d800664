// What CSV and NDJSON have in common: lines in a window, some of them bad.
#pragma once

#include "connectors/formats/reader.hpp"
#include "connectors/formats/window.hpp"

#include <string>
#include <string_view>

namespace gramsetu::connectors::formats {

std::string_view without_line_end(std::string_view raw);
bool is_blank(std::string_view text);

class LineReader : public Reader {
public:
  LineReader(std::unique_ptr<Bytes> bytes, const RecordFormat& format, std::string name);

  std::uint64_t offset() const final { return window_.offset(); }
  Result<void> skip_to(std::uint64_t offset) final;
  schema::Value envelope() const final { return schema::Value(schema::Object()); }

protected:
  Item bad(std::string_view raw, const std::string& code, const std::string& why) const;
  // Passes over the rest of the line that the window starts with.
  Result<void> pass_line();
  // The row does not end within its limit. A quote that never closes costs its line; a line without
  // end costs itself, and its rest is not kept.
  Result<Item> over_long();

  RecordFormat format_;
  std::string name_;
  Window window_;
};

// CSV with its header read; NDJSON.
Result<std::unique_ptr<Reader>> open_rows(std::unique_ptr<Bytes> bytes, const RecordFormat& format,
                                          const std::string& name);
std::unique_ptr<Reader> open_lines(std::unique_ptr<Bytes> bytes, const RecordFormat& format,
                                   const std::string& name);
std::unique_ptr<Reader> open_elements(std::unique_ptr<Bytes> bytes, const RecordFormat& format,
                                      const std::string& name);
// A JSON document, read whole.
Result<std::unique_ptr<Reader>> open_document(std::unique_ptr<Bytes> bytes,
                                              const RecordFormat& format, const std::string& name);

} // namespace gramsetu::connectors::formats
