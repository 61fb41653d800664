// Filling and consuming the sliding view of a text.
#include "connectors/formats/window.hpp"

#include <algorithm>

namespace gramsetu::connectors::formats {

namespace {

constexpr std::size_t kChunk = 1 << 16;
constexpr std::string_view kMark = "\xEF\xBB\xBF";

} // namespace

void Window::consume(std::size_t bytes)
{
  const std::string_view gone = text().substr(0, bytes);
  lines_ += static_cast<std::uint64_t>(std::count(gone.begin(), gone.end(), '\n'));
  start_ += gone.size();
  offset_ += gone.size();
}

Result<void> Window::grow()
{
  text_.erase(0, start_);
  start_ = 0;
  const std::size_t before = text_.size();
  const std::size_t size = std::max(kChunk, before);
  if (is_wide(encoding_)) {
    TRY_VOID(grow_wide(size));
  } else {
    text_.resize(before + size);
    TRY(const std::size_t got, bytes_->read(std::span(text_.data() + before, size)));
    text_.resize(before + got);
    at_end_ = got == 0;
  }
  drop_mark();
  return {};
}

Result<void> Window::grow_wide(std::size_t size)
{
  const std::size_t before = wide_.size();
  wide_.resize(before + size);
  TRY(const std::size_t got, bytes_->read(std::span(wide_.data() + before, size)));
  wide_.resize(before + got);
  at_end_ = got == 0;
  wide_.erase(0, decode_wide(wide_, encoding_, at_end_, text_));
  return {};
}

// A byte order mark says nothing that was not declared. A short first read may hold part of it only, so
// we wait for three bytes.
void Window::drop_mark()
{
  if (begun_ || (text_.size() < kMark.size() && !at_end_)) return;
  begun_ = true;
  const bool utf8 = encoding_ == Encoding::utf8 || is_wide(encoding_);
  if (utf8 && text_.starts_with(kMark)) text_.erase(0, kMark.size());
}

} // namespace gramsetu::connectors::formats
