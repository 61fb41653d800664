// What a scenario expects of places in time: versions, roll-ups, and codes that nobody has brought.
#include "daemon/engine/places/rollup.hpp"
#include "schema/types.hpp"
#include "tests/scenario/theatre.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::scenario {

namespace {

tl::unexpected<Error> untrue(std::string what)
{
  return fail(ErrorKind::invalid, std::move(what));
}

const engine::PlaceVersion* numbered(const engine::History& history, const std::string& number)
{
  const auto found = std::find_if(history.begin(), history.end(), [&](const auto& version) {
    return engine::number_of(version) == number;
  });
  return found == history.end() ? nullptr : &*found;
}

std::string told(const engine::PlaceVersion& version, const std::string& name)
{
  std::string text = version.text(name);
  if (name == "from") text = version.from;
  if (name == "until") text = version.until;
  if (name == "corrected") text = version.corrected ? "true" : "";
  if (name == "ended") text = version.ended ? "true" : "";
  return text.empty() ? "-" : text;
}

std::string sum_of(std::vector<std::string> words)
{
  std::sort(words.begin(), words.end());
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

} // namespace

// expect version CODE NUMBER name=Binnaguri district=309 from=2026-10-01 until=- | none
Result<void> Theatre::expect_version(const Line& line)
{
  TRY_VOID(want_words(line, 5, "expect version CODE NUMBER field=value, or none"));
  engine::History history;
  TRY_VOID(bench_.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, tx.places(entity_, line.words[2]));
    TRY(history, engine::history_of(rows));
    return {};
  }));
  const auto* version = numbered(history, line.words[3]);
  if (line.words[4] == "none") return version ? untrue("there is such a version") : Result<void>{};
  if (!version) return untrue(fmt::format("there is no version {}", line.words[3]));
  TRY(const auto pairs, read_pairs(line.words, 4));
  for (const auto& [name, wanted] : pairs)
    if (const auto found = told(*version, name); found != wanted)
      return untrue(
          fmt::format("{} of version {} is '{}', not '{}'", name, line.words[3], found, wanted));
  return {};
}

// count place was|is [amount]: 245101=1/100.00 "245101 (split into 245201, 245202)=1/50.00"
Result<void> Theatre::expect_count(const Line& line)
{
  TRY_VOID(want_words(line, 4, "count BY was|is [SUM]: LABEL=records/rupees ..."));
  engine::CountOptions options;
  options.by = line.words[1];
  std::vector<std::string> wanted, found;
  std::size_t at = 2;
  for (bool more = true; more && at < line.words.size(); ++at) {
    auto word = line.words[at];
    more = !word.ends_with(':');
    if (!more) word.pop_back();
    if (at == 2)
      options.as_is = word == "is";
    else
      options.sum = word;
  }
  wanted.assign(line.words.begin() + static_cast<std::ptrdiff_t>(at), line.words.end());
  TRY(const auto counted,
      count_records(bench_.entity(entity_), bench_.entities(), options, bench_.services()));
  engine::Group all;
  for (const auto& group : counted.groups) {
    all.records += group.records;
    all.sum += group.sum;
    found.push_back(fmt::format("{}={}", group.label, group.records));
    if (!options.sum.empty())
      found.back() += "/" + schema::write_money(group.sum, schema::MoneyUnit::rupees);
  }
  if (all.records != counted.total.records || all.sum != counted.total.sum)
    return untrue("the groups do not add up to the total");
  if (sum_of(wanted) != sum_of(found)) return untrue("there is: " + sum_of(found));
  return {};
}

// unresolved: local_body/245102=1 | none
Result<void> Theatre::expect_unresolved(const Line& line)
{
  std::vector<std::string> wanted(line.words.begin() + 1, line.words.end()), found;
  if (wanted == std::vector<std::string>{"none"}) wanted.clear();
  TRY_VOID(bench_.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, tx.awaited("", "", 1000));
    for (const auto& row : rows)
      found.push_back(fmt::format("{}={}", row.waits_for, row.records));
    return {};
  }));
  if (sum_of(wanted) != sum_of(found)) return untrue("there is: " + sum_of(found));
  return {};
}

std::string Theatre::places()
{
  std::string text;
  const auto add = [&](store::Tx& tx, const std::string& kind,
                       const std::string& code) -> Result<void> {
    TRY(const auto rows, tx.places(kind, code));
    TRY(const auto history, engine::history_of(rows));
    for (std::size_t i = 0; i < history.size(); ++i)
      text += fmt::format("place {} {} {} {} {}..{}{}\n", kind, code, engine::number_of(history[i]),
                          rows[i].body, history[i].from, history[i].until,
                          history[i].ended ? " ended" : "");
    TRY(const auto successors, tx.successors(kind, code));
    for (const auto& row : successors)
      text += fmt::format("succession {} {} {} {} {} {}\n", code, row.to_code, row.extent,
                          row.cause, row.effective, row.source);
    return {};
  };
  const auto read = bench_.store->transact([&](store::Tx& tx) -> Result<void> {
    for (const auto* spoke : sides_) {
      if (!spoke->flow.entity->versions) continue;
      for (const auto& [key, row] : spoke->world.rows)
        TRY_VOID(add(tx, spoke->flow.entity->name, key));
    }
    return {};
  });
  return read ? text : read.error().what;
}

} // namespace gramsetu::scenario
