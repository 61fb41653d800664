// A small simulated district with ways to talk to it, for tests.
#pragma once

#include "schema/json.hpp"
#include "tests/endpoints/plain_client.hpp"
#include "tests/endpoints/simulator.hpp"

#include <doctest/doctest.h>

namespace gramsetu::sim {

struct Fixture {
  using Headers = std::vector<std::pair<std::string, std::string>>;

  std::unique_ptr<Simulator> simulator;
  std::string bearer;

  explicit Fixture(std::size_t vouchers = 25)
  {
    SimulatorOptions options;
    options.district.gram_panchayats = 4;
    options.district.vouchers = vouchers;
    options.district.service_requests = 12;
    auto started = Simulator::start(std::move(options));
    REQUIRE(started);
    simulator = std::move(*started);
  }

  void log_in()
  {
    const auto answer =
        ask(simulator->port("central"), "POST", "/oauth2/token", {},
            "grant_type=client_credentials&client_id=jalpaiguri&client_secret=central-secret");
    REQUIRE(answer.status == 200);
    bearer = text_at(json(answer), "access_token");
  }

  static schema::Value json(const PlainAnswer& answer)
  {
    auto value = schema::parse_json(answer.body);
    return value ? std::move(*value) : schema::Value();
  }

  PlainAnswer central(const std::string& method, const std::string& target, Headers headers = {},
                      const std::string& body = "")
  {
    if (bearer.empty()) log_in();
    headers.emplace_back("Authorization", "Bearer " + bearer);
    return ask(simulator->port("central"), method, target, headers, body);
  }

  PlainAnswer state(const std::string& method, const std::string& target, Headers headers = {},
                    const std::string& body = "")
  {
    headers.emplace_back("Authorization", "Basic aHViOnN0YXRlLXNlY3JldA=="); // hub:state-secret
    return ask(simulator->port("state"), method, target, headers, body);
  }

  PlainAnswer csc(const std::string& method, const std::string& target, Headers headers = {},
                  const std::string& body = "")
  {
    headers.emplace_back("X-API-Key", "csc-key");
    return ask(simulator->port("csc"), method, target, headers, body);
  }

  PlainAnswer lgd(const std::string& path, const std::string& form)
  {
    return ask(simulator->port("lgd"), "POST", "/webservices/lgdws/" + path, {}, form);
  }

  void fault(const std::string& endpoint, const std::string& json)
  {
    const auto answer =
        ask(simulator->port("control"), "POST", "/_sim/" + endpoint + "/faults", {}, json);
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
  }

  std::vector<Effect> effects(const std::string& endpoint)
  {
    return simulator->endpoint(endpoint)->ledger().effects();
  }
};

} // namespace gramsetu::sim
