// Who takes part in a scenario, and by which rules.
#include "tests/scenario/theatre.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

namespace gramsetu::scenario {

namespace {

Result<std::int64_t> read_share(const std::string& text)
{
  const auto share = schema::read_percent(text);
  if (!share) return fail(ErrorKind::invalid, fmt::format("'{}' is no share such as 5%", text));
  return *share;
}

// "5%", or a number of records.
Result<schema::Limit> read_limit(const std::string& text)
{
  const schema::Limit limit{schema::read_percent(text), schema::read_integer(text)};
  if (limit != schema::Limit{}) return limit;
  return fail(ErrorKind::invalid, fmt::format("'{}' is no limit such as 5% or 200", text));
}

Result<void> set_rail(schema::Rails& rails, const std::string& name, const std::string& value)
{
  const std::map<std::string, schema::Limit*> limits = {{"max_deletes", &rails.max_deletes},
                                                        {"max_changes", &rails.max_changes},
                                                        {"max_creates", &rails.max_creates}};
  const std::map<std::string, std::int64_t*> shares = {{"sudden_drop", &rails.sudden_drop},
                                                       {"null_rate", &rails.null_rate}};
  if (const auto limit = limits.find(name); limit != limits.end()) {
    TRY(*limit->second, read_limit(value));
  } else if (const auto share = shares.find(name); share != shares.end()) {
    TRY(*share->second, read_share(value));
  } else if (name == "at_least") {
    rails.at_least = schema::read_integer(value).value_or(0);
  } else {
    return fail(ErrorKind::invalid, fmt::format("there is no rail '{}'", name));
  }
  return {};
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

// side NAME ROLE [pull | push | both] [snapshot] [feed] [keyless] [mute] [laggard] [at=ENDPOINT]
Result<void> Theatre::cast_side(const Line& line)
{
  TRY_VOID(want_words(
      line, 3, "side NAME ROLE [pull|push|both] [snapshot] [feed] [keyless] [mute] [laggard]"));
  test::SpokeOptions options;
  options.name = line.words[1];
  options.role = line.words[2];
  options.entity = entity_;
  bool keyless = false, mute = false, laggard = false;
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
    else if (word == "mute")
      mute = true;
    else if (word == "laggard")
      laggard = true;
    else if (word.starts_with("at="))
      options.endpoint = word.substr(3);
    else if (word != "both")
      return not_understood(line, word);
  }
  auto& spoke = bench_.add(options);
  spoke.world.idempotent = !keyless;
  spoke.world.probes = !mute;
  if (laggard) spoke.world.lag_ms = 600'000;
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
    if (index) spoke->flow.phased[*index] = false;
    if (!index) spoke->flow.existence = *rule;
    if (!index) spoke->flow.existence_phased = false;
    if (!index) spoke->flow.phased.assign(entity.fields.size(), false);
    for (std::size_t i = 0; !index && i < entity.fields.size(); ++i)
      if (!entity.fields[i].rule && entity.fields[i].type != schema::FieldType::state)
        spoke->flow.rules[i] = *rule;
  }
  return {};
}

// rails [SIDE] NAME=VALUE ...
Result<void> Theatre::cast_rails(const Line& line)
{
  TRY_VOID(want_words(line, 2, "rails [SIDE] max_deletes=10%"));
  const auto* one = find_side(line.words[1]);
  TRY(const auto pairs, read_pairs(line.words, one ? 2 : 1));
  for (auto* spoke : sides_)
    for (const auto& [name, value] : pairs)
      if (!one || one == spoke) TRY_VOID(set_rail(spoke->flow.rails, name, value));
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
