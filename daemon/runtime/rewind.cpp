// Compares store and anchor, and keeps what was found until somebody accepts it.
#include "daemon/runtime/rewind.hpp"

#include "daemon/runtime/anchor.hpp"
#include "daemon/runtime/members.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::runtime {

namespace {

// The anchor is written once a minute: numbers that came after it may have been seen as well.
constexpr std::int64_t kNumbersInAMinute = 1'000'000;

std::string said_by_restore(const schema::Object& restored)
{
  const auto made = instant_of(restored, "made_at");
  const auto of = made == Instant{} ? std::string() : " of " + to_rfc3339(made);
  return fmt::format("restored from {}{}", text_of(restored, "file"), of);
}

// Why the store is not what it was when the anchor was written, or nothing.
std::string cause_of(const Anchor& present, const std::optional<Anchor>& anchor)
{
  if (!anchor) return "";
  if (anchor->store != present.store) return "another store has taken the place of the one before";
  if (store::is_behind(present.heads, anchor->heads))
    return "the store is older than the one that was here: its file was put back, or the disk lost "
           "what it had confirmed";
  if (!anchor->machine.empty() && !present.machine.empty() && anchor->machine != present.machine)
    return "the store was last used on another machine; if a hub still runs there, stop one of the "
           "two";
  return "";
}

store::Heads past(store::Heads heads)
{
  for (auto* number : {&heads.change, &heads.conflict, &heads.quarantine, &heads.log})
    *number += kNumbersInAMinute;
  return heads;
}

Result<std::optional<Rewind>> compare(store::Tx& tx, Ids& ids, const std::optional<Anchor>& anchor,
                                      Instant now)
{
  TRY(const auto present, anchor_of(tx, ids));
  TRY(const auto restored, fact_object(tx, kRestoredFact));
  Rewind rewind;
  rewind.since = now;
  rewind.cause = restored.empty() ? cause_of(present, anchor) : said_by_restore(restored);
  if (rewind.cause.empty()) return std::optional<Rewind>();
  rewind.before = present.heads.change;
  const bool same = anchor && anchor->store == present.store;
  if (same) {
    rewind.changes = std::max<std::int64_t>(anchor->heads.change - present.heads.change, 0);
    if (store::is_behind(present.heads, anchor->heads))
      TRY_VOID(store::pass_heads(tx, past(anchor->heads)));
  }
  schema::Object object;
  object.append("since", to_rfc3339(now));
  object.append("cause", rewind.cause);
  object.append("changes", rewind.changes);
  object.append("before", rewind.before);
  TRY_VOID(tx.put_fact(store::kRewoundFact, schema::to_json(std::move(object))));
  TRY_VOID(tx.erase_fact(kRestoredFact));
  return std::optional<Rewind>(std::move(rewind));
}

} // namespace

std::string restored_json(const Restored& restored)
{
  schema::Object object;
  object.append("file", restored.file);
  object.append("made_at", to_rfc3339(restored.made_at));
  object.append("at", to_rfc3339(restored.at));
  return schema::to_json(std::move(object));
}

Result<std::optional<Rewind>> rewind_of(store::Tx& tx)
{
  TRY(const auto object, fact_object(tx, store::kRewoundFact));
  if (object.empty()) return std::optional<Rewind>();
  Rewind rewind;
  rewind.since = instant_of(object, "since");
  rewind.cause = text_of(object, "cause");
  rewind.changes = number_of(object, "changes");
  rewind.before = number_of(object, "before");
  return std::optional<Rewind>(std::move(rewind));
}

Result<std::optional<Rewind>> notice_rewind(Hub& hub)
{
  const auto& path = hub.setup()->config().store_path;
  TRY(const auto anchor, read_anchor(path));
  std::optional<Rewind> rewind;
  TRY_VOID(hub.store().transact([&](store::Tx& tx) -> Result<void> {
    TRY(rewind, compare(tx, hub.engine_services().ids, anchor, hub.clock().now()));
    return {};
  }));
  if (rewind) {
    hub.log().event(
        Event::store_rewound, rewind->cause,
        {{"changes", std::to_string(rewind->changes)}, {"before", std::to_string(rewind->before)}});
  }
  TRY_VOID(drop_anchor(hub));
  return rewind;
}

Result<void> accept_rewind(Hub& hub, const std::string& by, const std::string& note)
{
  TRY_VOID(hub.store().transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto rewind, rewind_of(tx));
    if (!rewind)
      return fail(ErrorKind::not_found, "the store has not gone back: there is nothing to accept");
    return tx.erase_fact(store::kRewoundFact);
  }));
  hub.log().event(Event::admin_action, "the store's rewind is accepted",
                  {{"by", by}, {"note", note}});
  return {};
}

Result<void> drop_anchor(Hub& hub)
{
  Anchor anchor;
  TRY_VOID(hub.store().transact([&](store::Tx& tx) -> Result<void> {
    TRY(anchor, anchor_of(tx, hub.engine_services().ids));
    return {};
  }));
  return write_anchor(hub.setup()->config().store_path, anchor);
}

} // namespace gramsetu::runtime
