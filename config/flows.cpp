// From `flows:` to flows, parents' entities first.
#include "config/binding.hpp"
#include "config/check.hpp"
#include "config/values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gramsetu::config {

using connectors::Manifest;
using connectors::Stream;
using schema::Node;

namespace {

std::vector<std::string> stream_names(const Manifest& manifest, const std::string& entity)
{
  std::vector<std::string> names;
  for (const Stream& stream : manifest.streams)
    if (entity.empty() || stream.entity->name == entity) names.push_back(stream.name);
  return names;
}

class FlowBinding {
public:
  FlowBinding(Binding& binding, const std::string& entity, const Node::Entry& entry)
      : binding_(binding),
        entry_(entry),
        section_(&entry.value, *flow_options()),
        path_(fmt::format("flows.{}.{}", entity, entry.key))
  {
    flow_.entity = entity;
    flow_.endpoint = entry.key;
    flow_.id = entity + "@" + entry.key;
    flow_.place = entry.place;
  }

  FlowSettings bind()
  {
    const std::string direction = section_.text("direction");
    flow_.direction = direction == "both"   ? Direction::both
                      : direction == "push" ? Direction::push
                                            : Direction::pull;
    flow_.stream = section_.text("stream");
    flow_.rails = rails_of(section_.block("rails"), binding_.loaded.config.rails);
    bind_schedule();
    bind_stream();
    return std::move(flow_);
  }

private:
  static const Table* flow_options() { return operator_file().find("flows")->members; }

  void wrong(const schema::Place& place, std::string what, std::string right)
  {
    binding_.wrong(place, std::move(what), std::move(right));
  }

  void bind_schedule()
  {
    flow_.every = section_.duration("every");
    flow_.cron = section_.text("cron");
    flow_.window = read_window(section_.text("window"));
    flow_.jitter = section_.duration("jitter").value_or(std::chrono::milliseconds(0));
    flow_.lookback = section_.duration("lookback").value_or(std::chrono::milliseconds(0));
    if (section_.has("every") == section_.has("cron"))
      wrong(entry_.place,
            fmt::format("{} has {}", path_,
                        section_.has("every") ? "every and cron" : "neither every nor cron"),
            section_.has("every") ? "keep one of them" : "every: 15m");
    if (flow_.every && flow_.jitter >= *flow_.every && section_.has("jitter"))
      wrong(section_.node("jitter")->place, fmt::format("{}.jitter is not below its every", path_),
            fmt::format("less than {}", section_.text("every")));
  }

  void bind_stream()
  {
    if (!binding_.loaded.entities.find(flow_.entity)) return; // said of the entity
    const auto endpoint = binding_.loaded.config.endpoints.find(flow_.endpoint);
    if (endpoint == binding_.loaded.config.endpoints.end()) {
      std::vector<std::string> names;
      for (const auto& [name, settings] : binding_.loaded.config.endpoints)
        names.push_back(name);
      wrong(entry_.place,
            fmt::format("flow {} goes to '{}', which no endpoint is called", flow_.id,
                        flow_.endpoint),
            suggest(flow_.endpoint, names));
      return;
    }
    const auto& manifest = endpoint->second.manifest;
    if (!manifest || binding_.unread.contains(flow_.endpoint)) return; // said of the manifest
    if (const Stream* stream = stream_of(binding_.loaded.config, flow_))
      check_stream(*manifest, *stream);
    else
      no_stream(*manifest);
  }

  void no_stream(const Manifest& manifest)
  {
    const auto fitting = stream_names(manifest, flow_.entity);
    if (!flow_.stream.empty())
      wrong(section_.node("stream")->place,
            fmt::format("connector '{}' has no stream '{}' for {}", manifest.name, flow_.stream,
                        flow_.entity),
            suggest(flow_.stream, fitting));
    else
      wrong(entry_.place,
            fmt::format("connector '{}' has no stream for {}", manifest.name, flow_.entity),
            fmt::format("it has {}", fmt::join(stream_names(manifest, ""), ", ")));
  }

  void check_stream(const Manifest& manifest, const Stream& stream)
  {
    const bool pulls = flow_.direction != Direction::push;
    const bool pushes = flow_.direction != Direction::pull;
    // A block that only says how envelopes look is there for pushes.
    const auto says = [&](const char* key) { return stream.pull.find(key) != nullptr; };
    if (pulls && !says("request") && !says("path") && !says("stream") && !says("table"))
      wrong(entry_.place,
            fmt::format("flow {} pulls, but stream '{}' of connector '{}' has no pull", flow_.id,
                        stream.name, manifest.name),
            "direction: push, or a pull block in the manifest");
    const bool says_nothing = stream.push.entries.empty(); // which to a table is enough
    if (pushes && says_nothing && !(manifest.transport == "sql" && stream.push.is_map()))
      wrong(entry_.place,
            fmt::format("flow {} pushes, but stream '{}' of connector '{}' has no push", flow_.id,
                        stream.name, manifest.name),
            "direction: pull, or a push block in the manifest");
    else if (pushes && manifest.transport == "http" && !stream.push.find("create") &&
             !stream.push.find("update") && !stream.push.find("bulk"))
      wrong(entry_.place,
            fmt::format("flow {} pushes, but stream '{}' of connector '{}' neither creates nor "
                        "updates",
                        flow_.id, stream.name, manifest.name),
            "a create or update in the manifest's push block");
    check_area(stream);
  }

  // A stream that is read district by district has nothing to read in a hub without one.
  void check_area(const Stream& stream)
  {
    using Source = connectors::SliceDimension::Source;
    const Area& area = binding_.loaded.config.area;
    for (const auto& slice : stream.slices) {
      const bool state = slice.source == Source::area_state && area.state.empty();
      const bool district = slice.source == Source::area_district && area.district.empty();
      if (state || district)
        wrong(entry_.place,
              fmt::format("flow {} reads by the hub's {}, which hub.area does not name", flow_.id,
                          state ? "state" : "district"),
              state ? "hub: { area: { state: 19 } }" : "hub: { area: { district: 309 } }");
    }
  }

  Binding& binding_;
  const Node::Entry& entry_;
  Section section_;
  std::string path_;
  FlowSettings flow_;
};

} // namespace

std::string_view name_of(Direction direction)
{
  switch (direction) {
  case Direction::pull: return "pull";
  case Direction::push: return "push";
  case Direction::both: return "both";
  }
  return "";
}

const Stream* stream_of(const Config& config, const FlowSettings& flow)
{
  const auto endpoint = config.endpoints.find(flow.endpoint);
  if (endpoint == config.endpoints.end() || !endpoint->second.manifest) return nullptr;
  const Manifest& manifest = *endpoint->second.manifest;
  if (flow.stream.empty()) return manifest.stream_of(flow.entity);
  const auto& streams = manifest.streams;
  const auto found = std::find_if(streams.begin(), streams.end(), [&](const Stream& stream) {
    return stream.name == flow.stream && stream.entity->name == flow.entity;
  });
  return found == streams.end() ? nullptr : &*found;
}

void bind_flows(Binding& binding)
{
  const Node* flows = binding.root.node("flows");
  if (!flows) return;
  auto& config = binding.loaded.config;
  for (const auto& entity : flows->entries) {
    if (!binding.loaded.entities.find(entity.key))
      binding.wrong(entity.place, fmt::format("unknown entity '{}' in flows", entity.key),
                    suggest(entity.key, binding.loaded.entities.names()));
    for (const auto& entry : entity.value.entries)
      config.flows.push_back(FlowBinding(binding, entity.key, entry).bind());
  }
  std::map<std::string, std::size_t> rank;
  for (const auto* entity : binding.loaded.entities.all())
    rank.emplace(entity->name, rank.size());
  std::stable_sort(config.flows.begin(), config.flows.end(),
                   [&](const auto& a, const auto& b) { return rank[a.entity] < rank[b.entity]; });
}

} // namespace gramsetu::config
