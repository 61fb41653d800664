// Reading the `push` block of a stream.
#include "connectors/http/push_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

using schema::Node;

namespace {

using Names = std::vector<std::string>;

std::optional<WritePlan> read_write(const Node& push, const std::string& verb, const Names& names,
                                    NodeReader& reader)
{
  const Node* node = push.find(verb);
  if (!node) return std::nullopt;
  const std::string method = verb == "create" ? "POST" : verb == "update" ? "PUT" : "DELETE";
  WritePlan plan;
  plan.request =
      read_request(*node, method, names, reader, {"body", "key", "version", "sends", "unnamed"});
  plan.sends = plan.request.method != "DELETE";
  if (!node->is_map()) return plan;
  plan.body = reader.text(*node, "body");
  plan.key = reader.text(*node, "key");
  plan.version = reader.text(*node, "version");
  plan.sends = reader.flag(*node, "sends").value_or(plan.sends);
  reader.choice(*node, "unnamed", {"kept", "cleared"}); // masking (connectors/wrap) goes by it
  const bool xml = plan.request.content == Content::xml;
  if (plan.sends && (plan.request.document || xml) && plan.body.empty())
    reader.wrong(node->place,
                 "a document is sent around the record, so 'body' must say where it goes",
                 "body: /record");
  return plan;
}

Slot read_slot(const Node& push, const std::string& key, NodeReader& reader, const Names& more = {})
{
  Slot slot;
  const Node* node = push.find(key);
  if (!node) return slot;
  if (key == "if_match" && node->is_scalar() && node->scalar == "version") {
    slot.header = "If-Match";
    return slot;
  }
  std::size_t ways = 0;
  if (node->is_map()) {
    Names known = {"header", "field", "query"};
    known.insert(known.end(), more.begin(), more.end());
    reader.only(*node, known, fmt::format("'{}'", key));
    slot = {reader.text(*node, "header"), reader.text(*node, "field"), reader.text(*node, "query")};
    for (const auto* way : {&slot.header, &slot.field, &slot.query})
      ways += way->empty() ? 0 : 1;
  }
  if (ways != 1)
    reader.wrong(node->place, fmt::format("'{}' must say where it goes, in one way", key),
                 "{ header: NAME }, { field: /pointer } or { query: NAME }");
  return slot;
}

// Where the key goes, and for how long it is good. A stream that is only written in bulk has its keys there,
// and says no more here than the time.
void read_idempotency(const Node& push, PushPlan& plan, NodeReader& reader)
{
  const Node* node = push.find("idempotency");
  if (!node) return;
  const auto retention = node->is_map() ? reader.duration(*node, "retention") : std::nullopt;
  plan.retention = retention.value_or(kUnstatedRetention);
  const bool in_bulk =
      plan.bulk && (!plan.bulk->idempotency.empty() || plan.bulk->batch_key.given());
  if (in_bulk && retention && node->entries.size() == 1) return;
  plan.idempotency = read_slot(push, "idempotency", reader, {"retention"});
}

const std::vector<std::pair<std::string, Verb>> kVerbs = {
    {"create", Verb::create}, {"update", Verb::update}, {"delete", Verb::remove}};

void read_verbs(const Node& node, const PushPlan& push, BulkPlan& bulk, NodeReader& reader)
{
  for (const std::string& word : reader.texts(node, "verbs")) {
    const auto found = std::find_if(kVerbs.begin(), kVerbs.end(),
                                    [&](const auto& row) { return row.first == word; });
    if (found == kVerbs.end())
      reader.wrong(node.find("verbs")->place, fmt::format("'{}' is no verb", word),
                   "create, update, delete");
    else
      bulk.verbs.push_back(found->second);
  }
  if (node.find("verbs")) return;
  if (push.create) bulk.verbs.push_back(Verb::create);
  if (push.update) bulk.verbs.push_back(Verb::update);
}

// How an item of the batch is made.
void read_item(const Node& node, BulkPlan& bulk, NodeReader& reader)
{
  const Node* item = reader.block(node, "item");
  if (!item) return;
  reader.only(*item, {"body", "id", "key", "idempotency", "version", "operation", "operations"},
              "'item'");
  bulk.body = reader.text(*item, "body");
  bulk.id = reader.text(*item, "id");
  bulk.key = reader.text(*item, "key");
  bulk.idempotency = reader.text(*item, "idempotency");
  bulk.expected = reader.text(*item, "version");
  bulk.operation = reader.text(*item, "operation");
  const Node* words = reader.block(*item, "operations");
  if (!words) return;
  reader.only(*words, {"create", "update", "delete"}, "'operations'");
  for (const auto& [word, verb] : kVerbs) {
    if (const Node* said = words->find(word)) bulk.operations[verb] = plain_json(*said);
  }
}

// How a result is told apart and read. What was asked first is taken or not as a whole.
void read_result(const Node& node, BulkPlan& bulk, bool asks_first, NodeReader& reader)
{
  bulk.results = reader.text(node, "results");
  bulk.error = reader.text(node, "error");
  bulk.code = reader.text(node, "code");
  bulk.moved = reader.texts(node, "moved");
  bulk.retry = reader.texts(node, "retry");
  bulk.gone = reader.texts(node, "not_found");
  bulk.result_key = reader.text(node, "key");
  bulk.result_version = reader.text(node, "version");
  const Node* match = reader.block(node, "match");
  if (asks_first) {
    if (match || !bulk.results.empty())
      reader.wrong(node.place, "with 'dry_run' an answer is about the batch as a whole",
                   "'bulk' without results and match, and 'success' in 'push'");
    return;
  }
  if (!match) {
    reader.wrong(node.place, "'bulk' does not say which result belongs to which item",
                 "match: { result: /requestId, by: idempotency_key }");
    return;
  }
  reader.only(*match, {"result", "by"}, "'match'");
  bulk.match = reader.text(*match, "result");
  bulk.match_by = reader.choice(*match, "by", {"idempotency_key", "key", "id", "index"});
  if (bulk.match.empty()) reader.wrong(match->place, "'match' names no pointer in a result");
}

std::optional<BulkPlan> read_bulk(const Node& push, const PushPlan& plan, const Names& names,
                                  NodeReader& reader)
{
  const Node* node = reader.block(push, "bulk");
  if (!node) return std::nullopt;
  BulkPlan bulk;
  bulk.request =
      read_request(*node, "POST", names, reader,
                   {"max", "verbs", "items", "item", "results", "match", "error", "code", "moved",
                    "retry", "not_found", "key", "version", "all_or_nothing", "idempotency"});
  const auto max = reader.integer(*node, "max", 1);
  bulk.max = static_cast<std::size_t>(std::min<std::int64_t>(max.value_or(100), 10'000));
  bulk.items = reader.text(*node, "items");
  read_verbs(*node, plan, bulk, reader);
  read_item(*node, bulk, reader);
  read_result(*node, bulk, plan.dry_run.given(), reader);
  bulk.all_or_nothing = reader.flag(*node, "all_or_nothing").value_or(false);
  bulk.batch_key = read_slot(*node, "idempotency", reader);
  const bool creates =
      std::find(bulk.verbs.begin(), bulk.verbs.end(), Verb::create) != bulk.verbs.end();
  if (bulk.match_by == "id" && creates)
    reader.wrong(node->place, "what is created has no id yet that its result could be told by",
                 "match: { by: key }, or verbs: [update]");
  return bulk;
}

ProbeWay read_way(const Node& node, const Names& names, NodeReader& reader, const Names& more)
{
  ProbeWay way{read_request(node, "GET", names, reader, more), ""};
  if (node.is_map()) way.record = reader.text(node, "record");
  return way;
}

std::optional<ProbePlan> read_probe(const Node& push, const Names& names, NodeReader& reader)
{
  const Node* node = push.find("probe");
  if (!node) return std::nullopt;
  ProbePlan probe;
  if (node->is_map())
    probe.lag = reader.duration(*node, "lag").value_or(std::chrono::milliseconds(0));
  if (node->is_map() && (node->find("by_id") || node->find("by_key"))) {
    reader.only(*node, {"by_id", "by_key", "lag"}, "'probe'");
    if (const Node* by = node->find("by_id"))
      probe.by_id = read_way(*by, names, reader, {"record"});
    if (const Node* by = node->find("by_key"))
      probe.by_key = read_way(*by, names, reader, {"record"});
    return probe;
  }
  ProbeWay way = read_way(*node, names, reader, {"record", "lag"});
  (way.request.uses("id") ? probe.by_id : probe.by_key) = std::move(way);
  return probe;
}

Names with(Names names, std::initializer_list<std::string> more)
{
  names.insert(names.end(), more);
  return names;
}

} // namespace

PushPlan read_push(const Node& push, const Rules& common, const Names& names, NodeReader& reader)
{
  reader.only(push,
              {"create", "update", "delete", "bulk", "probe", "if_match", "idempotency", "success",
               "accepted", "dry_run"},
              "'push'");
  PushPlan plan;
  plan.dry_run = read_slot(push, "dry_run", reader);
  if (!plan.dry_run.field.empty())
    reader.wrong(push.find("dry_run")->place, "a dry run is asked for in the query or a header",
                 "dry_run: { query: dryRun }");
  plan.rules = common;
  if (auto success = read_success(push, reader)) plan.rules.success = success;
  const Names record = with(names, {"id", "key", "version", "idempotency_key"});
  plan.create = read_write(push, "create", record, reader);
  plan.update = read_write(push, "update", record, reader);
  plan.remove = read_write(push, "delete", record, reader);
  plan.bulk = read_bulk(push, plan, with(names, {"idempotency_key"}), reader);
  plan.probe = read_probe(push, with(names, {"id", "key"}), reader);
  plan.if_match = read_slot(push, "if_match", reader);
  read_idempotency(push, plan, reader);
  const Node* accepted = push.find("accepted");
  if (accepted && accepted->is_map())
    plan.later = read_later(*accepted, names, reader);
  else if (accepted)
    plan.accepted_is_done = reader.choice(push, "accepted", {"unknown", "done"}) == "done";
  return plan;
}

} // namespace gramsetu::connectors::http
