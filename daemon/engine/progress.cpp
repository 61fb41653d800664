// Written, because counting what is there would take the longer the more there is.
#include "daemon/engine/progress.hpp"

#include "schema/scalar.hpp"

namespace gramsetu::engine {

namespace {

std::string fact_of(std::string_view flow)
{
  return "progress/" + std::string(flow);
}

} // namespace

Result<void> note_progress(store::Tx& tx, std::string_view flow)
{
  TRY(const auto before, noted_progress(tx, flow));
  return tx.put_fact(fact_of(flow), std::to_string(schema::read_integer(before).value_or(0) + 1));
}

Result<std::string> noted_progress(store::Tx& tx, std::string_view flow)
{
  TRY(const auto noted, tx.fact(fact_of(flow)));
  return noted.value_or("");
}

} // namespace gramsetu::engine
