// Assembles connectors and flows from a checked configuration.
#include "daemon/runtime/setup.hpp"

#include "config/changes.hpp"
#include "connectors/api/transport.hpp"
#include "connectors/sql/login.hpp"
#include "connectors/wrap/attaching.hpp"
#include "connectors/wrap/pace.hpp"
#include "connectors/wrap/reopening.hpp"
#include "daemon/runtime/attachments.hpp"
#include "daemon/runtime/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace gramsetu::runtime {

namespace {

using Connectors = std::map<std::string, std::unique_ptr<connectors::Connector>>;

Result<Connectors> open_connectors(const config::Loaded& loaded, Clock& clock, const Log& log)
{
  const auto& config = loaded.config;
  const std::shared_ptr<connectors::Keeper> keeper = make_keeper(config);
  Connectors opened;
  for (const auto& [name, endpoint] : config.endpoints) {
    const auto* type = connectors::find_transport(endpoint.manifest->transport);
    if (!type) {
      return fail(ErrorKind::invalid, fmt::format("endpoint {}: there is no transport '{}'", name,
                                                  endpoint.manifest->transport));
    }
    const connectors::Services services{clock, log.with({{"endpoint", name}}), config.hub_name};
    auto connector = type->open(endpoint, services);
    if (!connector) return within("endpoint " + name, std::move(connector.error()));
    // A document that is asked for is a request like others, and takes its turn.
    const auto turn = [pace = connectors::wrap::pace_of(endpoint, clock),
                       &clock](std::stop_token stop) -> Result<void> {
      TRY(const Ticks at, pace->reserve(1));
      if (at <= clock.ticks() || clock.sleep_until(at, std::move(stop))) return {};
      return fail(ErrorKind::cancelled, "stopped while waiting for the endpoint's allowance");
    };
    // `loaded` outlives the connectors: the setup has both.
    using Opened = Result<std::unique_ptr<connectors::Connector>>;
    const connectors::wrap::Reopen reopen{
        [type, services, keeper, turn](const auto& settings) -> Opened {
          TRY(auto anew, type->open(settings, services));
          return connectors::wrap::attaching(std::move(anew), keeper, turn);
        },
        [&loaded](const auto& settings) { return config::renewed(loaded, settings); }};
    auto attaching = connectors::wrap::attaching(std::move(*connector), keeper, turn);
    auto changing =
        connectors::wrap::reopening(std::move(attaching), endpoint, services.log, reopen);
    opened[name] = witnessed(connectors::wrapped(std::move(changing), endpoint, services), name,
                             overseer_of(config, clock, log));
  }
  return opened;
}

const connectors::Stream* stream_of(const connectors::Manifest& manifest,
                                    const config::FlowSettings& settings)
{
  if (settings.stream.empty()) return manifest.stream_of(settings.entity);
  const auto found =
      std::find_if(manifest.streams.begin(), manifest.streams.end(),
                   [&](const auto& stream) { return stream.name == settings.stream; });
  return found == manifest.streams.end() ? nullptr : &*found;
}

// Only parents that some flow of this hub brings can be waited for.
std::vector<std::string> awaited_parents(const config::Config& config, const schema::Entity& entity)
{
  std::vector<std::string> parents;
  for (const auto& parent : entity.parents) {
    const bool brought =
        std::any_of(config.flows.begin(), config.flows.end(), [&](const auto& flow) {
          return flow.entity == parent.entity && flow.direction != config::Direction::push;
        });
    const bool known = std::find(parents.begin(), parents.end(), parent.entity) != parents.end();
    if (brought && !known) parents.push_back(parent.entity);
  }
  return parents;
}

// Behind the other transports there is one folder, program, connection or file, which takes one after the other.
std::size_t in_flight(const connectors::EndpointSettings& endpoint)
{
  return endpoint.manifest->transport == "http" ? endpoint.limits.concurrent : 1;
}

Result<std::unique_ptr<engine::Flow>> join(const Setup& setup, const config::FlowSettings& settings)
{
  const auto& config = setup.config();
  const auto& endpoint = config.endpoints.at(settings.endpoint);
  auto flow = std::make_unique<engine::Flow>();
  flow->id = settings.id;
  flow->entity = setup.entities().find(settings.entity);
  flow->connector = setup.connectors.at(settings.endpoint).get();
  flow->stream = stream_of(*endpoint.manifest, settings);
  if (!flow->entity || !flow->stream) {
    return fail(ErrorKind::invalid, fmt::format("flow {}: connector '{}' offers no stream for it",
                                                settings.id, endpoint.manifest->name));
  }
  flow->side = {endpoint.name, endpoint.role};
  flow->pulls = settings.direction != config::Direction::push;
  flow->pushes = settings.direction != config::Direction::pull;
  flow->rules.reserve(flow->entity->fields.size());
  for (std::size_t field = 0; field < flow->entity->fields.size(); ++field) {
    flow->rules.push_back(config.rule_of(*flow->entity, field));
    flow->phased.push_back(config.is_phased(*flow->entity, field));
  }
  flow->existence = config.default_rule(*flow->entity);
  flow->existence_phased = !config.is_own(*flow->entity, "");
  flow->clock_doubt = endpoint.clock_doubt;
  flow->parents = awaited_parents(config, *flow->entity);
  flow->area = {config.area.state, config.area.district};
  flow->rails = settings.rails;
  flow->in_flight = in_flight(endpoint);
  flow->lookback = settings.lookback;
  flow->tombstone_lifetime = config.retention.tombstones;
  return flow;
}

bool is_integer(schema::FieldType type)
{
  return type == schema::FieldType::integer || type == schema::FieldType::money ||
         type == schema::FieldType::financial_year;
}

} // namespace

const engine::Flow* Setup::find(std::string_view flow) const
{
  const auto found = std::find_if(flows.begin(), flows.end(),
                                  [&](const auto& candidate) { return candidate->id == flow; });
  return found == flows.end() ? nullptr : found->get();
}

engine::FlowsOf Setup::flows_of(std::string_view entity) const
{
  engine::FlowsOf found;
  for (const auto& flow : flows)
    if (flow->entity->name == entity) found.push_back(flow.get());
  return found;
}

const config::FlowSettings* Setup::settings_of(std::string_view flow) const
{
  const auto& all = config().flows;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& candidate) { return candidate.id == flow; });
  return found == all.end() ? nullptr : &*found;
}

Result<std::vector<const engine::Flow*>> Setup::select(const std::vector<std::string>& names) const
{
  std::set<std::string> wanted;
  for (const auto& name : names) {
    bool found = false;
    std::vector<std::string> words;
    for (const auto& flow : flows) {
      words.insert(words.end(), {flow->id, flow->entity->name});
      if (flow->id != name && flow->entity->name != name) continue;
      wanted.insert(flow->id);
      found = true;
    }
    if (found) continue;
    const auto near = schema::nearest(name, words);
    return fail(ErrorKind::not_found,
                near.empty()
                    ? fmt::format("there is no flow '{}'", name)
                    : fmt::format("there is no flow '{}'; did you mean '{}'?", name, near));
  }
  std::vector<const engine::Flow*> selected;
  for (const auto& flow : flows)
    if (names.empty() || wanted.count(flow->id)) selected.push_back(flow.get());
  return selected;
}

Result<std::shared_ptr<const Setup>> assemble(std::unique_ptr<config::Loaded> loaded, Clock& clock,
                                              const Log& log)
{
  auto setup = std::make_shared<Setup>();
  setup->loaded = std::move(loaded);
  setup->offset = offset_of(setup->config().timezone);
  TRY(setup->connectors, open_connectors(*setup->loaded, clock, log));
  for (const auto& settings : setup->config().flows) {
    TRY(auto flow, join(*setup, settings));
    setup->flows.push_back(std::move(flow));
  }
  return std::shared_ptr<const Setup>(std::move(setup));
}

Result<store::StoreOptions> store_options(const config::Loaded& loaded)
{
  store::StoreOptions options;
  options.path = loaded.config.store_path;
  if (const auto& database = loaded.config.store_database) {
    auto login = connectors::sql::login_of(*database, "gramsetu " + loaded.config.hub_name);
    if (!login) return within("store.postgresql", std::move(login.error()));
    options.postgresql = login->words;
    // A line that died in silence is noticed, and a standby is no place to write.
    options.postgresql.insert({{"keepalives_idle", "30"},
                               {"keepalives_interval", "10"},
                               {"keepalives_count", "3"},
                               {"tcp_user_timeout", "60000"},
                               {"target_session_attrs", "read-write"}});
    options.held = std::make_shared<const connectors::sql::Login>(std::move(*login));
  }
  for (const auto* entity : loaded.entities.all()) {
    store::View view{entity->name, {}};
    for (const auto& field : entity->fields)
      view.columns.push_back({field.name, is_integer(field.type)});
    options.views.push_back(std::move(view));
  }
  return options;
}

std::chrono::minutes offset_of(std::string_view timezone)
{
  using std::chrono::minutes;
  static constexpr std::array zero = {std::string_view("UTC"), std::string_view("Etc/UTC"),
                                      std::string_view("Z")};
  if (std::find(zero.begin(), zero.end(), timezone) != zero.end()) return minutes(0);
  const bool fixed =
      timezone.size() == 6 && (timezone[0] == '+' || timezone[0] == '-') && timezone[3] == ':';
  if (!fixed) return minutes(330);
  const auto digit = [&](std::size_t at) { return timezone[at] - '0'; };
  const minutes distance((digit(1) * 10 + digit(2)) * 60 + digit(4) * 10 + digit(5));
  return timezone[0] == '-' ? -distance : distance;
}

} // namespace gramsetu::runtime
