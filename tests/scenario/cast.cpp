// Who takes part in a scenario, and by which rules.
#include "tests/scenario/theatre.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

namespace gramsetu::scenario {

namespace {

// "5%" as hundredths of a percent.
Result<std::int64_t> read_share(const std::string& text)
{
  const auto digits = text.substr(0, text.find('%'));
  const auto number = schema::read_integer(digits);
  if (!number) return fail(ErrorKind::invalid, fmt::format("'{}' is no share such as 5%", text));
  return *number * 100;
}

} // namespace

tl::unexpected<Error> not_understood(const Line& line, const std::string& what)
{
  return fail(ErrorKind::invalid, fmt::format("'{}' is not understood: {}", line.words[0], what));
}

Result<void> want_words(const Line& line, std::size_t count, const std::string& form)
{
  if (line.words.size() >= count) return {};
  return fail(ErrorKind::invalid, "write it as: " + form);
}

Result<void> Theatre::cast_entity(const Line& line)
{
  TRY_VOID(want_words(line, 2, "entity NAME"));
  entity_ = line.words[1];
  return {};
}

// side NAME ROLE [pull | push | both] [snapshot] [feed] [keyless]
Result<void> Theatre::cast_side(const Line& line)
{
  TRY_VOID(want_words(line, 3, "side NAME ROLE [pull|push|both] [snapshot] [feed] [keyless]"));
  test::SpokeOptions options;
  options.name = line.words[1];
  options.role = line.words[2];
  options.entity = entity_;
  bool keyless = false;
  for (std::size_t i = 3; i < line.words.size(); ++i) {
    const auto& word = line.words[i];
    if (word == "pull")
      options.pushes = false;
    else if (word == "push")
      options.pulls = false;
    else if (word == "snapshot")
      options.snapshot = true;
    else if (word == "feed")
      options.feed = true;
    else if (word == "keyless")
      keyless = true;
    else if (word != "both")
      return not_understood(line, word);
  }
  auto& spoke = bench_.add(options);
  spoke.world.idempotent = !keyless;
  // As the daemon does it: a parent is awaited when some flow brings it.
  for (const auto& parent : spoke.flow.entity->parents)
    for (const auto* other : sides_)
      if (other->flow.entity->name == parent.entity) spoke.flow.parents.push_back(parent.entity);
  sides_.push_back(&spoke);
  return {};
}

// rule FIELD RULE, the rule as in the operator's file; FIELD is * for the record's existence and default.
Result<void> Theatre::cast_rule(const Line& line)
{
  TRY_VOID(want_words(line, 3, "rule FIELD RULE"));
  std::string text;
  for (std::size_t i = 2; i < line.words.size(); ++i)
    text += line.words[i] + " ";
  std::vector<schema::Finding> findings;
  const auto document = schema::parse_document("rule: " + text, "rule", findings);
  const auto* node = document.find("rule");
  const auto rule = node ? schema::read_rule(*node, findings) : std::nullopt;
  if (!rule) return not_understood(line, text);
  const auto& entity = bench_.entity(entity_);
  const auto index = entity.index_of(line.words[1]);
  if (!index && line.words[1] != "*") return not_understood(line, line.words[1]);
  for (auto* spoke : sides_) {
    if (spoke->flow.entity != &entity) continue;
    if (index) spoke->flow.rules[*index] = *rule;
    if (!index) spoke->flow.existence = *rule;
    for (std::size_t i = 0; !index && i < entity.fields.size(); ++i)
      if (!entity.fields[i].rule && entity.fields[i].type != schema::FieldType::state)
        spoke->flow.rules[i] = *rule;
  }
  return {};
}

Result<void> Theatre::cast_rails(const Line& line)
{
  TRY(const auto pairs, read_pairs(line.words, 1));
  for (auto* spoke : sides_) {
    auto& rails = spoke->flow.rails;
    for (const auto& [name, value] : pairs) {
      if (name == "max_deletes") {
        TRY(rails.max_deletes, read_share(value));
      } else if (name == "max_changes") {
        TRY(rails.max_changes, read_share(value));
      } else if (name == "at_least") {
        rails.at_least = schema::read_integer(value).value_or(0);
      } else {
        return not_understood(line, name);
      }
    }
  }
  return {};
}

Result<void> Theatre::cast_area(const Line& line)
{
  TRY(const auto pairs, read_pairs(line.words, 1));
  for (auto* spoke : sides_) {
    if (pairs.contains("state")) spoke->flow.area.state = pairs.at("state");
    if (pairs.contains("district")) spoke->flow.area.district = pairs.at("district");
  }
  return {};
}

Result<void> Theatre::give(const Line& line)
{
  TRY(given_[entity_], read_pairs(line.words, 1));
  return {};
}

} // namespace gramsetu::scenario
