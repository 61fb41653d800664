// The checksum of a row.
#include "daemon/store/shared/sum.hpp"

#include "base/digest.hpp"
#include "base/quick_hash.hpp"

#include <fmt/format.h>

namespace gramsetu::store {

namespace {

constexpr std::string_view kStart = "store: ",
                           kBadRow =
                               ": the row does not match its checksum: it was changed outside "
                               "of this program, or the disk altered it";

void append_number(std::string& bytes, std::int64_t number)
{
  char eight[8]; // little-endian, on every machine
  auto rest = static_cast<std::uint64_t>(number);
  for (char& byte : eight) {
    byte = static_cast<char>(rest & 0xff);
    rest >>= 8;
  }
  bytes.append(eight, sizeof eight);
}

// Reused: this runs for each row of a first load.
std::string& buffer()
{
  thread_local std::string bytes;
  return bytes;
}

void flatten(std::initializer_list<std::string_view> texts,
             std::initializer_list<std::int64_t> numbers)
{
  auto& bytes = buffer();
  bytes.clear();
  for (const auto text : texts) {
    append_number(bytes, static_cast<std::int64_t>(text.size()));
    bytes += text;
  }
  for (const auto number : numbers)
    append_number(bytes, number);
}

std::int64_t head_of_sha256(std::string_view bytes)
{
  const Digest digest = sha256(bytes);
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < 8; ++i)
    head = head << 8 | digest[i];
  return static_cast<std::int64_t>(head);
}

} // namespace

std::int64_t row_sum(std::initializer_list<std::string_view> texts,
                     std::initializer_list<std::int64_t> numbers)
{
  flatten(texts, numbers);
  return static_cast<std::int64_t>(quick_hash(buffer()));
}

Result<void> check_sum(std::int64_t stored, std::int64_t computed, std::string_view table,
                       std::string_view row)
{
  if (stored == computed || stored == head_of_sha256(buffer())) return {};
  return fail(ErrorKind::corrupt, fmt::format("{}{} {}{}", kStart, table, row, kBadRow));
}

std::optional<BadRow> bad_row_of(std::string_view what)
{
  const auto end = what.find(kBadRow), start = what.find(kStart);
  if (end == what.npos || start == what.npos) return std::nullopt;
  const auto name = what.substr(start + kStart.size(), end - start - kStart.size());
  const auto blank = name.find(' ');
  if (blank == name.npos) return std::nullopt;
  return BadRow{std::string(name.substr(0, blank)), std::string(name.substr(blank + 1))};
}

} // namespace gramsetu::store
