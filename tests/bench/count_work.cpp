// The engine on pages that are at hand: no network, no clock, no chance.
#include "tests/bench/count_work.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/api/unknown_records.hpp"
#include "daemon/engine/cycle.hpp"
#include "daemon/engine/local_edit.hpp"
#include "daemon/runtime/setup.hpp"
#include "schema/json.hpp"
#include "tests/bench/hub_files.hpp"
#include "tests/bench/must.hpp"
#include "tests/bench/records.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/pull_connector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

// Named in C, so that callgrind knows it by this name.
extern "C" [[gnu::noinline]] void bench_counted(const std::function<void()>& part)
{
  part();
}

namespace gramsetu::bench {

namespace {

// What the endpoint answers, read as the http transport reads it.
class PagesInHand final : public test::PullConnector {
public:
  PagesInHand(std::size_t records, unsigned round)
  {
    const Entered entered{address_of(1, round, "office"), ""};
    const Moving moving{round + 1, 1'000'000 + round, round == 0 ? nullptr : &entered};
    for (std::size_t begin = 0; begin < records; begin += kPageRecords) {
      std::string json = R"({"records":[)";
      for (auto i = begin; i < std::min(begin + kPageRecords, records); ++i) {
        if (i > begin) json += ',';
        append_record(json, i, moving);
      }
      pages_.push_back(json + "]}");
    }
  }

  Result<connectors::Page> pull(const connectors::PullRequest& request, std::stop_token) override
  {
    const auto at = request.page.empty() ? 0 : std::stoull(request.page);
    connectors::Page page;
    page.cursor = request.seen;
    page.bytes = pages_[at].size();
    const auto cut = connectors::cut_page(pages_[at], "/records");
    TRY(auto found, connectors::read_unknown(cut->records, request.look));
    page.left_out = found->cursors.size();
    for (auto& record : found->records) {
      page.records.push_back(connectors::extract(*request.stream, std::move(record.body)));
      page.records.back().fingerprint = std::move(record.fingerprint);
      raise_cursor(*request.stream, page.records.back().body, page.cursor);
    }
    for (const auto cursor : found->cursors)
      raise_cursor_to(*request.stream, std::string(cursor), page.cursor);
    page.last = at + 1 == pages_.size();
    page.next = std::to_string(at + 1);
    return page;
  }

private:
  std::vector<std::string> pages_;
};

struct Engine {
  test::FakeClock clock;
  NullSink sink;
  Ids ids{1};
  std::shared_ptr<const runtime::Setup> setup;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<connectors::Connector> pages;
  engine::Flow flow;

  explicit Engine(const std::string& folder)
  {
    write_hub_files(folder, "http://127.0.0.1:9"); // nobody is asked there
    auto loaded = load_config(folder + "/hub.yaml");
    store = must(store::open_store(must(runtime::store_options(*loaded))));
    setup = must(runtime::assemble(std::move(loaded), clock, Log(clock, sink)));
    flow = *setup->find(kRequestsFlow);
    flow.rails.max_changes.share = flow.rails.null_rate = 10'000; // all of them change
  }

  engine::Services services() { return {*store, clock, ids, Log(clock, sink), {}, {}}; }

  void enter_places()
  {
    const auto& entity = *setup->entities().find("local_body");
    const auto places = must(schema::parse_json(places_json()));
    const auto& mapping = *setup->find(kPlacesFlow)->stream->mapping;
    for (const auto& place : schema::at_pointer(places, "/records")->list()) {
      engine::LocalEdit edit;
      edit.record = mapping.to_record(place).record;
      must(engine::edit_record(entity, {}, edit, services()));
    }
  }

  void run(std::size_t records, unsigned round)
  {
    pages = std::make_unique<PagesInHand>(records, round);
    flow.connector = pages.get();
    engine::RunOptions options;
    options.run_id = fmt::format("run-{}", round);
    options.full = true;
    engine::Report report;
    bench_counted(
        [&] { report = must(engine::run_cycle(flow, {&flow}, options, services(), {})); });
    if (report.state != engine::RunState::done || report.counts.pulled != records)
      give_up("the run did not do what is counted: " + report.reason);
  }
};

void count_reconcile(const Engine& engine, std::size_t records)
{
  const auto rows = rows_of(engine.flow);
  bench_counted([&] {
    for (std::size_t i = 0; i < records; ++i)
      static_cast<void>(engine::reconcile(engine.flow, rows[i % rows.size()]));
  });
}

} // namespace

void count(const std::string& folder, std::size_t records)
{
  Engine engine(folder);
  engine.enter_places();
  engine.run(records, 0);
  engine.run(records, 0);
  engine.run(records, 1);
  count_reconcile(engine, records);
}

} // namespace gramsetu::bench
