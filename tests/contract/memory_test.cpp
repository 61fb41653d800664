// The endpoint in memory that engine tests use is a connector too, bare and wrapped as the daemon wraps.
#include "connectors/api/transport.hpp"
#include "tests/contract/connector_contract.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_endpoint.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

using namespace gramsetu;
using namespace gramsetu::contract;

namespace {

class InMemory final : public World {
public:
  explicit InMemory(bool wrapped) : wrapped_(wrapped)
  {
    entities_ = test::note_entity();
    stream_ = test::memory_stream(*entities_->find("note"));
    world_.page_size = 3;
    for (int i = 0; i < 8; ++i)
      world_.put("n" + std::to_string(i), {{"title", "t"}, {"remark", "r"}});
  }

  std::unique_ptr<connectors::Connector> open() override
  {
    auto connector = test::open_memory_endpoint(world_);
    if (!wrapped_) return connector;
    connectors::EndpointSettings settings;
    settings.limits.requests_per_second = 1000;
    return connectors::wrapped(std::move(connector), settings, {clock_, Log(clock_, sink_), "hub"});
  }

  const connectors::Stream& stream() const override { return *stream_; }
  void touch() override { world_.put("n3", {{"remark", "touched"}}); }

  void empty() override
  {
    for (int i = 0; i < 8; ++i)
      world_.erase("n" + std::to_string(i));
  }

  bool strike(Mishap mishap, int skip) override
  {
    if (skip > 0) return false;
    // Wrapped, a refused read is asked again; so it strikes until it shows.
    if (mishap == Mishap::refused)
      world_.faults.refuse_connect = wrapped_ ? 5 : 1;
    else if (mishap == Mishap::truncated)
      world_.faults.damage_pages = 1;
    else if (mishap == Mishap::answer_lost)
      world_.faults.drop_answers = 1;
    else
      return false;
    return true;
  }

  void calm() override { world_.faults = {}; }
  bool tells_total() const override { return true; }
  bool is_thread_safe() const override { return false; }
  std::size_t effects() override { return world_.ledger.size(); }

  std::size_t effects_of(const std::string& idempotency_key) override
  {
    return static_cast<std::size_t>(
        std::count_if(world_.ledger.begin(), world_.ledger.end(), [&](const auto& effect) {
          return effect.idempotency_key == idempotency_key;
        }));
  }

  connectors::Intent fresh(int number) override
  {
    connectors::Intent intent;
    intent.key = fmt::format("new{}", number);
    intent.idempotency_key = fmt::format("idem-{}", number);
    schema::Object body;
    body.append("note", intent.key);
    body.append("title", "fresh");
    body.append("amount", "12.50");
    intent.body = schema::Value(std::move(body));
    return intent;
  }

  schema::Value changed(const schema::Value& body, int number) override
  {
    schema::Value other = body;
    other.object().set("title", fmt::format("changed {}", number));
    return other;
  }

  std::string unknown_key() override { return "nowhere"; }

private:
  const bool wrapped_;
  test::MemoryWorld world_;
  test::FakeClock clock_;
  NullSink sink_;
  std::unique_ptr<schema::Entities> entities_;
  std::shared_ptr<const connectors::Stream> stream_;
};

MakeWorld in_memory(bool wrapped)
{
  return [wrapped] { return std::make_unique<InMemory>(wrapped); };
}

} // namespace

TEST_CASE("the endpoint in memory keeps the connector contract")
{
  check_connector_contract(in_memory(false));
}

TEST_CASE("retrying and throttling keep the connector contract")
{
  check_connector_contract(in_memory(true));
}
