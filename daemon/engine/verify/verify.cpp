// Both sides are summed in ranges of keys; only ranges that differ are looked at key by key.
#include "daemon/engine/verify/verify.hpp"

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/pull/slices.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/canonical.hpp"
#include "schema/json.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace gramsetu::engine {

namespace {

using connectors::Page;
using connectors::PullRequest;

// Keys fall into ranges by the first byte of their digest: even, however the keys are made.
constexpr std::size_t kRanges = 256;

struct RangeSum {
  std::size_t count = 0;
  Digest sum{};
  bool operator==(const RangeSum&) const = default;
};

struct Side {
  std::array<RangeSum, kRanges> ranges{};
  std::size_t count = 0;

  void add(const std::string& key, const Digest& digest)
  {
    auto& range = ranges[sha256(key)[0]];
    ++range.count;
    ++count;
    accumulate(range.sum, sha256(key + std::string(as_bytes(digest))));
  }

  Digest total() const
  {
    Digest all{};
    for (const auto& range : ranges)
      accumulate(all, range.sum);
    return all;
  }
};

// One comparison of one flow.
struct Comparison {
  Run& run;
  Side hub, remote;
  std::set<std::string> open; // keys with an open conflict or in quarantine
  std::size_t unreadable = 0; // records there that have no readable key
  bool counting = true;       // first pass: sums; second: the keys of ranges that differ
  std::array<bool, kRanges> differs{};
  std::vector<std::pair<std::string, Digest>> remote_keys; // of ranges that differ
};

// What the endpoint should hold of the hub's record. A field that a rule keeps against the endpoint counts as
// the endpoint has it, for a flow that cannot push it.
Result<Digest> expected_digest(store::Tx& tx, const Flow& flow, const store::RecordRow& row)
{
  TRY(auto record, decode_record(*flow.entity, row.body));
  const auto& pulled = flow.stream->mapping->pulled();
  const auto& pushed = flow.stream->mapping->pushed();
  TRY(const auto shadow, tx.shadow(flow.id, row.key));
  if (shadow && !shadow->mark.deleted) {
    TRY(const auto base, read_base(*flow.entity, shadow->base));
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      const bool sent = flow.pushes && pushed[i];
      // Absent on either side: that side has never spoken of it.
      if (!sent || record.fields[i].is_absent()) record.fields[i] = base.record.fields[i];
    }
  }
  return digest_of(*flow.entity, record, pulled);
}

Result<void> add_hub_rows(Comparison& comparison, const std::vector<store::RecordRow>& rows,
                          store::Tx& tx)
{
  const auto& flow = comparison.run.flow;
  for (const auto& row : rows) {
    if (comparison.open.contains(row.key)) continue;
    TRY(const auto shadow, tx.shadow(flow.id, row.key));
    const bool there = shadow && !shadow->mark.deleted;
    // What came from elsewhere and is not pushed here is none of this endpoint's business.
    if (!there && !flow.pushes) continue;
    TRY(const auto digest, expected_digest(tx, flow, row));
    comparison.hub.add(row.key, digest);
  }
  return {};
}

Result<void> sum_hub(Comparison& comparison)
{
  store::RecordQuery query;
  query.entity = comparison.run.flow.entity->name;
  query.limit = kBatchRecords;
  bool more = true;
  while (more) {
    TRY_VOID(comparison.run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.records(query));
      more = rows.size() == query.limit;
      if (!rows.empty()) query.after_key = rows.back().key;
      return add_hub_rows(comparison, rows, tx);
    }));
  }
  return {};
}

Result<void> note_open(Comparison& comparison)
{
  const auto& flow = comparison.run.flow;
  return comparison.run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    store::ConflictQuery conflicts{flow.id, "", "", true, 0, kBatchRecords};
    while (true) {
      TRY(const auto rows, tx.conflicts(conflicts));
      for (const auto& row : rows)
        comparison.open.insert(row.key);
      if (rows.size() < kBatchRecords) break;
      conflicts.after_id = rows.back().id;
    }
    store::QuarantineQuery parked;
    parked.flow = flow.id;
    parked.state = "open";
    parked.limit = kBatchRecords;
    while (true) {
      TRY(const auto rows, tx.quarantine(parked));
      for (const auto& row : rows)
        if (!row.key.empty()) comparison.open.insert(row.key);
      if (rows.size() < kBatchRecords) break;
      parked.after_id = rows.back().id;
    }
    return {};
  });
}

// Adds one page to the remote side; a key counts once, whatever page repeats it.
Result<void> add_page(Comparison& comparison, const Page& page, std::set<std::string>& recent)
{
  std::set<std::string> on_page;
  const auto& flow = comparison.run.flow;
  comparison.unreadable += page.bad.size();
  return comparison.run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& record : page.records) {
      TRY(const auto outcome, stage_record(tx, flow, record));
      if (const auto* rejected = std::get_if<Rejected>(&outcome)) {
        if (rejected->key.empty())
          ++comparison.unreadable;
        else
          comparison.open.insert(rejected->key);
        continue;
      }
      const auto& news = std::get<Staged>(outcome).news;
      if (news.deleted || comparison.open.contains(news.key)) continue;
      const bool again = recent.contains(news.key);
      if (!on_page.insert(news.key).second || again) continue;
      if (comparison.counting)
        comparison.remote.add(news.key, news.digest);
      else if (comparison.differs[sha256(news.key)[0]])
        comparison.remote_keys.emplace_back(news.key, news.digest);
    }
    recent = std::move(on_page);
    return {};
  });
}

Result<void> read_remote(Comparison& comparison)
{
  auto& run = comparison.run;
  TRY(const auto slices, slices_of(run));
  Progress progress;
  progress.stage = Stage::verify;
  progress.slice_count = slices.size();
  for (const auto& slice : slices) {
    progress.slice = slice.id;
    PullRequest request;
    request.stream = run.flow.stream;
    request.slice = slice;
    // Keys of the page before: offsets drift, and a record may come again at the head of the next page.
    std::set<std::string> recent;
    for (std::size_t pages = 0; pages < kPagesMax; ++pages) {
      run.tell(progress);
      run.step(Stage::verify);
      TRY(const Page page, run.flow.connector->pull(request, run.stop));
      progress.records += page.records.size();
      progress.expected = page.total;
      if (page.damaged)
        return fail(ErrorKind::transient, "slice " + slice.id + " could not be read completely");
      TRY_VOID(add_page(comparison, page, recent));
      if (page.last) break;
      request.page = page.next;
      request.seen = page.cursor;
    }
    ++progress.slice_index;
  }
  return {};
}

Result<void> name_differing(Comparison& comparison, Certificate& certificate)
{
  comparison.counting = false;
  TRY_VOID(read_remote(comparison));
  std::map<std::string, Digest> there(comparison.remote_keys.begin(), comparison.remote_keys.end());
  std::set<std::string> differing;
  store::RecordQuery query;
  query.entity = comparison.run.flow.entity->name;
  query.limit = kBatchRecords;
  bool more = true;
  while (more) {
    TRY_VOID(comparison.run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.records(query));
      more = rows.size() == query.limit;
      for (const auto& row : rows) {
        query.after_key = row.key;
        if (comparison.open.contains(row.key) || !comparison.differs[sha256(row.key)[0]]) continue;
        Comparison one{comparison.run, {}, {}, {}, 0, true, {}, {}};
        TRY_VOID(add_hub_rows(one, {row}, tx));
        if (one.hub.count == 0) continue;
        TRY(const auto digest, expected_digest(tx, comparison.run.flow, row));
        const auto found = there.find(row.key);
        if (found == there.end() || found->second != digest) differing.insert(row.key);
        if (found != there.end()) there.erase(found);
      }
      return {};
    }));
  }
  for (const auto& [key, digest] : there)
    differing.insert(key);
  for (const auto& key : differing)
    if (certificate.differing.size() < kDifferingMax) certificate.differing.push_back(key);
  return {};
}

} // namespace

Result<Certificate> verify_flow(const Flow& flow, const Services& services, std::stop_token stop)
{
  const FlowsOf alone{&flow};
  const RunOptions options;
  Run run{flow, alone, options, services, stop};
  Comparison comparison{run, {}, {}, {}, 0, true, {}, {}};
  TRY_VOID(note_open(comparison));
  TRY_VOID(read_remote(comparison));
  TRY_VOID(sum_hub(comparison));
  Certificate certificate;
  certificate.hub_count = comparison.hub.count;
  certificate.remote_count = comparison.remote.count;
  certificate.open = comparison.open.size() + comparison.unreadable;
  certificate.hub_digest = to_hex(comparison.hub.total());
  certificate.remote_digest = to_hex(comparison.remote.total());
  certificate.agree = true;
  for (std::size_t i = 0; i < kRanges; ++i) {
    comparison.differs[i] = comparison.hub.ranges[i] != comparison.remote.ranges[i];
    certificate.agree = certificate.agree && !comparison.differs[i];
  }
  if (!certificate.agree) TRY_VOID(name_differing(comparison, certificate));
  return certificate;
}

Result<Certificate> verify_pushed(const Flow& flow, const std::vector<std::string>& keys,
                                  const Services& services, std::stop_token stop)
{
  Certificate certificate;
  certificate.agree = true;
  if (!flow.connector->capabilities(*flow.stream).probes) return certificate;
  std::vector<connectors::Reference> references;
  TRY_VOID(services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& key : keys) {
      TRY(const auto shadow, tx.shadow(flow.id, key));
      references.push_back({key, shadow ? shadow->remote_id : std::string()});
    }
    return {};
  }));
  TRY(const auto sightings, flow.connector->probe(*flow.stream, references, stop));
  Side hub, remote;
  TRY_VOID(services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      TRY(const auto row, tx.record(flow.entity->name, keys[i]));
      Digest ours{}, theirs{};
      const bool here = row && !row->deleted;
      if (here) {
        TRY(ours, expected_digest(tx, flow, *row));
        hub.add(keys[i], ours);
      }
      const bool there = sightings[i].found && !sightings[i].record.deleted;
      if (there) {
        TRY(const auto outcome, stage_record(tx, flow, sightings[i].record));
        if (const auto* staged = std::get_if<Staged>(&outcome)) theirs = staged->news.digest;
        remote.add(keys[i], theirs);
      }
      if (here == there && ours == theirs) continue;
      certificate.agree = false;
      certificate.differing.push_back(keys[i]);
    }
    return {};
  }));
  certificate.hub_count = hub.count;
  certificate.remote_count = remote.count;
  certificate.hub_digest = to_hex(hub.total());
  certificate.remote_digest = to_hex(remote.total());
  return certificate;
}

std::string to_json(const Certificate& certificate)
{
  schema::Object object;
  const auto number = [](std::size_t count) { return static_cast<std::int64_t>(count); };
  object.append("agree", certificate.agree);
  object.append("hub_count", number(certificate.hub_count));
  object.append("remote_count", number(certificate.remote_count));
  object.append("open", number(certificate.open));
  object.append("hub_digest", certificate.hub_digest);
  object.append("remote_digest", certificate.remote_digest);
  schema::List differing;
  for (const auto& key : certificate.differing)
    differing.emplace_back(key);
  object.append("differing", schema::Value(std::move(differing)));
  return schema::to_json(schema::Value(std::move(object)));
}

} // namespace gramsetu::engine
