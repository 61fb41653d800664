// What `gramsetu check` proves of the whole: rules where two sides write, no echo, tombstones that
// last.
#include "config/binding.hpp"

#include "config/values.hpp"
#include "daemon/schedule/cron.hpp"
#include "schema/merge.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gramsetu::config {

using connectors::Stream;
using schema::Entity;
using schema::Rule;
using schema::RuleKind;

namespace {

// Every field that two sides write has a rule that somebody chose, and that can decide between
// them.
class RuleProof {
public:
  RuleProof(Binding& binding, const Entity& entity) : binding_(binding), entity_(entity) {}

  void prove()
  {
    for (std::size_t field = 0; field < entity_.fields.size(); ++field) {
      const bool identity =
          std::find(entity_.key.begin(), entity_.key.end(), field) != entity_.key.end();
      if (!identity) prove_field(field);
    }
  }

private:
  void prove_field(std::size_t field)
  {
    std::vector<const FlowSettings*> writers;
    std::vector<std::string> sides;
    bool edited_here = false;
    for (const FlowSettings& flow : binding_.loaded.config.flows) {
      const Stream* stream =
          flow.entity == entity_.name ? stream_of(binding_.loaded.config, flow) : nullptr;
      if (!stream || binding_.unread.contains(flow.endpoint)) continue;
      if (pulls(flow) && stream->mapping->pulled()[field]) {
        writers.push_back(&flow);
        sides.push_back(flow.endpoint);
        // What goes both ways may be edited at the hub, or by another endpoint through it.
        edited_here = edited_here || (pushes(flow) && stream->mapping->pushed()[field]);
      }
    }
    if (edited_here) sides.push_back("local");
    if (sides.size() < 2) return;
    const Rule& rule = binding_.loaded.config.rule_of(entity_, field);
    if (!is_chosen(field))
      wrong(field, *writers.front(), sides, "and has no rule");
    else if (!can_decide(rule, sides) && !(is_own(field) && !names_somebody(rule))) // said of it
      wrong(field, *writers.front(), sides,
            fmt::format("and its rule '{}' names none of them", to_text(rule)));
    else
      prove_phases(field, *writers.front(), sides);
  }

  // A phase's rule takes the place of the default.
  void prove_phases(std::size_t field, const FlowSettings& flow,
                    const std::vector<std::string>& sides)
  {
    if (!binding_.loaded.config.is_phased(entity_, field)) return;
    for (const auto& [rank, rule] : entity_.phases->rules) {
      if (can_decide(rule, sides)) continue;
      const auto& state = entity_.fields[entity_.phases->field].choices[rank];
      return wrong(field, flow, sides,
                   fmt::format("and its rule '{}' of the phase '{}' names none of them",
                               to_text(rule), state));
    }
  }

  // The operator's rule is in force.
  bool is_own(std::size_t field) const
  {
    const auto& config = binding_.loaded.config;
    const auto& spec = entity_.fields[field];
    return config.is_own(entity_, spec.name) || (!spec.rule && config.is_own(entity_, ""));
  }

  bool is_chosen(std::size_t field) const
  {
    const auto& spec = entity_.fields[field];
    return spec.rule || spec.type == schema::FieldType::state || entity_.default_rule != Rule{} ||
           is_own(field);
  }

  // A rule that only names sides that do not write the field leaves everything to people, unsaid.
  bool can_decide(const Rule& rule, const std::vector<std::string>& sides) const
  {
    if (rule.kind != RuleKind::owner && rule.kind != RuleKind::prefer) return true;
    const auto& endpoints = binding_.loaded.config.endpoints;
    return std::any_of(rule.sides.begin(), rule.sides.end(), [&](const std::string& named) {
      return named == schema::kIssuer ||
             std::any_of(sides.begin(), sides.end(), [&](const std::string& side) {
               const auto endpoint = endpoints.find(side);
               return side == named ||
                      (endpoint != endpoints.end() && endpoint->second.role == named);
             });
    });
  }

  // Some side of the rule is part of this hub, in whatever flow.
  bool names_somebody(const Rule& rule) const
  {
    const auto& endpoints = binding_.loaded.config.endpoints;
    return std::any_of(rule.sides.begin(), rule.sides.end(), [&](const std::string& named) {
      return named == "local" || std::any_of(endpoints.begin(), endpoints.end(), [&](auto& e) {
               return e.first == named || e.second.role == named;
             });
    });
  }

  void wrong(std::size_t field, const FlowSettings& flow, const std::vector<std::string>& sides,
             std::string_view what)
  {
    const auto own = binding_.entity_rules.find(entity_.name);
    const std::string& name = entity_.fields[field].name;
    binding_.wrong(own == binding_.entity_rules.end() ? flow.place : own->second,
                   fmt::format("field '{}' of {} is written by {} {}", name, entity_.name,
                               fmt::join(sides, " and "), what),
                   fmt::format("conflicts: {{ {}: {{ fields: {{ {}: {{ prefer: [{}] }} }} }} }}",
                               entity_.name, name, fmt::join(sides, ", ")));
  }

  Binding& binding_;
  const Entity& entity_;
};

// A tombstone must outlive whatever can bring old data back.
void prove_tombstones(Binding& binding)
{
  const Config& config = binding.loaded.config;
  const auto lifetime = config.retention.tombstones;
  for (const FlowSettings& flow : config.flows) {
    const bool by_lookback = flow.lookback >= lifetime;
    if (!by_lookback && !(flow.every && *flow.every >= lifetime)) continue;
    binding.wrong(flow.place,
                  fmt::format("flow {} has {} {}, and tombstones are kept {} only: deleted records "
                              "would come back",
                              flow.id, by_lookback ? "lookback" : "every",
                              schema::write_duration(by_lookback ? flow.lookback : *flow.every),
                              schema::write_duration(lifetime)),
                  fmt::format("less, or a longer retention.tombstones"));
  }
}

// A stream that is read village by village reads nothing where nobody brings villages.
void prove_slices(Binding& binding)
{
  const auto& flows = binding.loaded.config.flows;
  for (const FlowSettings& flow : flows) {
    const Stream* stream = pulls(flow) ? stream_of(binding.loaded.config, flow) : nullptr;
    if (!stream) continue;
    for (const auto& slice : stream->slices) {
      if (slice.source != connectors::SliceDimension::Source::children) continue;
      const bool brought = std::any_of(flows.begin(), flows.end(), [&](const auto& other) {
        return other.entity == slice.entity && pulls(other);
      });
      if (brought || slice.entity.empty()) continue;
      binding.wrong(flow.place,
                    fmt::format("flow {} reads by {}, which no flow of this hub pulls: it would "
                                "read nothing",
                                flow.id, slice.entity),
                    fmt::format("flows: {{ {}: {{ ... }} }}", slice.entity));
    }
  }
}

std::int64_t runs_a_day(const FlowSettings& flow)
{
  using namespace std::chrono;
  const milliseconds open = flow.window
                                ? (flow.window->to - flow.window->from + 24h) % milliseconds(24h)
                                : milliseconds(24h);
  if (flow.every) return std::max<std::int64_t>(1, open / *flow.every);
  const auto cron = schedule::parse_cron(flow.cron);
  if (!cron) return 0;
  std::int64_t runs = 0;
  const Instant start{}, end = start + days(28); // weekdays count, on the average
  for (auto at = schedule::next_after(*cron, start, 0min); at && *at <= end;
       at = schedule::next_after(*cron, *at, 0min))
    ++runs;
  return (runs + 27) / 28;
}

// An endpoint whose manifest knows a quota of calls must not be asked more often than that.
void prove_quota(Binding& binding)
{
  const Config& config = binding.loaded.config;
  for (const auto& [name, endpoint] : config.endpoints) {
    const auto option = endpoint.options.find("quota_per_day");
    const auto quota =
        option == endpoint.options.end() ? std::nullopt : schema::read_integer(option->second);
    if (!quota || *quota <= 0) continue;
    std::int64_t runs = 0;
    for (const FlowSettings& flow : config.flows)
      if (flow.endpoint == name) runs += runs_a_day(flow);
    if (runs > *quota)
      binding.wrong(binding.endpoint_places[name],
                    fmt::format("the flows of {} start {} times a day, one call each at the least, "
                                "and its quota is {} calls",
                                name, runs, *quota),
                    "longer intervals, or a larger options.quota_per_day");
  }
}

} // namespace

void prove(Binding& binding)
{
  for (const Entity* entity : binding.loaded.entities.all())
    RuleProof(binding, *entity).prove();
  prove_no_echo(binding);
  prove_tombstones(binding);
  prove_slices(binding);
  prove_quota(binding);
}

} // namespace gramsetu::config
