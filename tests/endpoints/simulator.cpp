// Putting the endpoints together and on their ports.
#include "tests/endpoints/simulator.hpp"

#include "base/clock.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace gramsetu::sim {

std::int64_t system_now()
{
  return SystemClock().now().time_since_epoch().count();
}

Simulator::Simulator(SimulatorOptions options) : options_(std::move(options))
{
  DistrictOptions& district_options = options_.district;
  if (district_options.now == 0) district_options.now = system_now();
  const std::uint64_t seed = district_options.seed;
  auto central =
      std::make_unique<RestEndpoint>(make_central(options_.credentials, seed), seed, system_now);
  auto state =
      std::make_unique<RestEndpoint>(make_state(options_.credentials), seed + 1, system_now);
  auto csc = std::make_unique<RestEndpoint>(make_csc(options_.credentials), seed + 2, system_now);
  auto lgd = std::make_unique<LgdEndpoint>(seed + 3, system_now);
  const District district(district_options);
  district.fill(*lgd);
  if (!options_.empty) {
    district.fill_central(*central);
    district.fill_state(*state);
    district.fill_csc(*csc);
  }
  endpoints_["central"] = std::move(central);
  endpoints_["state"] = std::move(state);
  endpoints_["csc"] = std::move(csc);
  endpoints_["lgd"] = std::move(lgd);
}

Result<std::unique_ptr<Simulator>> Simulator::start(SimulatorOptions options)
{
  std::unique_ptr<Simulator> simulator(new Simulator(std::move(options)));
  auto generic =
      std::make_unique<GenericEndpoint>(simulator->options_.district.seed + 4, system_now);
  for (const auto& [name, file] : simulator->options_.data)
    TRY_VOID(generic->load_file(name, file));
  simulator->endpoints_["generic"] = std::move(generic);

  auto& ports = simulator->options_.ports;
  for (const auto& [name, endpoint] : simulator->endpoints_) {
    Endpoint* raw = endpoint.get();
    TRY(auto server, HttpServer::start(ports[name], [raw](const Request& request) {
          return raw->handle(request);
        }));
    raw->on_refuse([server = server.get()](auto duration) { server->refuse_for(duration); });
    simulator->servers_[name] = std::move(server);
  }
  Simulator* self = simulator.get();
  TRY(simulator->servers_["control"],
      HttpServer::start(ports["control"], [self](const Request& r) { return self->control(r); }));
  return simulator;
}

Simulator::~Simulator()
{
  servers_.clear(); // their handlers use the endpoints
}

Endpoint* Simulator::endpoint(const std::string& name)
{
  const auto found = endpoints_.find(name);
  return found == endpoints_.end() ? nullptr : found->second.get();
}

std::uint16_t Simulator::port(const std::string& name) const
{
  return servers_.at(name)->port();
}

std::string Simulator::url(const std::string& name) const
{
  const std::string base = name == "csc" ? "/v2" : name == "lgd" ? "/webservices/lgdws" : "";
  return fmt::format("http://127.0.0.1:{}{}", port(name), base);
}

Response Simulator::control(const Request& request)
{
  // /_sim/{endpoint}/{what}
  constexpr std::string_view kBase = "/_sim/";
  const std::string path = request.path.starts_with(kBase) ? request.path.substr(kBase.size()) : "";
  const std::size_t slash = std::min(path.find('/'), path.size());
  Endpoint* found = endpoint(path.substr(0, slash));
  if (found == nullptr) return text_response(404, "no such endpoint");
  return found->control(request, path.substr(std::min(slash + 1, path.size())));
}

schema::Value Simulator::to_value() const
{
  const Credentials& credentials = options_.credentials;
  const auto base = [this](const std::string& name) {
    return object({{"port", static_cast<std::int64_t>(port(name))}, {"url", url(name)}});
  };
  schema::Object central = base("central"), state = base("state"), csc = base("csc");
  central.append("token_url", url("central") + "/oauth2/token");
  central.append("client_id", credentials.client_id);
  central.append("client_secret", credentials.client_secret);
  state.append("user", credentials.user);
  state.append("password", credentials.password);
  csc.append("header", "X-API-Key");
  csc.append("key", credentials.key);
  return object({{"pid", static_cast<std::int64_t>(::getpid())},
                 {"area", object({{"state", District::kState}, {"district", District::kDistrict}})},
                 {"financial_year", options_.district.year},
                 {"central", std::move(central)},
                 {"state", std::move(state)},
                 {"csc", std::move(csc)},
                 {"lgd", base("lgd")},
                 {"generic", base("generic")},
                 {"control", base("control")}});
}

} // namespace gramsetu::sim
