// No set of flows echoes: what the hub writes through one must not come back as news through another.
#include "config/binding.hpp"
#include "config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace gramsetu::config {

using connectors::EndpointSettings;
using connectors::Stream;
using schema::Node;

namespace {

// One machine under several names: this one has four.
std::string host_of(std::string host)
{
  while (host.ends_with('.'))
    host.pop_back();
  return is_loopback(host) ? "loopback" : host;
}

// Where an endpoint really is, however its address is written.
std::string address_of(const EndpointSettings& endpoint)
{
  std::string address;
  if (const auto url = read_url(endpoint.url)) {
    const std::string usual = url->scheme == "http" ? "80" : url->scheme == "sftp" ? "22" : "443";
    const std::string port = !url->port.empty() ? url->port : usual;
    address = fmt::format("{}:{}{}", host_of(url->host), port, url->path);
  } else if (!endpoint.path.empty()) {
    address = std::filesystem::path(endpoint.path).lexically_normal().string();
  } else {
    address = endpoint.url;
  }
  while (address.ends_with('/'))
    address.pop_back();
  return address;
}

// The text of `path`, or of a request that is a path alone; what follows a variable part is left out.
std::string path_of(const Node* request)
{
  if (!request) return {};
  const Node* node = request->is_scalar() ? request : request->find("path");
  if (!node || !node->is_scalar()) return {};
  std::string path = node->scalar.substr(0, node->scalar.find('{'));
  while (path.ends_with('/'))
    path.pop_back();
  return path;
}

// The places at the endpoint that a stream reads and writes.
std::vector<std::string> places_of(const Stream& stream)
{
  std::vector<std::string> places;
  const auto add = [&](const Node* request) {
    auto path = path_of(request);
    if (!path.empty()) places.push_back(std::move(path));
  };
  add(stream.pull.find("request"));
  add(stream.pull.find("path"));
  add(stream.pull.find("table"));
  for (const char* verb : {"create", "update"})
    add(stream.push.find(verb));
  return places;
}

bool meet(const Stream& a, const Stream& b)
{
  if (a.name == b.name) return true;
  const auto some = places_of(a), others = places_of(b);
  return std::any_of(some.begin(), some.end(), [&](const auto& place) {
    return std::find(others.begin(), others.end(), place) != others.end();
  });
}

// Endpoints that mirror one another, over however many others.
class Mirrors {
public:
  explicit Mirrors(const Config& config) : config_(config) {}

  bool reach(const std::string& from, const std::string& to) const
  {
    std::set<std::string> seen{from};
    std::vector<std::string> next{from};
    while (!next.empty()) {
      const auto name = next.back();
      next.pop_back();
      for (const auto& [other, endpoint] : config_.endpoints) {
        const bool joined = endpoint.mirrors == name || config_.endpoints.at(name).mirrors == other;
        if (joined && seen.insert(other).second) next.push_back(other);
      }
    }
    return from != to && seen.contains(to);
  }

private:
  const Config& config_;
};

void prove_mirrors(Binding& binding)
{
  const auto& endpoints = binding.loaded.config.endpoints;
  for (const auto& [name, endpoint] : endpoints) {
    if (endpoint.mirrors.empty()) continue;
    if (endpoint.mirrors == name)
      binding.wrong(binding.endpoint_places[name], fmt::format("endpoints.{} mirrors itself", name),
                    "name another endpoint");
    else if (!endpoints.contains(endpoint.mirrors))
      binding.wrong(binding.endpoint_places[name],
                    fmt::format("endpoints.{} mirrors '{}', which no endpoint is called", name,
                                endpoint.mirrors),
                    "the name of another endpoint");
  }
}

// What both flows carry: a field that one sends and the other brings.
bool carry_alike(const FlowSettings& from, const Stream& sent, const FlowSettings& to,
                 const Stream& brought)
{
  if (!pushes(from) || !pulls(to)) return false;
  const auto &out = sent.mapping->pushed(), &in = brought.mapping->pulled();
  for (std::size_t field = 0; field < out.size(); ++field)
    if (out[field] && in[field]) return true;
  return false;
}

} // namespace

void prove_no_echo(Binding& binding)
{
  prove_mirrors(binding);
  const Config& config = binding.loaded.config;
  const bool sound = std::all_of(config.endpoints.begin(), config.endpoints.end(), [&](auto& e) {
    return e.second.mirrors.empty() || config.endpoints.contains(e.second.mirrors);
  });
  const Mirrors mirrors(config);
  for (auto second = config.flows.begin(); second != config.flows.end(); ++second) {
    for (auto first = config.flows.begin(); first != second; ++first) {
      const Stream *a = stream_of(config, *first), *b = stream_of(config, *second);
      if (!a || !b || first->entity != second->entity) continue;
      if (!carry_alike(*first, *a, *second, *b) && !carry_alike(*second, *b, *first, *a)) continue;
      const auto where = address_of(config.endpoints.at(first->endpoint));
      if (!where.empty() && where == address_of(config.endpoints.at(second->endpoint)) &&
          meet(*a, *b))
        binding.wrong(second->place,
                      fmt::format("flows {} and {} reach the same stream of the same system, and "
                                  "would echo each other's changes",
                                  first->id, second->id),
                      "one endpoint for one system");
      else if (sound && mirrors.reach(first->endpoint, second->endpoint))
        binding.wrong(second->place,
                      fmt::format("flows {} and {} go to systems that mirror each other: what one "
                                  "sends would come back, late, through the other",
                                  first->id, second->id),
                      "pull from both, or leave one of the two flows out");
    }
  }
}

} // namespace gramsetu::config
