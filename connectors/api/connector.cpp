// The names of the contract's words.
#include "connectors/api/connector.hpp"

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

} // namespace gramsetu::connectors
