// Carrying out decisions on our side, inside a transaction.
#pragma once

#include "daemon/engine/cycle.hpp"
#include "daemon/engine/flow.hpp"
#include "daemon/engine/reconcile/reconcile.hpp"
#include "daemon/engine/report.hpp"
#include "daemon/engine/stage/news.hpp"
#include "daemon/engine/texts.hpp"
#include "daemon/store/store.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::engine {

// A slice that was read to its end and whose news waits.
struct SliceRead {
  store::SliceRow row;              // as it will be once the news is applied
  std::size_t last = 0;             // records it had at the last complete reading
  std::optional<std::size_t> found; // and at this one, when everything was read
};

// One run of one flow, as the stages share it.
struct Run {
  const Flow& flow;
  const FlowsOf& flows; // all of the entity, `flow` among them
  const RunOptions& options;
  const Services& services;
  std::stop_token stop;
  Report report{};
  bool quarantine_open = false; // the flow has records in quarantine: good news may close them
  bool inbox_held = false;      // news was waiting when the run began
  bool clock_noted = false;     // the endpoint's clock was looked at in this run
  std::optional<std::chrono::milliseconds> doubt{}; // of that clock, once it was asked for
  bool away_too_long = false; // the present slice was last read longer ago than tombstones live
  std::map<std::string, SliceRead> unsettled{}; // by slice
  HeldNews news{};                              // what was read, and is not in the store's inbox
  std::vector<std::string> pushed{};            // keys, for verify; at most kVerifyProbesMax

  Counts& counts() { return report.counts; }
  void step(Stage stage) const
  {
    if (services.on_step) services.on_step(stage);
  }
  void tell(const Progress& progress) const
  {
    if (services.progress) services.progress(progress);
  }
};

// One key as the store has it, and the news about it.
struct Situation {
  Row row;
  std::optional<store::RecordRow> record;
  std::optional<store::ShadowRow> shadow;
  std::optional<store::OutboxRow> outbox;
  std::vector<store::ConflictRow> open; // of this flow and key
  schema::Object unmapped;
};

// What the caller knows of news already, so that the store need not be asked.
struct Given {
  BaseText* told = nullptr; // what `news.body` was written from, just now; it is used up
  bool no_shadow = false;
  std::optional<std::chrono::milliseconds> doubt = {}; // `doubt_of`
};

Result<Situation> read_situation(store::Tx& tx, const Flow& flow, const store::InboxRow& news,
                                 const Given& given = {});

// Reads the situation afresh, decides, and writes: record, change log, shadow, conflicts, and what every
// pushing flow now lacks. True when the news is used up; false when it must wait in the inbox, because
// what was last sent for the key has an unknown outcome.
Result<bool> apply_news(store::Tx& tx, Run& run, const store::InboxRow& news, Given given = {});

// The shadow once the decision is carried out, and what its base is to say.
struct ShadowAfter {
  store::ShadowRow row;                   // without its base
  const schema::Record* agreed = nullptr; // the decision's; null: the remote's record is gone
  schema::Object unmapped = {};
  std::optional<Instant> deleted_at = {};
};
// Nothing when it stays as it is. Pure.
std::optional<ShadowAfter> shadow_after(const Flow& flow, const Situation& situation,
                                        const Decision& decision, const store::InboxRow& news);
store::ShadowRow with_base(ShadowAfter after, RecordTexts& texts);

bool is_under_way(const std::optional<store::OutboxRow>& row); // sent, and the outcome is not known

// News is applied by the run that read it. What an earlier run read and left (a rail held it, or the process
// died) must be said again first: its cause may have passed. What no reading brought is always current.
bool is_current(const Run& run, const store::InboxRow& news);

// Takes all current news of the inbox, batch by batch, each in one transaction.
Result<void> apply_inbox(Run& run);

} // namespace gramsetu::engine
