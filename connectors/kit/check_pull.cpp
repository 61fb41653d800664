// Reading under faults: never empty for failed, nothing invented, and the rest goes on.
#include "connectors/kit/check_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::kit {

namespace {

constexpr std::chrono::seconds kAskedFor{1}; // what a stand-in's 429 asks for

bool is_table(const Scene& scene)
{
  return scene.system.manifest->transport == "sql";
}

bool is_folder(const Scene& scene)
{
  const auto& transport = scene.system.manifest->transport;
  return transport == "files" || transport == "sftp";
}

bool is_drop(const Scene& scene)
{
  return scene.stream.pull.find("drop") != nullptr;
}

// Asked once, the answer is an error. Asked again, all is there.
Result<Verdict> after_failure(const Scene& scene, const Reading& straight)
{
  TRY(auto once, Player::open(scene));
  const auto first = once->first_page();
  if (first)
    return failed(fmt::format("it was taken for a page of {} records", first->records.size()));
  const auto kind = first.error().kind;
  if (kind != ErrorKind::transient && kind != ErrorKind::throttled)
    return failed("it is not tried again: " + first.error().what);
  TRY(auto again, Player::open(scene));
  TRY(const auto reading, again->pull());
  if (outcome_of(reading) != outcome_of(straight)) return failed("asked again, it reads otherwise");
  if (scene.fault == Fault::throttled && again->clock().slept() < kAskedFor)
    return failed("it was asked again before its Retry-After");
  return passed("an error, never an empty page; asked again, all is there");
}

// A file that ends inside a row: what stands before it is as it was, and the slice proves no absence.
Result<Verdict> cut_file(const Scene& scene, const Reading& straight)
{
  TRY(auto player, Player::open(scene));
  const auto reading = player->pull();
  if (!reading) return passed("refused: " + reading.error().what);
  // A dropped file comes once, so it is used as a whole or not at all.
  if (is_drop(scene) && reading->records.empty()) return passed("it is put aside as a whole");
  if (!reading->damaged) return failed("nothing says that the file was cut off");
  for (std::size_t i = 0; i < reading->records.size(); ++i)
    if (i >= straight.records.size() || reading->records[i].json != straight.records[i].json)
      return failed(fmt::format("record {} was made up", i + 1));
  return passed("what is whole is read, and absences prove nothing");
}

const ReadRecord* same_record(const Reading& straight, const ReadRecord& record)
{
  const auto found =
      std::find_if(straight.records.begin(), straight.records.end(), [&](const auto& one) {
        return one.id == record.id && one.deleted == record.deleted && one.json == record.json;
      });
  return found == straight.records.end() ? nullptr : &*found;
}

Result<Verdict> doubled(const Scene& scene, const Reading& straight)
{
  TRY(auto player, Player::open(scene));
  const auto reading = player->pull();
  if (!reading) return passed("noticed: " + reading.error().what);
  for (const auto& record : reading->records)
    if (record.misfits.empty() && !same_record(straight, record))
      return failed("a record came out that was never there: " + record.id);
  const bool all =
      std::all_of(straight.records.begin(), straight.records.end(), [&](const ReadRecord& record) {
        return !record.misfits.empty() || same_record(*reading, record);
      });
  if (!all && !reading->damaged) return failed("records are missing, and nothing says so");
  return passed(all ? "the same records, each once or more" : "noticed: absences prove nothing");
}

Result<Verdict> unknown_field(const Scene& scene, const Reading& straight)
{
  TRY(auto player, Player::open(scene));
  TRY(const auto reading, player->pull());
  auto with = outcome_of(reading), without = outcome_of(straight);
  with.unknown.clear();
  without.unknown.clear();
  if (is_drop(scene)) with.cursor = without.cursor; // it names the files by their digests
  if (with != without) return failed("the records are others because of it");
  // Of a table only the columns are read that the manifest names.
  if (is_table(scene)) return passed("it is not asked for; the records are the same");
  const auto reported = outcome_of(reading).unknown;
  if (std::find(reported.begin(), reported.end(), "/driftedField") == reported.end())
    return failed("it is not reported");
  return passed("reported as /driftedField; the records are the same");
}

// `other` states nothing that `record` does not.
bool is_part_of(const ReadRecord& other, const ReadRecord& record)
{
  for (std::size_t i = 0; i < other.record.fields.size(); ++i) {
    const auto& value = other.record.fields[i];
    if (!value.is_absent() && !(value == record.record.fields[i])) return false;
  }
  return true;
}

Result<Verdict> missing_field(const Scene& scene, const Reading& straight)
{
  TRY(auto player, Player::open(scene));
  const auto read = player->pull();
  if (!read && is_table(scene)) return passed("refused: " + read.error().what);
  if (!read) return tl::unexpected<Error>(read.error());
  const Reading& reading = *read;
  if (reading.records.size() != straight.records.size()) return failed("records came or went");
  std::size_t parked = 0, changed = 0;
  for (std::size_t i = 0; i < reading.records.size(); ++i) {
    const auto &now = reading.records[i], &before = straight.records[i];
    if (now.misfits.empty() && before.misfits.empty() && !is_part_of(now, before))
      return failed("a value was made up in " + now.id);
    parked += !now.misfits.empty() && before.misfits.empty();
    changed += now.json != before.json;
  }
  if (changed == 0) return skipped("no member is read that can be missing");
  return passed(parked > 0 ? "required: it goes to quarantine, and the rest goes on"
                           : "nothing is said of it, and nothing made up");
}

Result<Verdict> changed_type(const Scene& scene, const Reading& straight)
{
  TRY(auto player, Player::open(scene));
  TRY(const auto reading, player->pull());
  if (reading.records.size() != straight.records.size()) return failed("records came or went");
  std::string parked;
  for (std::size_t i = 0; i < reading.records.size(); ++i) {
    const auto &now = reading.records[i], &before = straight.records[i];
    if (now.json == before.json) continue;
    if (now.misfits.empty()) return failed("a value was made up in " + now.id);
    if (!parked.empty()) return failed("more than one record suffers");
    parked = fmt::format("{} at {}", now.misfits.front().code, now.misfits.front().pointer);
  }
  if (parked.empty()) return skipped("no typed member is read that could change");
  return passed(fmt::format("one record goes to quarantine ({}), the rest goes on", parked));
}

Result<Verdict> verdict_of(const Scene& scene, const Reading& straight)
{
  switch (scene.fault) {
  case Fault::throttled: return after_failure(scene, straight);
  case Fault::half:
    return is_folder(scene) ? cut_file(scene, straight) : after_failure(scene, straight);
  case Fault::doubled: return doubled(scene, straight);
  case Fault::unknown_field: return unknown_field(scene, straight);
  case Fault::missing_field: return missing_field(scene, straight);
  case Fault::changed_type: return changed_type(scene, straight);
  case Fault::lost_answer:
  case Fault::none: break;
  }
  return passed("");
}

} // namespace

void check_pull_faults(const System& system, const Fixture& fixture, std::vector<Check>& checks)
{
  const Stream& stream = *system.stream(fixture.stream);
  auto player = Player::open({system, stream, fixture, Fault::none});
  if (!player) return;
  const auto straight = (*player)->pull();
  if (!straight) return; // said already
  const bool rows = std::any_of(straight->records.begin(), straight->records.end(),
                                [](const auto& record) { return record.misfits.empty(); });
  for (const Fault fault : {Fault::throttled, Fault::half, Fault::doubled, Fault::unknown_field,
                            Fault::missing_field, Fault::changed_type}) {
    const Scene scene{system, stream, fixture, fault};
    const bool needs_rows = fault != Fault::throttled && fault != Fault::half;
    if (!find_stand_in(system.manifest->transport)->can(scene) || (needs_rows && !rows)) continue;
    const auto verdict = verdict_of(scene, *straight);
    add_check(checks, fixture, fmt::format("pull: {}", name_of(fault)),
              verdict ? *verdict : failed(verdict.error().what));
  }
}

} // namespace gramsetu::connectors::kit
