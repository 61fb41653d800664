// Frozen together, sent at once, written down in order.
#include "daemon/engine/push/group.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/look.hpp"

#include <algorithm>
#include <future>
#include <span>

namespace gramsetu::engine {

namespace {

using store::OutboxRow;

bool is_its_own_parent(const schema::Entity& entity)
{
  return std::any_of(entity.parents.begin(), entity.parents.end(),
                     [&](const auto& parent) { return parent.entity == entity.name; });
}

} // namespace

std::size_t batch_size(const connectors::Capabilities& able)
{
  return std::clamp<std::size_t>(able.batch_max, 1, kBatchRecords);
}

std::size_t most_at_once(const Flow& flow, const connectors::Capabilities& able)
{
  if (!able.if_version || is_its_own_parent(*flow.entity)) return 1;
  // What is under way is bounded in records, too.
  return std::clamp<std::size_t>(kGroupRecords / batch_size(able), 1,
                                 std::max<std::size_t>(1, flow.in_flight));
}

Result<Group> freeze_group(Run& run, const std::vector<OutboxRow>& rows,
                           const connectors::Capabilities& able)
{
  Group group;
  run.step(Stage::push);
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    const std::span<const OutboxRow> all(rows);
    for (std::size_t from = 0; from < all.size(); from += batch_size(able)) {
      const auto some = all.subspan(from, std::min(batch_size(able), all.size() - from));
      TRY(auto frozen, freeze(tx, run, {some.begin(), some.end()}));
      if (!frozen.rows.empty())
        group.push_back({std::move(frozen.rows), std::move(frozen.intents)});
    }
    return {};
  }));
  return group;
}

void send_group(Run& run, Group& group)
{
  run.step(Stage::push);
  const auto send = [&run](Sending& sending) {
    sending.receipts = run.flow.connector->push(*run.flow.stream, sending.intents, run.stop);
  };
  // Where the system has no thread to spare, one goes after the other.
  constexpr auto when = std::launch::async | std::launch::deferred;
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < group.size(); ++i)
    others.push_back(std::async(when, send, std::ref(group[i])));
  send(group.front());
  for (auto& other : others)
    other.get();
  run.step(Stage::push);
}

Result<void> record_group(Run& run, const Group& group)
{
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& [rows, intents, receipts] : group)
      for (std::size_t i = 0; i < rows.size(); ++i)
        TRY_VOID(record_receipt(tx, run, rows[i], receipts[i]));
    return {};
  });
}

} // namespace gramsetu::engine
