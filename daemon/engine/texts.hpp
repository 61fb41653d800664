// The texts that the engine keeps in the store: bases of shadows and fields of changes.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "schema/record.hpp"

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gramsetu::engine {

// `ShadowRow::base`: the agreed record's canonical JSON, with two members that no field is called:
// "+" holds what the endpoint sent and no mapping reads, "-" when it says that the record was deleted.
struct BaseText {
  schema::Record record;
  schema::Object unmapped;
  std::optional<Instant> deleted_at;
};

std::string write_base(const schema::Entity& entity, const BaseText& base);
std::string write_base(std::string record, const schema::Object& unmapped,
                       const std::optional<Instant>& deleted_at); // the record is written already
Result<BaseText> read_base(const schema::Entity& entity, std::string_view text);

// Writes each record once: what becomes of one key is the same record two or three times over, and to see that costs
// a tenth of writing it out.
class RecordTexts {
public:
  explicit RecordTexts(const schema::Entity& entity) : entity_(entity) {}
  // `record` is not changed as long as this is asked.
  void know(const schema::Record& record, std::string text);
  const std::string& of(const schema::Record& record);

private:
  const schema::Entity& entity_;
  // A list, as texts that were handed out stay where they are.
  std::list<std::pair<const schema::Record*, std::string>> known_;
};

} // namespace gramsetu::engine
