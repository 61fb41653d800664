// All endpoints of a simulated district, running.
#pragma once

#include "tests/endpoints/dataset.hpp"
#include "tests/endpoints/dialect.hpp"
#include "tests/endpoints/district.hpp"
#include "tests/endpoints/http_server.hpp"
#include "tests/endpoints/lgd.hpp"
#include "tests/endpoints/rest.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gramsetu::sim {

struct SimulatorOptions {
  DistrictOptions district;
  Credentials credentials;
  bool empty = false;                                    // no records, only places
  std::map<std::string, std::uint16_t> ports;            // by endpoint; missing or 0: a free one
  std::vector<std::pair<std::string, std::string>> data; // data set and file
};

class Simulator {
public:
  static Result<std::unique_ptr<Simulator>> start(SimulatorOptions options);
  ~Simulator();

  // "central", "state", "csc", "lgd" or "generic"; null for other names.
  Endpoint* endpoint(const std::string& name);
  std::uint16_t port(const std::string& name) const; // also "control"
  // The base address that a connector is given, as in the port file.
  std::string url(const std::string& name) const;
  schema::Value to_value() const; // the port file

private:
  explicit Simulator(SimulatorOptions options);
  Response control(const Request& request);

  SimulatorOptions options_;
  std::map<std::string, std::unique_ptr<Endpoint>> endpoints_;
  std::map<std::string, std::unique_ptr<HttpServer>> servers_;
};

// Milliseconds since the epoch by the system's clock.
std::int64_t system_now();

} // namespace gramsetu::sim
