// Reading a manifest's http blocks.
#include "connectors/http/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

namespace gramsetu::connectors::http {

using schema::Node;

namespace {

using Names = std::vector<std::string>;

Names common_names(const Manifest& manifest)
{
  Names names = {"hub", "now", "request_id"};
  for (const ManifestOption& option : manifest.options)
    names.push_back("options." + option.name);
  return names;
}

Names with(Names names, const Names& more)
{
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

Names slice_names(const Stream& stream)
{
  Names names;
  for (const SliceDimension& dimension : stream.slices)
    names.push_back("slice." + dimension.name);
  return names;
}

// A key of several parts can be written part by part: "{key.plan_code}".
Names key_names(const Stream& stream)
{
  Names names;
  for (const std::size_t field : stream.entity->key)
    names.push_back("key." + stream.entity->fields[field].name);
  return names;
}

void read_cursor(const Node& pull, PullPlan& plan, NodeReader& reader)
{
  const Node* cursor = pull.find("cursor");
  if (!cursor) return;
  if (cursor->is_map()) {
    reader.only(*cursor, {"field", "type", "param", "format"}, "'cursor'");
    plan.since = reader.text(*cursor, "param");
    plan.since_format = reader.text(*cursor, "format");
  }
  if (plan.since.empty() && !plan.request.uses("since"))
    reader.wrong(cursor->place, "the cursor is never sent",
                 "name its 'param', or write {since} into the request");
}

std::vector<std::pair<std::string, Template>> read_members(const Node& pull, std::string_view key,
                                                           const Names& names, NodeReader& reader)
{
  std::vector<std::pair<std::string, Template>> members;
  const Node* block = reader.block(pull, key);
  if (!block) return members;
  for (const auto& entry : block->entries)
    members.emplace_back(entry.key, Template::read(entry.value, names, reader));
  return members;
}

// `format: csv`, or a block with the word and what else is to be said of it.
void read_answer(const Node& pull, PullPlan& plan, NodeReader& reader)
{
  plan.records = reader.text(pull, "records");
  const Node* given = pull.find("format");
  if (!given) return;
  Node block = pull;
  if (given->is_map()) {
    block = *given;
    reader.only(block, formats::format_words(), "'format'");
    if (block.find("records"))
      reader.wrong(block.find("records")->place, "'records' stands beside 'format', not in it");
  }
  if (reader.choice(block, "format", {"json", "csv", "ndjson", "xml"}) == "json") return;
  if (given->is_map()) {
    for (const Node::Entry& entry : pull.entries)
      if (entry.key == "records") block.entries.push_back(entry);
  }
  plan.format = formats::read_format(block, reader, {"csv", "ndjson", "xml"});
}

// Lines have nothing around them: what a page says of the next one can only stand in a header.
void check_lines(const Node& pull, const PullPlan& plan, NodeReader& reader)
{
  if (!plan.format || plan.format->format == formats::Format::xml) return;
  const PagesPlan& pages = plan.pages;
  const bool around = !plan.records.empty() || !pages.total.empty() || !pages.last_page.empty() ||
                      !pages.next.empty() || !pages.more.empty();
  if (around)
    reader.wrong(pull.place, "CSV and NDJSON have no place for 'records', totals or next pages",
                 "pages by offset, page or link_header");
}

// What one answer's tag says nothing about must not be left unread for its sake.
void check_conditional(const Stream& stream, const PullPlan& plan, NodeReader& reader)
{
  const schema::Place& place = stream.pull.find("conditional")->place;
  if (plan.pages.by != PagesPlan::By::none)
    reader.wrong(place, "the tag of one page says nothing of the others", "leave 'pages' out");
  if (stream.pull.find("cursor") || plan.delta)
    reader.wrong(place, "'conditional' is for what is read whole each time",
                 "leave 'cursor' and 'window' out");
  if (stream.absences > 1)
    reader.wrong(place, "a list that did not change is not sent again, so nothing is absent twice",
                 "absences: 1");
}

std::optional<PullPlan> read_pull(const Stream& stream, const Plan& plan, const Names& names,
                                  NodeReader& reader)
{
  const Node& node = stream.pull;
  reader.only(node,
              {"request", "records", "pages", "cursor", "deletes", "version", "modified", "id",
               "success", "add", "only", "accepted", "format", "window", "conditional",
               "attachment"},
              fmt::format("'pull' of stream '{}'", stream.name));
  PullPlan pull;
  pull.rules = plan.rules;
  if (auto success = read_success(node, reader)) pull.rules.success = success;
  read_answer(node, pull, reader);
  const Names all = with(with(names, slice_names(stream)), {"since"});
  pull.pages = read_pages(node, all, reader);
  const Node* request = node.find("request");
  if (!request) {
    if (!node.find("records") && !node.find("pages")) return std::nullopt; // write-only
    reader.wrong(node.place, fmt::format("'pull' of stream '{}' has no request", stream.name),
                 "request: { method: GET, path: /v1/records }");
    return std::nullopt;
  }
  pull.request = read_request(*request, "GET", all, reader);
  check_lines(node, pull, reader);
  pull.add = read_members(node, "add", all, reader);
  pull.only = read_members(node, "only", all, reader);
  if (const Node* accepted = reader.block(node, "accepted"))
    pull.later = read_later(*accepted, names, reader);
  read_cursor(node, pull, reader);
  pull.delta = read_delta(node, reader);
  if (pull.delta && pull.delta->start && stream.deletes == Deletes::snapshot)
    reader.wrong(node.find("window")->place,
                 "a first reading that begins at 'start' does not show what was deleted",
                 "deletes: never, or no 'start'");
  pull.conditional = reader.flag(node, "conditional").value_or(false);
  if (pull.conditional) check_conditional(stream, pull, reader);
  return pull;
}

void put_in_envelope(StreamPlan& stream, const std::function<void(RequestPlan&)>& put)
{
  if (stream.pull) put(stream.pull->request);
  if (stream.pull && stream.pull->later && stream.pull->later->status)
    put(*stream.pull->later->status);
  PushPlan& push = stream.push;
  for (auto* write : {&push.create, &push.update, &push.remove})
    if (*write) put((*write)->request);
  if (push.bulk) put(push.bulk->request);
  if (push.later && push.later->status) put(*push.later->status);
  if (!push.probe) return;
  if (push.probe->by_id) put(push.probe->by_id->request);
  if (push.probe->by_key) put(push.probe->by_key->request);
}

// Whatever has a body of JSON goes in it.
void put_in_envelope(Plan& plan, const std::shared_ptr<const JsonTemplate>& envelope)
{
  const auto put = [&](RequestPlan& request) {
    if (request.method != "GET" && request.content == Content::json) request.envelope = envelope;
  };
  if (plan.reach) put(*plan.reach);
  for (auto& [name, stream] : plan.streams)
    put_in_envelope(stream, put);
}

bool says_etag(const Node& pull)
{
  const Node* version = pull.find("version");
  return version && version->is_scalar() && version->scalar == "etag";
}

} // namespace

Plan read_plan(const Manifest& manifest, std::vector<schema::Finding>& findings)
{
  NodeReader reader(findings);
  Plan plan;
  const Names names = common_names(manifest);
  reader.only(
      manifest.common,
      {"headers", "success", "reach", "envelope", "token", "signature", "seal", "compression"},
      "the manifest");
  plan.rules.errors = read_rules(manifest.errors, reader);
  plan.rules.success = read_success(manifest.common, reader);
  if (const Node* headers = reader.block(manifest.common, "headers")) {
    for (const auto& entry : headers->entries)
      plan.headers.push_back({entry.key, Template::read(entry.value, names, reader)});
  }
  if (const Node* reach = manifest.common.find("reach"))
    plan.reach = read_request(*reach, "GET", names, reader);
  for (const Stream& stream : manifest.streams) {
    StreamPlan made;
    made.etag = says_etag(stream.pull);
    made.pull = read_pull(stream, plan, names, reader);
    if (stream.push.is_map())
      made.push = read_push(stream.push, plan.rules, with(names, key_names(stream)), reader);
    plan.streams.emplace(stream.name, std::move(made));
  }
  plan.token = reader.text(manifest.common, "token");
  plan.signature = read_signature(manifest.common, reader);
  plan.seal = seal::read_seal(manifest.common, reader);
  if (manifest.common.find("compression"))
    plan.gzip = reader.choice(manifest.common, "compression", {"none", "gzip"}) == "gzip";
  if (const Node* envelope = reader.block(manifest.common, "envelope"))
    put_in_envelope(plan, std::make_shared<JsonTemplate>(read_template(*envelope, names, reader)));
  return plan;
}

} // namespace gramsetu::connectors::http
