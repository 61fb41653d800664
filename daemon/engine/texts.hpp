// The texts that the engine keeps in the store: bases of shadows and fields of changes.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "schema/record.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::engine {

// `ShadowRow::base`: the agreed record's canonical JSON, with two members that no field is called:
// "+" holds what the endpoint sent and no mapping reads, "-" when it says that the record was deleted.
struct BaseText {
  schema::Record record;
  schema::Object unmapped;
  std::optional<Instant> deleted_at;
};

std::string write_base(const schema::Entity& entity, const BaseText& base);
Result<BaseText> read_base(const schema::Entity& entity, std::string_view text);

} // namespace gramsetu::engine
