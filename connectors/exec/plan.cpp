// Reading a manifest's exec blocks.
#include "connectors/exec/plan.hpp"

#include "connectors/exec/blanks.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::exec {

using schema::Node;
using schema::Object;
using schema::Value;

namespace {

using Names = std::set<std::string>;

const std::vector<std::string> kTypes = {"string", "integer", "number", "boolean",
                                         "array",  "object",  "date",   "date-time"};

Names open_names(const Manifest& manifest, bool reads)
{
  Names names = {"path", "hub"};
  for (const auto& option : manifest.options)
    names.insert("options." + option.name);
  if (!reads) return names; // a batch is of no slice
  for (const auto& stream : manifest.streams)
    for (const auto& dimension : stream.slices)
      names.insert("slice." + dimension.name);
  return names;
}

Names all_names(const Manifest& manifest, bool reads)
{
  Names names = open_names(manifest, reads);
  for (const auto* name : {"user", "password", "token", "key", "client_id", "client_secret"})
    names.insert(std::string("auth.") + name);
  return names;
}

class PlanReader {
public:
  PlanReader(const Manifest& manifest, NodeReader& reader) : manifest_(manifest), reader_(reader) {}

  Plan read()
  {
    reader_.only(manifest_.common, {"tap", "target"}, "the manifest");
    if (manifest_.errors.is_list())
      reader_.wrong(manifest_.errors.place, "a program answers with no errors to have rules for");
    Plan plan;
    if (const Node* tap = reader_.block(manifest_.common, "tap")) plan.tap = read_tap(*tap);
    if (const Node* target = reader_.block(manifest_.common, "target")) {
      reader_.only(*target, {"command", "config", "limits"}, "'target'");
      plan.target.emplace();
      read_program(*target, "target", *plan.target);
    }
    if (!plan.tap && !plan.target)
      reader_.wrong(manifest_.place, "the manifest names neither a tap nor a target",
                    "tap: { command: [ tap-csv ], config: { ... } }");
    for (const Stream& stream : manifest_.streams)
      plan.streams[stream.name] = read_stream(stream, plan);
    return plan;
  }

private:
  void read_program(const Node& block, const std::string& what, ProgramPlan& plan)
  {
    const Node* command = block.find("command");
    for (const auto& word : reader_.texts(block, "command")) {
      Node part;
      part.kind = Node::Kind::scalar;
      part.place = command->place;
      part.scalar = word;
      check_blanks(part, open_names(manifest_, what == "tap"), reader_);
      plan.command.push_back(std::move(part));
    }
    if (plan.command.empty())
      reader_.wrong(block.place, fmt::format("'{}' names no program", what),
                    "command: [ tap-csv ]");
    plan.config.kind = Node::Kind::map;
    if (const Node* config = reader_.block(block, "config")) plan.config = *config;
    check_blanks(plan.config, all_names(manifest_, what == "tap"), reader_);
    if (const Node* limits = reader_.block(block, "limits")) read_limits(*limits, plan);
  }

  void read_limits(const Node& block, ProgramPlan& plan)
  {
    reader_.only(block, {"memory", "file", "cpu", "open_files", "line"}, "'limits'");
    plan.bounds.memory = size(block, "memory", plan.bounds.memory);
    plan.bounds.file_bytes = size(block, "file", plan.bounds.file_bytes);
    plan.line_bytes = size(block, "line", plan.line_bytes);
    if (const auto cpu = reader_.duration(block, "cpu"))
      plan.bounds.cpu_seconds =
          std::max<std::uint64_t>(1, static_cast<std::uint64_t>(cpu->count()) / 1'000);
    if (const auto files = reader_.integer(block, "open_files", 8))
      plan.bounds.open_files = static_cast<std::uint64_t>(*files);
  }

  std::uint64_t size(const Node& block, std::string_view key, std::uint64_t otherwise)
  {
    const Node* node = block.find(key);
    if (!node) return otherwise;
    const auto value = node->is_scalar() ? schema::read_size(node->scalar) : std::nullopt;
    if (value && *value > 0) return *value;
    reader_.wrong(node->place, fmt::format("'{}' must be a size", key), "64KiB, 512MiB or 2GiB");
    return otherwise;
  }

  TapPlan read_tap(const Node& block)
  {
    reader_.only(block, {"command", "config", "limits", "catalog", "properties"}, "'tap'");
    TapPlan plan;
    read_program(block, "tap", plan);
    for (const auto* word : {"catalog", "properties"}) {
      const Node* catalog = block.find(word);
      if (!catalog) continue;
      if (!plan.catalog_flag.empty())
        reader_.wrong(catalog->place, "'tap' has a catalog and properties", "one of them");
      plan.catalog_flag = std::string("--") + word;
      plan.discovers = catalog->is_scalar() && catalog->scalar == "discover";
      plan.catalog = *catalog;
      if (!plan.discovers && !catalog->is_map())
        reader_.wrong(catalog->place, fmt::format("'{}' is no catalog", word),
                      "discover, or { streams: [ ... ] }");
    }
    check_blanks(plan.catalog, open_names(manifest_, true), reader_);
    return plan;
  }

  StreamPlan read_stream(const Stream& stream, const Plan& plan)
  {
    StreamPlan made;
    made.pull = read_pull(stream);
    if (!made.pull.stream.empty() && !plan.tap)
      reader_.wrong(stream.pull.place,
                    fmt::format("stream '{}' is pulled, and no tap is named", stream.name),
                    "tap: { command: [ tap-csv ] }");
    if (stream.push.is_map()) made.push = read_push(stream);
    if (made.push && !plan.target)
      reader_.wrong(stream.push.place,
                    fmt::format("stream '{}' is pushed, and no target is named", stream.name),
                    "target: { command: [ target-jsonl ] }");
    return made;
  }

  PullPlan read_pull(const Stream& stream)
  {
    const Node& block = stream.pull;
    reader_.only(block,
                 {"stream", "keys", "complete", "replication", "id", "version", "modified",
                  "cursor", "deletes", "attachment"},
                 fmt::format("pull of stream '{}'", stream.name));
    if (!stream.cursor_type.empty() && stream.cursor_type != kStateCursor)
      reader_.wrong(block.find("cursor")->place, "a tap goes on from its own state",
                    "cursor: state");
    PullPlan plan;
    plan.stream = reader_.text(block, "stream");
    if (plan.stream.empty() && !block.entries.empty())
      reader_.wrong(
          block.place,
          fmt::format("pull of stream '{}' does not say what the tap calls it", stream.name),
          fmt::format("stream: {}", stream.name));
    plan.keys = reader_.texts(block, "keys");
    plan.by_version = reader_.choice(block, "complete", {"exit", "activate_version"}) != "exit";
    if (const Node* replication = reader_.block(block, "replication")) {
      reader_.only(*replication, {"method", "key"}, "'replication'");
      plan.method =
          reader_.choice(*replication, "method", {"FULL_TABLE", "INCREMENTAL", "LOG_BASED"});
      plan.method_key = reader_.text(*replication, "key");
    }
    return plan;
  }

  PushPlan read_push(const Stream& stream)
  {
    const Node& block = stream.push;
    const std::string what = fmt::format("push of stream '{}'", stream.name);
    reader_.only(
        block,
        {"stream", "keys", "schema", "upserts", "idempotency", "deletes", "batch", "retention"},
        what);
    PushPlan plan;
    plan.stream = reader_.text(block, "stream", stream.name);
    plan.keys = reader_.texts(block, "keys");
    plan.upserts = reader_.flag(block, "upserts").value_or(false);
    plan.idempotency = reader_.text(block, "idempotency");
    if (const Node* deletes = reader_.block(block, "deletes")) {
      reader_.only(*deletes, {"field"}, "'deletes'");
      plan.deleted_field = reader_.text(*deletes, "field");
    }
    plan.batch = static_cast<std::size_t>(reader_.integer(block, "batch", 1).value_or(1'000));
    plan.retention = reader_.duration(block, "retention").value_or(kUnstatedRetention);
    read_properties(block, what, plan);
    return plan;
  }

  void read_properties(const Node& block, const std::string& what, PushPlan& plan)
  {
    const Node* schema = reader_.block(block, "schema");
    if (!schema) {
      reader_.wrong(block.place, what + " has no schema",
                    "schema: { voucher_id: string, amount: number }");
      return;
    }
    for (const auto& entry : schema->entries) {
      const bool is_key =
          std::find(plan.keys.begin(), plan.keys.end(), entry.key) != plan.keys.end();
      plan.properties.set(entry.key, property(entry, is_key));
    }
    if (plan.keys.empty() && plan.upserts)
      reader_.wrong(block.place, what + " upserts by no key", "keys: [ voucher_id ]");
    for (const auto& key : plan.keys)
      if (!plan.properties.find(key))
        reader_.wrong(block.find("keys")->place, fmt::format("key '{}' is not in the schema", key));
    if (!plan.idempotency.empty()) plan.properties.set(plan.idempotency, of_type("string", true));
    if (!plan.deleted_field.empty())
      plan.properties.set(plan.deleted_field, of_type("date-time", true));
  }

  Value property(const schema::Node::Entry& entry, bool is_key)
  {
    if (entry.value.is_map()) return to_value(entry.value, {}).value_or(Value());
    const std::string& word = entry.value.scalar;
    if (std::find(kTypes.begin(), kTypes.end(), word) == kTypes.end())
      reader_.wrong(entry.value.place, fmt::format("'{}' is no type", word),
                    "string, integer, number, boolean, array, object, date or date-time");
    return of_type(word, !is_key);
  }

  // The type as JSON Schema has it; all but the keys may be empty.
  static Value of_type(const std::string& word, bool may_be_null)
  {
    const bool is_time = word == "date" || word == "date-time";
    schema::List types = {Value(is_time ? std::string("string") : word)};
    if (may_be_null) types.emplace_back("null");
    Object made;
    made.append("type", Value(std::move(types)));
    if (is_time) made.append("format", word);
    return Value(std::move(made));
  }

  const Manifest& manifest_;
  NodeReader& reader_;
};

} // namespace

Plan read_plan(const Manifest& manifest, NodeReader& reader)
{
  return PlanReader(manifest, reader).read();
}

} // namespace gramsetu::connectors::exec
