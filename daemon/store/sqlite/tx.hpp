// The transaction of the SQLite store. Its methods are in the tx_*.cpp files, by subject.
#pragma once

#include "daemon/store/engines.hpp"
#include "daemon/store/sqlite/records.hpp"
#include "daemon/store/sqlite/shadows.hpp"

#include <map>
#include <string>

namespace gramsetu::store {

class SqliteTx final : public EngineTx {
public:
  SqliteTx(Connection& connection, Dictionary& dictionary) : db_(connection), dict_(dictionary) {}

  // Writes what was only counted so far. Called once, before COMMIT.
  Result<void> finish();
  // Reads every row that has a checksum, and counts what is counted: `corrupt` at the first that is wrong.
  Result<void> scrub();
  // The same, and goes on: all that is wrong, at most so many rows of each kind.
  Result<void> scrub_all(std::vector<Error>& wrong, std::size_t most);
  Result<Heads> heads() override;
  Result<void> pass_heads(const Heads& heads) override;

  Result<std::optional<RecordRow>> record(std::string_view entity, std::string_view key) override;
  Result<std::vector<RecordRow>> records(const RecordQuery& query) override;
  Result<void> put_record(const RecordRow& row) override;
  Result<std::size_t> count_records(std::string_view entity) override;
  Result<std::optional<ShadowRow>> shadow(std::string_view flow, std::string_view key) override;
  Result<std::vector<std::optional<ShadowMark>>>
  marks(std::string_view flow, const std::vector<std::string>& keys) override;
  Result<std::vector<ShadowRow>> shadows(std::string_view flow, std::string_view after_key,
                                         std::size_t limit) override;
  Result<std::optional<std::string>> key_of_remote(std::string_view flow,
                                                   std::string_view remote_id) override;
  Result<void> put_shadow(const ShadowRow& row) override;
  Result<void> put_fingerprint(std::string_view flow, std::string_view key,
                               std::string_view fingerprint) override;
  Result<void> erase_shadow(std::string_view flow, std::string_view key) override;
  Result<std::size_t> count_shadows(std::string_view flow, std::string_view slice) override;
  Result<std::optional<SliceRow>> slice(std::string_view flow, std::string_view slice) override;
  Result<std::vector<SliceRow>> slices(std::string_view flow) override;
  Result<void> put_slice(const SliceRow& row) override;
  Result<void> seen_clear(std::string_view flow, std::string_view slice) override;
  Result<void> seen_add(std::string_view flow, std::string_view slice,
                        const std::vector<std::string>& keys) override;
  Result<std::vector<std::string>> unseen(std::string_view flow, std::string_view slice,
                                          std::string_view after_key, std::size_t limit) override;
  Result<void> adopt_seen(std::string_view flow, std::string_view slice) override;
  Result<void> twins_clear(std::string_view flow) override;
  Result<void> put_twin(const TwinRow& row) override;
  Result<std::vector<TwinRow>> twins(std::string_view flow, std::string_view after_key,
                                     std::size_t limit, bool differing) override;
  Result<void> put_inbox(const InboxRow& row) override;
  Result<std::optional<InboxRow>> inbox_of(std::string_view flow, std::string_view key) override;
  Result<std::vector<InboxRow>> inbox(std::string_view flow, std::string_view slice,
                                      std::string_view after_key, std::size_t limit) override;
  Result<std::vector<std::string>> inbox_slices(std::string_view flow) override;
  Result<InboxSize> inbox_size(std::string_view flow, std::string_view slice,
                               std::string_view run) override;
  Result<void> erase_inbox(std::string_view flow, std::string_view key) override;
  Result<std::optional<OutboxRow>> outbox_of(std::string_view flow, std::string_view key) override;
  Result<std::vector<OutboxRow>> outbox(const OutboxQuery& query) override;
  Result<void> put_outbox(const OutboxRow& row) override;
  Result<void> erase_outbox(std::string_view flow, std::string_view key) override;
  Result<std::int64_t> add_conflict(const ConflictRow& row) override;
  Result<std::optional<ConflictRow>> conflict(std::int64_t id) override;
  Result<std::vector<ConflictRow>> conflicts(const ConflictQuery& query) override;
  Result<void> put_conflict(const ConflictRow& row) override;
  Result<std::vector<ConflictGroup>> conflict_groups(const ConflictQuery& query) override;
  Result<std::int64_t> add_quarantine(const QuarantineRow& row) override;
  Result<std::optional<QuarantineRow>> quarantined(std::int64_t id) override;
  Result<std::vector<QuarantineRow>> quarantine(const QuarantineQuery& query) override;
  Result<void> put_quarantine(const QuarantineRow& row) override;
  Result<std::vector<WaitingRow>> waiting_for(std::string_view parent, std::size_t limit) override;
  Result<std::int64_t> add_change(const ChangeRow& row) override;
  Result<std::vector<ChangeRow>> changes(const ChangeQuery& query) override;
  Result<void> put_planned(const PlannedRow& row) override;
  Result<std::optional<PlannedRow>> planned_of(std::string_view run, std::string_view key) override;
  Result<std::vector<PlannedRow>> planned(std::string_view run, std::string_view after_key,
                                          std::size_t limit) override;
  Result<void> put_remark(const RemarkRow& row) override;
  Result<std::vector<RemarkRow>> remarks(std::string_view run, std::int64_t after_id,
                                         std::size_t limit) override;
  Result<std::size_t> count_left(std::string_view run) override;
  Result<void> put_run(const RunRow& row) override;
  Result<std::optional<RunRow>> run(std::string_view id) override;
  Result<std::vector<RunRow>> runs(const RunQuery& query) override;
  Result<void> add_log(const LogRow& row) override;
  Result<std::vector<LogRow>> log(const LogQuery& query) override;
  Result<std::optional<std::string>> fact(std::string_view name) override;
  Result<std::vector<std::pair<std::string, std::string>>> facts(std::string_view prefix) override;
  Result<void> put_fact(std::string_view name, std::string_view value) override;
  Result<void> erase_fact(std::string_view name) override;
  Result<Purged> purge(const PurgeLimits& limits) override;
  Result<Totals> totals() override;
  Result<std::vector<PlaceRow>> places(std::string_view kind, std::string_view code) override;
  Result<void> put_place(const PlaceRow& row) override;
  Result<void> erase_place(const PlaceRow& row) override;
  Result<std::vector<SuccessionRow>> successors(std::string_view kind,
                                                std::string_view code) override;
  Result<std::vector<SuccessionRow>> predecessors(std::string_view kind,
                                                  std::string_view code) override;
  Result<void> put_successions(std::string_view source,
                               const std::vector<SuccessionRow>& rows) override;
  Result<std::size_t> count_of_place(std::string_view entity, std::string_view code) override;
  Result<std::vector<AwaitedRow>> awaited(std::string_view flow, std::string_view after,
                                          std::size_t limit) override;
  Result<std::optional<ErasureRow>> erasure_of(std::string_view entity,
                                               std::string_view key) override;
  Result<void> put_erasure(const ErasureRow& row) override;
  Result<void> lift_erasure(std::string_view entity, std::string_view key) override;
  Result<std::int64_t> add_removal(const RemovalRow& row) override;
  Result<std::vector<RemovalRow>> removals(std::int64_t after_id, std::size_t limit) override;
  Result<void> put_change(const ChangeRow& row) override;
  Result<std::vector<std::string>> flows_that_know(std::string_view entity,
                                                   std::string_view key) override;
  Result<std::vector<RunRow>> runs_that_name(std::string_view key) override;
  Result<std::vector<QuarantineRow>> quarantined_with(std::string_view entity,
                                                      std::string_view text) override;

private:
  Result<bool> has_erasures(); // looked up once
  Result<std::int64_t> slice_number(std::string_view flow, std::string_view slice); // made if new
  bool is_gathered(const Error& error); // what is wrong with one row need not end a scrub
  template <typename Rows, typename Read>
  Result<void> scrub_rows(Rows& rows, Read read)
  {
    while (true) {
      TRY(const bool more, rows.next());
      if (!more) return {};
      const auto row = read(rows);
      if (!row && !is_gathered(row.error())) return tl::unexpected<Error>(row.error());
    }
  }
  Result<void> scrub_texts(), scrub_records(), scrub_shadows(), scrub_boxes(), scrub_review(),
      scrub_changes(), scrub_plans(), scrub_places(), purge_plans(Instant before, std::size_t most);
  Connection& db_;
  Dictionary& dict_;
  std::vector<Error>* wrong_ = nullptr; // where a scrub gathers
  std::size_t wrong_most_ = 0;
  std::optional<bool> has_erasures_;
  std::map<std::string, std::int64_t, std::less<>> live_; // entity -> change of its count
  std::map<std::pair<std::string, std::string>, std::int64_t> slices_;
  Records records_{db_, dict_.origins};
  Shadows shadows_{db_, dict_.names};
};

} // namespace gramsetu::store
