// Two pages are read at once, and what comes of them is as if one had followed the other.
#include "connectors/api/extract.hpp"
#include "daemon/engine/pull/page_workers.hpp"
#include "tests/support/engine_bench.hpp"
#include "tests/support/pull_connector.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

using connectors::Page;
using connectors::PullRequest;

// How long a test waits for what must happen anyway.
constexpr std::chrono::seconds kPatience{20};

// One page as an endpoint would answer it.
struct Answered {
  std::vector<std::string> keys;
  std::string next;                     // empty: the last one
  std::optional<std::string> told = {}; // what is said of it before it is read
  std::string waits_for = {}; // the page that must have been asked for before this one is done
  std::optional<Error> error = {};
  std::string cursor = {};
};

// Gives pages by their names, from any thread.
class Pages final : public PullConnector {
public:
  std::map<std::string, Answered> pages; // "" is the first
  std::vector<std::string> asked;        // in the order of asking
  bool late = false;                     // a page was not asked for while another waited for it

  Result<Page> pull(const PullRequest& request, std::stop_token) override
  {
    const auto& answered = pages.at(request.page);
    {
      const std::lock_guard lock(mutex_);
      asked.push_back(request.page);
    }
    moved_.notify_all();
    if (request.onward && answered.told) request.onward(*answered.told);
    if (!answered.waits_for.empty()) wait_for(answered.waits_for);
    if (answered.error) return tl::unexpected<Error>(*answered.error);
    return page_of(request, answered);
  }

  // Have so many pages been asked for within that time?
  bool comes_to(std::size_t pages_asked, std::chrono::milliseconds patience)
  {
    std::unique_lock lock(mutex_);
    return moved_.wait_for(lock, patience, [&] { return asked.size() >= pages_asked; });
  }

  void forget()
  {
    const std::lock_guard lock(mutex_);
    asked.clear();
  }

  // Nobody waits any more.
  void give_up()
  {
    const std::lock_guard lock(mutex_);
    given_up_ = true;
    moved_.notify_all();
  }

private:
  static Page page_of(const PullRequest& request, const Answered& answered)
  {
    Page page;
    for (const auto& key : answered.keys) {
      schema::Object body;
      body.append("note", key);
      body.append("title", "of page " + request.page);
      page.records.push_back(connectors::extract(*request.stream, schema::Value(std::move(body))));
    }
    page.last = answered.next.empty();
    page.next = answered.next;
    page.cursor = answered.cursor.empty() ? request.seen : answered.cursor;
    return page;
  }

  void wait_for(const std::string& page)
  {
    std::unique_lock lock(mutex_);
    late = !moved_.wait_for(lock, kPatience, [&] {
      return given_up_ || std::find(asked.begin(), asked.end(), page) != asked.end();
    });
  }

  std::mutex mutex_; // guards all of it while a run reads
  std::condition_variable moved_;
  bool given_up_ = false;
};

struct Scene {
  EngineBench bench;
  Spoke& central;
  Pages* endpoint = nullptr;

  explicit Scene(bool threads = true, bool feed = false)
      : central(bench.add({.pushes = false, .feed = feed}))
  {
    bench.read_ahead = threads;
    auto made = std::make_unique<Pages>();
    endpoint = made.get();
    central.connector = std::move(made);
    central.flow.connector = central.connector.get();
    // The slice has been read once: of a first load one page follows the other.
    endpoint->pages[""] = {{"seed"}, ""};
    run();
    endpoint->pages.clear();
    endpoint->asked.clear();
  }

  engine::Report run() { return bench.run(central); }
  std::string page_of(const std::string& key) { return bench.get(key, "title"); }
};

} // namespace

TEST_CASE("a page is begun while the one before it is still read, and waits for its turn")
{
  Scene scene;
  auto& pages = scene.endpoint->pages;
  pages[""] = {{"a", "b"}, "2", "2", "2"}; // is not done before the second was asked for
  pages["2"] = {{"c"}, "3", "3"};
  pages["3"] = {{"a"}, ""}; // says otherwise of what the first page had
  const auto report = scene.run();
  CHECK(report.state == engine::RunState::done);
  CHECK_FALSE(scene.endpoint->late);
  CHECK(scene.endpoint->asked == std::vector<std::string>{"", "2", "3"});
  CHECK(report.counts.pulled == 4);
  CHECK(scene.page_of("b") == "of page ");
  CHECK(scene.page_of("c") == "of page 2");
  CHECK(scene.page_of("a") == "of page 3"); // the later page is the later news
}

TEST_CASE("without threads one page follows the other, whatever is told")
{
  Scene scene(false);
  auto& pages = scene.endpoint->pages;
  pages[""] = {{"a"}, "2", "2"};
  pages["2"] = {{"b"}, ""};
  CHECK(scene.run().state == engine::RunState::done);
  CHECK(scene.endpoint->asked == std::vector<std::string>{"", "2"});
  CHECK(scene.page_of("b") == "of page 2");
}

TEST_CASE("what was begun on a word that turned out otherwise is not used")
{
  Scene scene;
  auto& pages = scene.endpoint->pages;
  pages[""] = {{"a"}, "2", "wrong", "wrong"};
  pages["wrong"] = {{"x"}, ""};
  pages["2"] = {{"b"}, ""};
  const auto report = scene.run();
  CHECK(report.state == engine::RunState::done);
  CHECK_FALSE(scene.endpoint->late);
  CHECK(report.counts.created == 2);
  CHECK(scene.page_of("b") == "of page 2");
  CHECK_FALSE(scene.bench.alive("x"));
}

TEST_CASE("what was begun in vain may come whenever it likes")
{
  Scene scene;
  auto& pages = scene.endpoint->pages;
  pages[""] = {{"a"}, "2", "wrong", "wrong"};
  pages["wrong"] = {{"x"}, "", {}, "2"};
  pages["2"] = {{"b"}, "3", "3", "3"}; // the third is begun by who has read the wrong one
  pages["3"] = {{"c"}, ""};
  const auto report = scene.run();
  CHECK(report.state == engine::RunState::done);
  CHECK_FALSE(scene.endpoint->late);
  CHECK(report.counts.created == 3);
  CHECK_FALSE(scene.bench.alive("x"));
}

TEST_CASE("of a page that fails nothing that follows is used")
{
  Scene scene;
  auto& pages = scene.endpoint->pages;
  pages[""] = {{"a"}, "2", "2"};
  pages["2"] = {{"b"}, "3", "3", "3", Error{ErrorKind::unauthorized, "no more", std::nullopt}};
  pages["3"] = {{"c"}, ""};
  const auto report = scene.run();
  CHECK(report.state == engine::RunState::failed);
  CHECK(report.counts.pulled == 1);
  CHECK_FALSE(scene.bench.alive("c"));
}

TEST_CASE("a page that says that it is the last is, whatever was told before")
{
  Scene scene;
  auto& pages = scene.endpoint->pages;
  pages[""] = {{"a"}, "", "2", "2"};
  pages["2"] = {{"b"}, ""};
  CHECK(scene.run().counts.created == 1);
  CHECK_FALSE(scene.bench.alive("b"));
}

TEST_CASE("a page that was begun early does not lower the cursor")
{
  Scene scene(true, true);
  auto& pages = scene.endpoint->pages;
  const std::string later = "2026-11-24T10:00:00.000Z", earlier = "2026-11-23T10:00:00.000Z";
  pages[""] = {{"a"}, "2", "2", "2", {}, later};
  pages["2"] = {{"b"}, "", {}, "", {}, earlier};
  CHECK(scene.run().state == engine::RunState::done);
  std::string cursor;
  CHECK(scene.bench.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto slices, tx.slices(scene.central.flow.id));
    REQUIRE(slices.size() == 1);
    cursor = slices.front().cursor;
    return {};
  }));
  CHECK(cursor == later);
}

TEST_CASE("no more pages are begun than two beyond what was taken")
{
  Scene scene;
  auto& pages = scene.endpoint->pages;
  for (int i = 0; i < 9; ++i)
    pages[i == 0 ? "" : std::to_string(i)] = {{}, std::to_string(i + 1), std::to_string(i + 1)};
  pages["9"] = {{}, ""};
  const auto flows = scene.bench.flows();
  const engine::RunOptions options;
  const auto services = scene.bench.services();
  engine::Run run{scene.central.flow, flows, options, services, {}};
  PullRequest first;
  first.stream = scene.central.flow.stream;
  {
    engine::PageWorkers of_a_first_load(run, first, true);
    CHECK(scene.endpoint->comes_to(1, kPatience));
    CHECK_FALSE(scene.endpoint->comes_to(2, std::chrono::milliseconds(50)));
    CHECK(of_a_first_load.next());
    CHECK(scene.endpoint->comes_to(2, kPatience));
  }
  scene.endpoint->forget();
  engine::PageWorkers workers(run, first, false);
  CHECK(scene.endpoint->comes_to(2, kPatience));
  CHECK_FALSE(scene.endpoint->comes_to(3, std::chrono::milliseconds(50)));
  CHECK(workers.next());
  CHECK(scene.endpoint->comes_to(3, kPatience));
  CHECK_FALSE(scene.endpoint->comes_to(4, std::chrono::milliseconds(50)));
}

TEST_CASE("who waits for a page when stop is requested does not wait on")
{
  Scene scene;
  scene.endpoint->pages[""] = {{}, "2", {}, "never asked for"};
  const auto flows = scene.bench.flows();
  const engine::RunOptions options;
  const auto services = scene.bench.services();
  std::stop_source stop;
  engine::Run run{scene.central.flow, flows, options, services, stop.get_token()};
  PullRequest first;
  first.stream = scene.central.flow.stream;
  engine::PageWorkers workers(run, first, false);
  CHECK(scene.endpoint->comes_to(1, kPatience));
  stop.request_stop();
  const auto page = workers.next();
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::cancelled);
  scene.endpoint->give_up();
}
