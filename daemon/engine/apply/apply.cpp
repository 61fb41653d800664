// News becomes records: each batch is read, decided and written in one transaction.
#include "daemon/engine/apply/apply.hpp"

#include "daemon/engine/apply/conflict_write.hpp"
#include "daemon/engine/apply/record_write.hpp"
#include "daemon/engine/clock_doubt.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/places/places.hpp"
#include "daemon/engine/push/outbox.hpp"
#include "daemon/engine/reconcile/books.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/engine/texts.hpp"

namespace gramsetu::engine {

namespace {

using store::InboxRow;
using store::OutboxState;
using store::ShadowRow;

Origin origin_of(const Run& run, const News& news, const Decision& decision)
{
  Origin origin;
  origin.side = run.flow.side;
  origin.at = run.services.clock.now();
  origin.changed_at = news.modified;
  origin.doubt = news.doubt;
  origin.run = run.options.run_id;
  origin.rule = decision.reason;
  return origin;
}

std::string kind_of(const Decision& decision)
{
  if (decision.create) return "created";
  if (decision.remove) return "deleted";
  return decision.restore ? "restored" : "updated";
}

void count(Run& run, const Decision& decision)
{
  auto& counts = run.counts();
  if (decision.verdict == Verdict::superseded)
    ++counts.superseded;
  else if (decision.create || decision.restore)
    ++counts.created;
  else if (decision.remove)
    ++counts.deleted;
  else if (!decision.changes.empty())
    ++counts.updated;
  else
    ++counts.kept;
  for (const auto& dispute : decision.disputes)
    if (!dispute.open) ++counts.conflicts;
}

// What a slice's first load brings was so before: nobody is told of books that were closed long ago.
Result<bool> is_history(store::Tx& tx, const Run& run, const Decision& decision,
                        const InboxRow& news)
{
  const auto& entity = *run.flow.entity;
  if (!decision.create || (!entity.closing && entity.closes.empty())) return false;
  TRY(const auto slice, tx.slice(run.flow.id, news.slice));
  return !slice || !slice->loaded;
}

// What becomes of a place is told, not only done.
void report_move(const Run& run, const schema::Record& before, const Decision& decision)
{
  const auto& entity = *run.flow.entity;
  if (!entity.versions || decision.create || decision.restore) return;
  auto news = news_of_place(entity, before, decision.outcome, decision.remove);
  const auto outside = why_outside(run.flow, decision.outcome);
  if (!outside.empty() && why_outside(run.flow, before).empty())
    news.push_back(outside + "; it stays known here for the records that name it");
  report_place(run.services.log, entity, decision.key, news);
}

// What a superseded version of a place was is part of its history all the same.
Result<void> keep_older_version(store::Tx& tx, const Run& run, const Situation& situation,
                                const Decision& decision)
{
  const auto& entity = *run.flow.entity;
  const auto& row = situation.row;
  if (!row.hub || !is_older_version(entity, row.news.record, row.hub->record)) return {};
  return note_older_version(
      tx, {entity, decision.key, row.news.record, false, true, false, run.services.clock.now()});
}

// One piece of news, from what was known to what was written.
struct Carrying {
  store::Tx& tx;
  Run& run;
  const InboxRow& news;
  Situation situation;
  Decision decision;
  RecordTexts texts;
};

Result<void> write_hub_record(Carrying& carrying)
{
  auto& [tx, run, news, situation, decision, texts] = carrying;
  if (!decision.changes_hub()) return {};
  TRY(const bool history, is_history(tx, run, decision, news));
  auto text = texts.of(decision.outcome);
  RecordWrite write{*run.flow.entity,
                    decision.key,
                    kind_of(decision),
                    std::move(decision.outcome),
                    std::move(decision.changes),
                    origin_of(run, situation.row.news, decision),
                    run.flow.tombstone_lifetime,
                    history ? nullptr : &run.services.log,
                    is_numbered(*run.flow.entity, situation.row.news.record),
                    std::move(text)};
  auto written = write_record(tx, write, situation.record);
  decision.outcome = std::move(write.record);
  decision.changes = std::move(write.changes);
  TRY(situation.record, std::move(written));
  if (situation.row.hub) report_move(run, situation.row.hub->record, decision);
  FlowsOf others;
  for (const auto* flow : run.flows)
    if (flow != &run.flow) others.push_back(flow);
  return enqueue(tx, others, *situation.record, write.origin.at);
}

// After the record, which a store can then keep as the base.
Result<void> write_shadow(Carrying& carrying)
{
  auto& [tx, run, news, situation, decision, texts] = carrying;
  auto after = shadow_after(run.flow, situation, decision, news);
  if (!after) return {};
  situation.shadow = with_base(std::move(*after), texts);
  return tx.put_shadow(*situation.shadow);
}

bool is_open_about_existence(const Decision& decision)
{
  for (const auto& dispute : decision.disputes)
    if (dispute.open && dispute.field == "*") return true;
  return false;
}

Result<HubState> hub_state(const Flow& flow, const Situation& situation)
{
  const auto& row = *situation.record;
  HubState hub;
  // Where the sides agreed, one text says what both have, and has been read.
  if (situation.shadow && situation.shadow->base == row.body) {
    hub.record = situation.row.base->record;
  } else {
    TRY(hub.record, decode_record(*flow.entity, row.body));
  }
  hub.deleted = row.deleted;
  hub.changed_at = row.changed_at;
  hub.origins = read_origins(row.origin);
  return hub;
}

// What an unanswered push left behind: our own write coming back is its answer.
Result<bool> settle_own_echo(store::Tx& tx, const Run& run, const InboxRow& news,
                             const store::OutboxRow& outbox)
{
  const bool gone = news.deleted || news.absent;
  const bool ours = outbox.verb == "remove" ? gone : (!gone && news.digest == outbox.digest);
  if (!ours) return false;
  TRY_VOID(
      acknowledge(tx, run.flow, outbox, {news.remote_id, news.version, run.services.clock.now()}));
  return true;
}

// A time that has not come yet tells nothing: believed, it would win over every later edit.
std::optional<Instant> credible(const InboxRow& news, std::chrono::milliseconds doubt)
{
  const bool to_come = news.modified && *news.modified > news.received_at + doubt;
  return to_come ? std::nullopt : news.modified;
}

// The flow's own outbox: the endpoint may lack what the merge kept, and the record itself may not have moved.
Result<void> enqueue_own(const Carrying& carrying)
{
  const auto& [tx, run, news, situation, decision, texts] = carrying;
  if (!run.flow.pushes || decision.create || !situation.record) return {};
  const bool undisputed = decision.disputes.empty() && situation.open.empty();
  if (undisputed && !situation.outbox && have_the_same(situation.record, situation.shadow))
    return {};
  return enqueue(tx, {&run.flow}, *situation.record, run.services.clock.now());
}

} // namespace

bool is_under_way(const std::optional<store::OutboxRow>& row)
{
  return row && (row->state == OutboxState::in_flight || row->state == OutboxState::unknown);
}

// It follows what was seen. While existence is open it stays, so that the question is asked again.
std::optional<ShadowAfter> shadow_after(const Flow& flow, const Situation& situation,
                                        const Decision& decision, const InboxRow& news)
{
  if (is_open_about_existence(decision)) return std::nullopt;
  // A delete of what never came is remembered too: the record may be late.
  const bool gone = news.deleted || news.absent;
  ShadowAfter after{situation.shadow.value_or(ShadowRow{})};
  auto& row = after.row;
  row.flow = flow.id;
  row.key = decision.key;
  row.slice = news.slice;
  if (!news.remote_id.empty()) row.remote_id = news.remote_id;
  // An absence has no version: what is listed again afterwards is no older than that.
  const auto version = news.version.empty() ? row.mark.version : news.version;
  row.mark = {gone ? row.mark.digest : news.digest, news.absent ? "" : version, gone,
              gone ? "" : news.fingerprint};
  // What came too late for its delete does not make the next late word newer.
  const bool late = decision.verdict == Verdict::superseded && situation.row.base;
  row.absences = 0;
  if (gone) {
    after.deleted_at = news.modified;
    return after;
  }
  after.agreed = &decision.agreed();
  after.unmapped = situation.unmapped;
  if (late) after.deleted_at = situation.row.base->deleted_at;
  return after;
}

ShadowRow with_base(ShadowAfter after, RecordTexts& texts)
{
  after.row.base =
      write_base(after.agreed ? texts.of(*after.agreed) : "{}", after.unmapped, after.deleted_at);
  return std::move(after.row);
}

Result<Situation> read_situation(store::Tx& tx, const Flow& flow, const InboxRow& news,
                                 const Given& given)
{
  Situation situation;
  auto& row = situation.row;
  row.key = news.key;
  row.news.deleted = news.deleted;
  row.news.absent = news.absent;
  row.news.version = news.version;
  if (given.doubt) {
    row.news.doubt = *given.doubt;
  } else {
    TRY(row.news.doubt, doubt_of(tx, flow));
  }
  row.news.modified = credible(news, row.news.doubt);
  BaseText said;
  if (given.told) {
    said = std::move(*given.told);
  } else {
    TRY(said, read_base(*flow.entity, news.body));
  }
  row.news.record = std::move(said.record);
  situation.unmapped = std::move(said.unmapped);
  TRY(situation.record, tx.record(flow.entity->name, news.key));
  if (!given.no_shadow) {
    TRY(situation.shadow, tx.shadow(flow.id, news.key));
  }
  // What neither side ever had has no push under way.
  if (flow.pushes && (situation.record || situation.shadow)) {
    TRY(situation.outbox, tx.outbox_of(flow.id, news.key));
  }
  if (situation.shadow || flow.entity->closing) {
    TRY(situation.open, tx.conflicts({flow.id, flow.entity->name, news.key, true, 0, 100}));
  }
  if (situation.shadow) {
    TRY(const auto base, read_base(*flow.entity, situation.shadow->base));
    const auto& mark = situation.shadow->mark;
    row.base = Base{base.record, mark.deleted, mark.version, base.deleted_at};
  }
  if (situation.record) {
    TRY(row.hub, hub_state(flow, situation));
  }
  const bool says = !news.deleted && !news.absent;
  TRY(row.books, read_books(tx, *flow.entity, row.hub ? &row.hub->record : nullptr,
                            says ? &row.news.record : nullptr));
  return situation;
}

Result<bool> apply_news(store::Tx& tx, Run& run, const InboxRow& news, Given given)
{
  if (!run.doubt) {
    TRY(run.doubt, doubt_of(tx, run.flow));
  }
  given.doubt = run.doubt;
  TRY(auto situation, read_situation(tx, run.flow, news, given));
  if (is_under_way(situation.outbox)) {
    TRY(const bool echo, settle_own_echo(tx, run, news, *situation.outbox));
    if (!echo) return false;
    ++run.counts().unchanged;
    return true;
  }
  auto decision = reconcile(run.flow, situation.row);
  Carrying carrying{
      tx, run, news, std::move(situation), std::move(decision), RecordTexts(*run.flow.entity)};
  // What this run read and wrote out for the inbox.
  if (given.told && !news.body.empty() && carrying.situation.unmapped.empty())
    carrying.texts.know(carrying.situation.row.news.record, news.body);
  count(run, carrying.decision);
  TRY_VOID(write_disputes(tx, run, carrying.situation, carrying.decision));
  TRY_VOID(keep_older_version(tx, run, carrying.situation, carrying.decision));
  TRY_VOID(write_hub_record(carrying));
  TRY_VOID(write_shadow(carrying));
  TRY_VOID(enqueue_own(carrying));
  return true;
}

bool is_current(const Run& run, const InboxRow& news)
{
  return news.run.empty() || news.run == run.options.run_id;
}

} // namespace gramsetu::engine
