// Sending, asking and reading.
#include "daemon/store/postgresql/query.hpp"

#include "daemon/store/postgresql/text_code.hpp"

#include <libpq-fe.h>

#include <cstdlib>

namespace gramsetu::store::postgresql {

Result<void> Query::run()
{
  return connection_.send(sql_, values_);
}

Result<std::size_t> Query::changed()
{
  TRY(answer_, connection_.ask(sql_, values_));
  return static_cast<std::size_t>(std::strtoull(PQcmdTuples(answer_.get()), nullptr, 10));
}

Result<bool> Query::next()
{
  if (!answer_) {
    TRY(answer_, connection_.ask(sql_, values_));
  }
  column_ = 0;
  return ++row_ < PQntuples(answer_.get());
}

std::string_view Query::bytes()
{
  const int column = column_++;
  return {PQgetvalue(answer_.get(), row_, column),
          static_cast<std::size_t>(PQgetlength(answer_.get(), row_, column))};
}

std::string Query::text()
{
  const auto found = bytes();
  return found.find('\xf4') == found.npos ? std::string(found) : decoded(found);
}

std::string_view Query::view()
{
  decoded_ = text();
  return decoded_;
}

std::string Query::blob()
{
  return std::string(bytes());
}

std::int64_t Query::integer()
{
  std::uint64_t number = 0;
  for (const char byte : bytes())
    number = number << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(number);
}

bool Query::flag()
{
  return bytes() == std::string_view("\1", 1);
}

std::optional<Instant> Query::maybe_instant()
{
  if (PQgetisnull(answer_.get(), row_, column_)) {
    ++column_;
    return std::nullopt;
  }
  return instant();
}

Digest Query::digest()
{
  return digest_from_bytes(bytes()).value_or(Digest{});
}

} // namespace gramsetu::store::postgresql
