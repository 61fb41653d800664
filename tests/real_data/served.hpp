// The real tables behind a server: the simulator's generic endpoint, or its directory.
#pragma once

#include "tests/endpoints/simulator.hpp"
#include "tests/real_data/hub.hpp"

#include <memory>
#include <string>

namespace gramsetu::real_data {

struct Served {
  std::unique_ptr<sim::Simulator> simulator;

  Served()
  {
    sim::SimulatorOptions options;
    options.empty = true;
    simulator = must(sim::Simulator::start(std::move(options)));
  }

  std::string url(const std::string& endpoint) const { return simulator->url(endpoint); }

  // A real file becomes a data set of the generic endpoint, in the place of what it served under the name.
  void serve(const std::string& name, const std::string& data) const
  {
    schema::Object body;
    body.append("file", data_folder() + "/" + data);
    load("generic", name, std::move(body));
  }

  // Records become all that the endpoint has under the name.
  void serve(const std::string& endpoint, const std::string& name, schema::List records) const
  {
    schema::Object body;
    body.append("replace", true);
    body.append("records", std::move(records));
    load(endpoint, name, std::move(body));
  }

private:
  void load(const std::string& endpoint, const std::string& name, schema::Object body) const
  {
    const auto loaded = simulator->endpoint(endpoint)->load(name, std::move(body));
    REQUIRE_MESSAGE(loaded, (loaded ? std::string() : loaded.error().what));
  }
};

} // namespace gramsetu::real_data
