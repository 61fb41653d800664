// What a scenario expects, and the pictures that its performances are compared by.
#include "tests/scenario/theatre.hpp"

#include "connectors/api/extract.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gramsetu::scenario {

namespace {

using engine::Report;
using test::Spoke;

tl::unexpected<Error> untrue(std::string what)
{
  return fail(ErrorKind::invalid, std::move(what));
}

std::optional<std::size_t> count_of(const Report& report, const std::string& name)
{
  const auto& c = report.counts;
  const std::map<std::string, std::size_t> counts = {{"pulled", c.pulled},
                                                     {"unchanged", c.unchanged},
                                                     {"created", c.created},
                                                     {"updated", c.updated},
                                                     {"deleted", c.deleted},
                                                     {"conflicts", c.conflicts},
                                                     {"opened", c.opened},
                                                     {"quarantined", c.quarantined},
                                                     {"waiting", c.waiting},
                                                     {"pushed", c.pushed},
                                                     {"refused", c.refused},
                                                     {"unknown", c.unknown},
                                                     {"superseded", c.superseded},
                                                     {"restored", c.restored},
                                                     {"left", c.left},
                                                     {"differed", c.differed},
                                                     {"heard", c.heard},
                                                     {"offered", c.offered}};
  const auto found = counts.find(name);
  return found == counts.end() ? std::nullopt : std::optional(found->second);
}

Result<void> check_run(const Report& report, const Pairs& pairs)
{
  for (const auto& [name, wanted] : pairs) {
    std::string found;
    if (name == "state")
      found = name_of(report.state);
    else if (name == "rails")
      found = fmt::format("{}", fmt::join(report.hold.rails, ","));
    else if (const auto count = count_of(report, name))
      found = std::to_string(*count);
    else
      return untrue(fmt::format("a run has no '{}'", name));
    if (found != wanted)
      return untrue(fmt::format("{} is {}, not {} ({})", name, found, wanted, report.reason));
  }
  return {};
}

std::string joined(std::vector<std::string> items)
{
  std::sort(items.begin(), items.end());
  std::string text;
  for (const auto& item : items)
    text += (text.empty() ? "" : ", ") + item;
  return text.empty() ? "none" : text;
}

std::string rest_of(const Line& line, std::size_t from = 1)
{
  std::string text;
  for (std::size_t i = from; i < line.words.size(); ++i)
    text += (text.empty() ? "" : " ") + line.words[i];
  return text;
}

// Both say the same, in whatever order: "a of X, b of Y".
Result<void> same_list(const std::string& wanted, std::vector<std::string> found)
{
  std::vector<std::string> items;
  for (std::size_t at = 0; wanted != "none" && at < wanted.size();) {
    const auto end = std::min(wanted.find(", ", at), wanted.size());
    items.push_back(wanted.substr(at, end - at));
    at = end + 2;
  }
  if (joined(items) == joined(found)) return {};
  return untrue("there is: " + joined(std::move(found)));
}

} // namespace

// expect SIDE|hub KEY gone | field=value ...; a value of - is none
Result<void> Theatre::expect(const Line& line)
{
  if (line.words.size() > 1 && line.words[1] == "run") return expect_run(line);
  if (line.words.size() > 1 && line.words[1] == "version") return expect_version(line);
  if (line.words.size() < 4) return untrue("write it as: expect SIDE KEY field=value, or gone");
  const bool hub = line.words[1] == "hub";
  auto* spoke = hub ? nullptr : find_side(line.words[1]);
  if (!hub && !spoke) return untrue(fmt::format("there is no side '{}'", line.words[1]));
  const auto& key = line.words[2];
  const bool there = hub ? bench_.alive(key, entity_) : spoke->world.alive(key);
  if (line.words[3] == "gone")
    return there ? untrue(fmt::format("{} is there", key)) : Result<void>{};
  if (!there) return untrue(fmt::format("{} is not there", key));
  TRY(const auto pairs, read_pairs(line.words, 3));
  for (const auto& [field, wanted] : pairs) {
    auto found = hub ? bench_.get(key, field, entity_) : spoke->world.get(key, field);
    if (found.empty()) found = "-";
    if (found != wanted)
      return untrue(fmt::format("{} of {} is '{}', not '{}'", field, key, found, wanted));
  }
  return {};
}

// expect run SIDE created=1 state=held
Result<void> Theatre::expect_run(const Line& line)
{
  if (line.words.size() < 4) return untrue("write it as: expect run SIDE created=1");
  const auto report = reports_.find(line.words[2]);
  if (report == reports_.end()) return untrue(fmt::format("'{}' has not run", line.words[2]));
  TRY(const auto pairs, read_pairs(line.words, 3));
  return check_run(report->second, pairs);
}

// conflicts: none | remarks of SR1, * of SR2
Result<void> Theatre::expect_conflicts(const Line& line)
{
  std::vector<std::string> found;
  for (const auto& row : bench_.conflicts(true))
    found.push_back(row.field + " of " + row.key);
  return same_list(rest_of(line), std::move(found));
}

// quarantine: none | bad_amount of V1, parent_missing of V2
Result<void> Theatre::expect_quarantine(const Line& line)
{
  std::vector<std::string> found;
  for (const auto& row : bench_.quarantine())
    found.push_back(row.code + " of " + row.key);
  return same_list(rest_of(line), std::move(found));
}

// effects: csc=1 state=0
Result<void> Theatre::expect_effects(const Line& line)
{
  TRY(const auto pairs, read_pairs(line.words, 1));
  for (const auto& [name, wanted] : pairs) {
    TRY(const auto* spoke, side(name));
    const auto found = std::to_string(spoke->world.ledger.size());
    if (found != wanted) return untrue(fmt::format("{} had {} effects", name, found));
  }
  return {};
}

// kept: "a value"   it is in a record, the change log, a conflict or the quarantine
Result<void> Theatre::expect_kept(const Line& line)
{
  const auto all = accounts();
  for (std::size_t i = 1; i < line.words.size(); ++i)
    if (all.find(line.words[i]) == std::string::npos)
      return untrue(fmt::format("'{}' is gone without a trace", line.words[i]));
  return {};
}

// plan csc: none | create SR1 (new at csc), update SR2 (phone; address); and nothing was written for it
Result<void> Theatre::expect_plan(const Line& line)
{
  if (line.words.size() < 3 || !line.words[1].ends_with(':'))
    return untrue("write it as: plan SIDE: update KEY (field), ... or none");
  TRY(auto* spoke, side(line.words[1].substr(0, line.words[1].size() - 1)));
  const auto before = picture();
  engine::RunOptions options;
  options.plan_only = true;
  run(*spoke, options);
  std::vector<std::string> found;
  for (const auto& plan : reports_[spoke->name].held)
    for (const auto& sample : plan.samples) {
      auto what = sample.what;
      for (auto at = what.find(", "); at != std::string::npos; at = what.find(", ", at))
        what[at] = ';';
      found.push_back(fmt::format("{} {} ({})", sample.change, sample.key, what));
    }
  if (picture() != before) return untrue("the plan was carried out");
  return same_list(rest_of(line, 2), std::move(found));
}

// left: none | SR1, phone of SR2   by the last apply or undo of the side named first
Result<void> Theatre::expect_left(const Line& line)
{
  if (line.words.size() < 3) return untrue("write it as: left: SIDE SR1, phone of SR2, or none");
  TRY_VOID(side(line.words[1]));
  std::vector<std::string> found;
  TRY_VOID(bench_.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, tx.remarks(runs_[line.words[1]].back(), 0, 1000));
    for (const auto& row : rows)
      if (row.left) found.push_back(row.field.empty() ? row.key : row.field + " of " + row.key);
    return {};
  }));
  return same_list(rest_of(line, 2), std::move(found));
}

// verify csc: agree | only_here SR1, only_there SR2, fields SR3 (phone; address)
Result<void> Theatre::expect_verdict(const Line& line)
{
  if (line.words.size() < 3 || !line.words[1].ends_with(':'))
    return untrue("write it as: verify SIDE: agree, or only_here KEY, fields KEY (field), ...");
  TRY(auto* spoke, side(line.words[1].substr(0, line.words[1].size() - 1)));
  const auto certificate = bench_.verify(*spoke);
  std::vector<std::string> found;
  for (const auto& difference : certificate.differences) {
    std::string fields;
    for (const auto& field : difference.fields)
      fields += (fields.empty() ? "" : "; ") + field.name;
    found.push_back(fmt::format("{} {}{}", name_of(difference.kind), difference.key,
                                fields.empty() ? "" : " (" + fields + ")"));
  }
  if (certificate.agree != found.empty()) return untrue("agreement and differences do not match");
  const auto wanted = rest_of(line, 2);
  return same_list(wanted == "agree" ? "none" : wanted, std::move(found));
}

// differ: csc   its records are not to agree with the hub's in the end
Result<void> Theatre::sides_differ(const Line& line)
{
  for (std::size_t i = 1; i < line.words.size(); ++i) {
    TRY_VOID(side(line.words[i]));
    differs_.insert(line.words[i]);
  }
  return {};
}

std::string Theatre::accounts()
{
  std::string all;
  const auto read = bench_.store->transact([&](store::Tx& tx) -> Result<void> {
    for (const auto* spoke : sides_) {
      store::RecordQuery records;
      records.entity = spoke->flow.entity->name;
      records.with_deleted = true;
      TRY(const auto rows, tx.records(records));
      for (const auto& row : rows)
        all += row.body + "\n";
    }
    TRY(const auto log, tx.changes({}));
    for (const auto& row : log)
      all += row.fields + "\n";
    TRY(const auto conflicts, tx.conflicts({"", "", "", std::nullopt, 0, 1000}));
    for (const auto& row : conflicts)
      all += row.hub + row.remote + row.base + row.winner + "\n";
    TRY(const auto parked, tx.quarantine({}));
    for (const auto& row : parked)
      all += row.payload + "\n";
    return {};
  });
  return read ? all : read.error().what;
}

std::size_t Theatre::changes()
{
  std::size_t count = 0;
  const auto read = bench_.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, tx.changes({}));
    count = rows.size();
    return {};
  });
  return read ? count : 0;
}

std::string Theatre::picture()
{
  std::string text;
  for (const auto* spoke : sides_) {
    const auto& entity = *spoke->flow.entity;
    for (const auto& [key, row] : spoke->world.rows) {
      text += fmt::format("{} {} {}:", spoke->name, key, spoke->world.alive(key) ? "" : "gone");
      for (const auto& field : entity.fields)
        if (const auto value = spoke->world.get(key, field.name); !value.empty())
          text += fmt::format(" {}={}", field.name, value);
      text += fmt::format("\nhub {} {}:", key, bench_.alive(key, entity.name) ? "" : "gone");
      const auto held = bench_.document(key, entity.name);
      for (const auto& field : entity.fields)
        if (const auto* value = held ? held->find(field.name) : nullptr;
            value && !test::shown(*value).empty())
          text += fmt::format(" {}={}", field.name, test::shown(*value));
      text += "\n";
    }
  }
  std::set<std::string> open, lost;
  for (const auto& row : bench_.conflicts(true))
    open.insert(fmt::format("open {} {} {} | {}\n", row.key, row.field, row.hub, row.remote));
  for (const auto& row : bench_.conflicts(false))
    lost.insert(fmt::format("lost {} {} {} | {}\n", row.key, row.field, row.hub, row.remote));
  for (const auto& line : open)
    text += line;
  for (const auto& line : lost)
    text += line;
  for (const auto& row : bench_.quarantine())
    text += fmt::format("parked {} {} {}\n", row.key, row.code, row.payload);
  text += places();
  // In whatever order they came: each effect once.
  std::multiset<std::string> effects;
  for (const auto* spoke : sides_)
    for (const auto& effect : spoke->world.ledger)
      effects.insert(fmt::format("effect {} {} {}\n", spoke->name, effect.verb, effect.key));
  for (const auto& line : effects)
    text += line;
  return text;
}

std::string Theatre::differing()
{
  std::string text;
  for (auto* spoke : sides_) {
    const auto certificate = bench_.verify(*spoke);
    if (certificate.agree != differs_.contains(spoke->name)) continue;
    text += fmt::format("{} {} the hub", spoke->name,
                        certificate.agree ? "agrees with" : "differs from");
    for (const auto& difference : certificate.differences)
      text += " " + difference.key;
    text += "\n";
  }
  return text;
}

std::string Theatre::restless()
{
  const auto before = picture();
  const auto log = changes();
  std::string text;
  for (auto* spoke : sides_) {
    const auto effects = spoke->world.ledger.size();
    run(*spoke, {});
    const auto& counts = reports_[spoke->name].counts;
    const auto written =
        counts.created + counts.updated + counts.deleted + counts.pushed + counts.opened;
    if (written > 0 || spoke->world.ledger.size() != effects)
      text += fmt::format("another run of {} wrote {}\n", spoke->name, written);
  }
  if (changes() != log) text += "the change log has grown\n";
  if (picture() != before) text += "before:\n" + before + "after:\n" + picture();
  return text;
}

} // namespace gramsetu::scenario
