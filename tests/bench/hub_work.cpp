// A hub in this process, as the daemon assembles it: transport, mapping, rails, change log, shadows.
#include "tests/bench/hub_work.hpp"

#include "daemon/engine/local_edit.hpp"
#include "daemon/engine/reconcile/reconcile.hpp"
#include "daemon/runtime/hub.hpp"
#include "schema/json.hpp"
#include "tests/bench/hub_files.hpp"
#include "tests/bench/must.hpp"
#include "tests/bench/records.hpp"
#include "tests/bench/sample.hpp"
#include "tests/bench/took.hpp"

#include <fmt/format.h>

#include <functional>
#include <optional>

namespace gramsetu::bench {

namespace {

struct OpenHub {
  SystemClock clock;
  Ids ids{1};
  NullSink sink;
  std::unique_ptr<runtime::Hub> hub;

  explicit OpenHub(const std::string& file)
      : hub(must(runtime::Hub::open(load_config(file), {clock, ids, sink})))
  {
  }

  // Runs a flow on this thread; its row tells what it did.
  store::RunRow run(const std::string& flow, const runtime::Order& order, Took* took = nullptr)
  {
    const auto announced = hub->announce(flow, order);
    const auto measured = took_by([&] { hub->run(announced, {}); });
    if (took) *took = measured;
    std::optional<store::RunRow> row;
    must(hub->store().transact([&](store::Tx& tx) -> Result<void> {
      TRY(row, tx.run(announced.ticket.run));
      return {};
    }));
    return row.value_or(store::RunRow{});
  }

  // The hub's people change their share of a round.
  void edit(unsigned round, std::size_t records)
  {
    const auto setup = hub->setup();
    const auto* flow = setup->find(kRequestsFlow);
    const auto address = *flow->entity->index_of("address");
    for (std::size_t i = 0; i < records; ++i) {
      const auto by = changed_by(i, round);
      if (by != By::hub && by != By::both) continue;
      engine::LocalEdit edit;
      edit.key = key_of(i);
      edit.record = schema::Record(*flow->entity);
      edit.record.fields[address] = address_of(i, round, "panchayat");
      edit.actor = "bench";
      must(engine::edit_record(*flow->entity, setup->flows_of(flow->entity->name), edit,
                               hub->engine_services()));
    }
  }
};

// What the run's row counts, each by its name.
void tell_counts(const store::RunRow& row)
{
  const auto counts = must(schema::parse_json(row.counts));
  for (const auto& member : counts.object().members())
    if (member.value.is_integer()) tell(member.name, static_cast<double>(member.value.integer()));
  if (row.state == "done" || row.state == "partial") return;
  give_up("the run ended '" + row.state + "': " + row.reason);
}

void run_flow(const HubWork& asked)
{
  OpenHub open(asked.config);
  if (asked.kind == "load") tell_counts(open.run(kPlacesFlow, {}));
  if (asked.kind == "both") open.edit(asked.round, asked.records);
  runtime::Order order;
  order.full = asked.kind != "cursor";
  if (asked.kind == "verify") order.kind = runtime::RunKind::verify;
  Took took;
  const auto row = open.run(kRequestsFlow, order, &took);
  tell_time(took);
  tell_counts(row);
}

void reconcile_alone(const HubWork& asked)
{
  SystemClock clock;
  NullSink sink;
  const auto setup = must(runtime::assemble(load_config(asked.config), clock, Log(clock, sink)));
  const auto& flow = *setup->find(kRequestsFlow);
  const auto rows = rows_of(flow);
  std::size_t disputes = 0;
  const auto took = took_by([&] {
    for (std::size_t i = 0; i < asked.records; ++i)
      disputes += engine::reconcile(flow, rows[i % rows.size()]).disputes.size();
  });
  tell_time(took);
  tell("conflicts", static_cast<double>(disputes));
}

} // namespace

void work(const HubWork& asked)
{
  if (asked.kind == "reconcile")
    reconcile_alone(asked);
  else
    run_flow(asked);
  tell_peak_memory();
}

} // namespace gramsetu::bench
