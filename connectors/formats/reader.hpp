// A text as a sequence of records, whatever it is written in.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/formats/bytes.hpp"
#include "connectors/formats/format.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace gramsetu::connectors::formats {

// A row longer than this is given up; nothing that the registers hold comes near.
inline constexpr std::size_t kRowBytes = 1 << 20;

// A record, or a piece that could not be read as one.
struct Item {
  std::optional<schema::Value> record; // an object; of texts when it comes from CSV
  BadPiece bad;                        // when there is no record
  bool cut_off = false;                // the text ends inside it: more may be missing
};

// Reads from front to back. Memory is bounded by one record, whatever comes.
class Reader {
public:
  // Reads the header where there is one. CSV without it is `invalid`: an export that failed must not
  // look like a register without records. `name` is what bad pieces call the text.
  static Result<std::unique_ptr<Reader>> open(std::unique_ptr<Bytes> bytes,
                                              const RecordFormat& format, const std::string& name);
  virtual ~Reader() = default;

  // The next record or bad piece; nothing at the end. XML that breaks off or is not well-formed is
  // `invalid`, and nothing after it can be read; one without the element that its records stand in is
  // `not_found`: it is another document.
  virtual Result<std::optional<Item>> next() = 0;

  // Where it stands; a fresh reader of the same text can be taken there.
  virtual std::uint64_t offset() const = 0;
  virtual Result<void> skip_to(std::uint64_t offset) = 0;
  // Empty unless it is CSV.
  virtual const std::vector<std::string>& columns() const = 0;
  // What is around the records, once `next` came to the end: of XML the document without them, else
  // an empty object.
  virtual schema::Value envelope() const = 0;
};

} // namespace gramsetu::connectors::formats
