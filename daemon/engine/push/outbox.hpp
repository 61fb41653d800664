// What an endpoint lacks, as rows that survive a crash.
#pragma once

#include "daemon/engine/flow.hpp"
#include "daemon/store/store.hpp"
#include "schema/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::engine {

// What must be done at an endpoint for one record; nothing when it lacks nothing.
struct Need {
  connectors::Verb verb = connectors::Verb::update;
  std::vector<std::size_t> fields; // that it lacks, in their order
  schema::Record after;            // what the endpoint holds once it is done, as far as it maps it
  schema::Record base;     // what both sides have agreed on then: `after` without what is held
  schema::Object unmapped; // kept beside the base
};

// Is the very same record on both sides?
bool have_the_same(const std::optional<store::RecordRow>& record,
                   const std::optional<store::ShadowRow>& shadow);

// Compares the hub's record with the flow's shadow. Fields in `held` are left as the endpoint has them.
Result<std::optional<Need>> need_of(const Flow& flow, const std::optional<store::RecordRow>& record,
                                    const std::optional<store::ShadowRow>& shadow,
                                    const std::vector<store::ConflictRow>& open);

// Puts a row into the outbox of every pushing flow of `flows` that lacks something of the record, and marks
// rows whose change overtakes one that is under way.
Result<void> enqueue(store::Tx& tx, const FlowsOf& flows, const store::RecordRow& record,
                     Instant now);

// Records that were there before a flow first pushed are offered to it once, batch by batch.
Result<void> enqueue_existing(const Flow& flow, store::Store& store, Instant now);
// The same where the hub has no record of the entity yet: done, for what comes from now on is enqueued as it
// comes. Before a first load this spares looking at all that it brought.
Result<void> enqueue_nothing(store::Tx& tx, const Flow& flow, Instant now);

// How the endpoint said that it has something.
struct Applied {
  std::string remote_id, version; // when it told
  Instant at;
};

// The endpoint has what the row says: the shadow follows, and the row goes, or starts anew when the record
// changed meanwhile. Nobody is asked any longer what became of it.
Result<void> acknowledge(store::Tx& tx, const Flow& flow, const store::OutboxRow& row,
                         const Applied& applied);

// The outcome has come to light: what a person was asked about it in quarantine is answered, as `state`.
Result<void> close_unknown(store::Tx& tx, const store::OutboxRow& row, const std::string& state,
                           Instant now);

// `QuarantineRow::code` of such a question.
inline constexpr std::string_view kOutcomeUnknown = "outcome_unknown";

// The fields that a person has yet to decide.
std::vector<std::string> held_fields(const std::vector<store::ConflictRow>& open);

} // namespace gramsetu::engine
