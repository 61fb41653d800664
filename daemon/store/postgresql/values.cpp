// Big-endian numbers, lengths before bytes, and arrays of both.
#include "daemon/store/postgresql/values.hpp"

#include "daemon/store/postgresql/text_code.hpp"

namespace gramsetu::store::postgresql {

namespace {

template <typename Number>
void append(std::string& bytes, Number number)
{
  for (int shift = static_cast<int>(sizeof number) * 8 - 8; shift >= 0; shift -= 8)
    bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 0xff);
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

void Column::add(std::string_view text)
{
  if (is_plain(text))
    add_bytes(text);
  else
    add_bytes(encoded(text));
}

void Column::add(std::int64_t number)
{
  ++count_;
  append(elements_, std::uint32_t{8});
  append(elements_, number);
}

void Column::add_flag(bool flag)
{
  ++count_;
  append(elements_, std::uint32_t{1});
  elements_ += flag ? '\1' : '\0';
}

void Column::add_bytes(std::string_view bytes)
{
  ++count_;
  append(elements_, static_cast<std::uint32_t>(bytes.size()));
  elements_ += bytes;
}

void Column::add(const std::optional<Instant>& at)
{
  if (at) return add(*at);
  ++count_;
  has_null_ = true;
  append(elements_, std::uint32_t{0xffffffff});
}

std::string Column::binary() const
{
  std::string bytes;
  bytes.reserve(elements_.size() + 20);
  append(bytes, std::uint32_t{count_ == 0 ? 0U : 1U}); // dimensions
  append(bytes, std::uint32_t{has_null_});
  append(bytes, std::uint32_t{type_});
  if (count_ == 0) return bytes;
  append(bytes, count_);
  append(bytes, std::uint32_t{1}); // where it begins to count
  return bytes + elements_;
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
