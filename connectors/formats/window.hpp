// A sliding view of a text: what has been read and not yet consumed.
#pragma once

#include "base/result.hpp"
#include "connectors/formats/bytes.hpp"
#include "connectors/formats/encoding.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gramsetu::connectors::formats {

// Bytes as they came for narrow encodings, UTF-8 for wide ones. A byte order mark at the
// start is passed over.
class Window {
public:
  Window(std::unique_ptr<Bytes> bytes, Encoding encoding)
      : bytes_(std::move(bytes)), encoding_(encoding)
  {
  }

  std::string_view text() const { return std::string_view(text_).substr(start_); }
  bool at_end() const { return at_end_; } // no more than `text()` will come
  void consume(std::size_t bytes);
  std::uint64_t offset() const { return offset_; } // bytes consumed
  std::uint64_t lines() const { return lines_; }   // line ends consumed

  // Reads more: at least as much again as there is, so that a long row costs twice its length.
  Result<void> grow();

private:
  Result<void> grow_wide(std::size_t size);
  void drop_mark();

  std::unique_ptr<Bytes> bytes_;
  Encoding encoding_;
  std::string text_, wide_; // wide_: bytes of a wide encoding that wait for their partners
  std::size_t start_ = 0;
  std::uint64_t offset_ = 0, lines_ = 0;
  bool at_end_ = false, begun_ = false;
};

} // namespace gramsetu::connectors::formats
