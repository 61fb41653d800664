// Big-endian numbers, lengths before bytes, and arrays of both.
#include "daemon/store/postgresql/values.hpp"

#include "daemon/store/postgresql/text_code.hpp"

#include <utility>

namespace gramsetu::store::postgresql {

namespace {

template <typename Number>
void append(std::string& bytes, Number number)
{
  char big_endian[sizeof number];
  for (std::size_t i = 0; i < sizeof number; ++i)
    big_endian[sizeof number - 1 - i] =
        static_cast<char>(static_cast<std::uint64_t>(number) >> i * 8 & 0xff);
  bytes.append(big_endian, sizeof number);
}

unsigned array_of(Type type)
{
  switch (type) {
  case kBoolean: return 1000;
  case kBytes: return 1001;
  case kNumber: return 1016;
  case kText: break;
  }
  return 1009;
}

} // namespace

void Elements::add(std::string_view text)
{
  if (is_plain(text))
    add_bytes(text);
  else
    add_bytes(encoded(text));
}

void Elements::add(std::int64_t number)
{
  ++count_;
  append(bytes_, std::uint32_t{8});
  append(bytes_, number);
}

void Elements::add_flag(bool flag)
{
  ++count_;
  append(bytes_, std::uint32_t{1});
  bytes_ += flag ? '\1' : '\0';
}

void Elements::add_bytes(std::string_view bytes)
{
  ++count_;
  append(bytes_, static_cast<std::uint32_t>(bytes.size()));
  bytes_ += bytes;
}

void Elements::add(const std::optional<Instant>& at)
{
  if (at) return add(*at);
  ++count_;
  has_null_ = true;
  append(bytes_, std::uint32_t{0xffffffff});
}

void Elements::begin_row(std::size_t fields)
{
  append(bytes_, static_cast<std::uint16_t>(fields));
}

CopyRows::CopyRows(Put put) : put_(std::move(put))
{
  // The signature, no flags, and no more header.
  hand_on(std::string_view("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19));
}

void CopyRows::hand_on(std::string_view piece)
{
  taken_ = taken_ && put_(piece);
  row_.forget_bytes();
}

bool CopyRows::end()
{
  row_.begin_row(0xffff); // no row: the end
  hand_on(row_.bytes());
  return taken_;
}

std::string Column::binary() const
{
  std::string bytes;
  bytes.reserve(elements_.bytes().size() + 20);
  append(bytes, std::uint32_t{elements_.count() == 0 ? 0U : 1U}); // dimensions
  append(bytes, std::uint32_t{elements_.has_null()});
  append(bytes, std::uint32_t{type_});
  if (elements_.count() == 0) return bytes;
  append(bytes, elements_.count());
  append(bytes, std::uint32_t{1}); // where it begins to count
  return bytes += elements_.bytes();
}

void Values::push(unsigned type, std::string_view bytes)
{
  types_.push_back(type);
  // An empty view may have no address, and libpq takes that for NULL.
  values_.push_back(bytes.data() == nullptr ? "" : bytes.data());
  lengths_.push_back(static_cast<int>(bytes.size()));
  formats_.push_back(1);
}

std::string_view Values::own(std::string bytes)
{
  owned_.push_back(std::move(bytes));
  return owned_.back();
}

void Values::add(std::string_view text)
{
  push(kText, is_plain(text) ? text : own(encoded(text)));
}

void Values::add(std::int64_t number)
{
  std::string bytes;
  append(bytes, number);
  push(kNumber, own(std::move(bytes)));
}

void Values::add_flag(bool flag)
{
  push(kBoolean, flag ? std::string_view("\1", 1) : std::string_view("\0", 1));
}

void Values::add(const std::optional<Instant>& at)
{
  if (at) return add(std::int64_t{at->time_since_epoch().count()});
  push(kNumber, {});
  values_.back() = nullptr;
}

void Values::add(const Column& column)
{
  push(array_of(column.type()), own(column.binary()));
}

} // namespace gramsetu::store::postgresql
