// The names of the contract's words, and of batches.
#include "connectors/api/connector.hpp"

#include "base/digest.hpp"

namespace gramsetu::connectors {

std::string_view name_of(Verb verb)
{
  switch (verb) {
  case Verb::create: return "create";
  case Verb::update: return "update";
  case Verb::remove: return "remove";
  }
  return "";
}

std::string batch_key(std::span<const Intent* const> intents)
{
  std::string keys;
  for (const Intent* intent : intents)
    keys += intent->idempotency_key + "\n";
  return to_hex(sha256(keys)).substr(0, 32);
}

} // namespace gramsetu::connectors
