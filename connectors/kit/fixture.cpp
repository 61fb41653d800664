// Reading a fixture.
#include "connectors/kit/fixture.hpp"

#include "connectors/api/node_reader.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace gramsetu::connectors::kit {

using schema::Node;

namespace {

const std::vector<std::string> kVerbs = {"create", "update", "remove"};
const std::vector<std::string> kOutcomes = {"applied", "not_sent", "refused", "moved", "unknown"};

std::vector<std::string> lines_of(const std::string& text)
{
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    if (line.find_first_not_of(" \t\r") != line.npos) lines.push_back(line);
    at = end + 1;
  }
  return lines;
}

// The comment that a file begins with.
std::string notes_of(const std::string& path)
{
  std::ifstream file(path);
  std::string notes, line;
  while (std::getline(file, line) && line.starts_with("#"))
    notes += line + "\n";
  return notes;
}

class FixtureReader {
public:
  FixtureReader(const Manifest& manifest, std::vector<schema::Finding>& findings)
      : manifest_(manifest), reader_(findings)
  {
  }

  void read(const Node& document, Fixture& fixture)
  {
    reader_.only(document,
                 {"stream", "hub", "options", "slice", "pull", "push", "probe", "exchanges",
                  "files", "messages", "script", "written"},
                 "a fixture");
    fixture.stream = reader_.text(document, "stream");
    const bool known = std::any_of(manifest_.streams.begin(), manifest_.streams.end(),
                                   [&](const auto& one) { return one.name == fixture.stream; });
    if (!known)
      reader_.wrong(document.place,
                    fmt::format("the fixture is of stream '{}', which '{}' does not have",
                                fixture.stream, manifest_.name));
    fixture.hub = reader_.text(document, "hub", fixture.hub);
    fixture.options = texts_of(document, "options");
    fixture.slice = texts_of(document, "slice");
    fixture.files = texts_of(document, "files");
    fixture.messages = reader_.text(document, "messages");
    fixture.script = reader_.text(document, "script");
    fixture.written = texts_of(document, "written");
    if (const Node* pull = reader_.block(document, "pull")) fixture.pull = pull_of(*pull);
    for_each(document, "push", [&](const Node& node) { fixture.push.push_back(push_of(node)); });
    for_each(document, "probe", [&](const Node& node) { fixture.probe.push_back(probe_of(node)); });
    for_each(document, "exchanges",
             [&](const Node& node) { fixture.exchanges.push_back(exchange_of(node)); });
    if (!fixture.pull && fixture.push.empty() && fixture.probe.empty())
      reader_.wrong(document.place, "the fixture does nothing", "pull, push or probe");
  }

private:
  template <typename Take>
  void for_each(const Node& map, const char* key, Take take)
  {
    const Node* list = map.find(key);
    if (!list) return;
    if (!list->is_list()) return reader_.wrong(list->place, fmt::format("'{}' is no list", key));
    for (const Node& item : list->items) {
      if (item.is_map())
        take(item);
      else
        reader_.wrong(item.place, fmt::format("an item of '{}' is no block of keys", key));
    }
  }

  std::map<std::string, std::string> texts_of(const Node& map, const char* key)
  {
    std::map<std::string, std::string> texts;
    for (const auto& [name, value] : pairs_of(map, key))
      texts[name] = value;
    return texts;
  }

  Pairs pairs_of(const Node& map, const char* key)
  {
    Pairs pairs;
    if (const Node* block = reader_.block(map, key))
      for (const auto& entry : block->entries)
        pairs.emplace_back(entry.key, reader_.text(*block, entry.key));
    return pairs;
  }

  // Canonical JSON, as this program writes it.
  std::string record_of(const Node& map)
  {
    const auto text = reader_.text(map, "record");
    if (text.empty()) return text;
    const auto value = schema::parse_json(text);
    if (value) return schema::to_json(*value);
    reader_.wrong(map.find("record")->place, "the record is no JSON: " + value.error().what);
    return {};
  }

  PullStep pull_of(const Node& node)
  {
    reader_.only(
        node, {"since", "pages", "fails", "records", "deleted", "quarantined", "unknown", "cursor"},
        "'pull'");
    PullStep step;
    step.fails = reader_.text(node, "fails");
    step.since = reader_.text(node, "since");
    step.pages = static_cast<std::size_t>(reader_.integer(node, "pages", 1).value_or(0));
    for (const auto& line : lines_of(reader_.text(node, "records"))) {
      const auto value = schema::parse_json(line);
      if (value)
        step.outcome.records.push_back(schema::to_json(*value));
      else
        reader_.wrong(node.find("records")->place, "a record is no JSON: " + value.error().what,
                      "one record a line");
    }
    step.outcome.deleted = reader_.texts(node, "deleted");
    step.outcome.unknown = reader_.texts(node, "unknown");
    step.outcome.cursor = reader_.text(node, "cursor");
    for_each(node, "quarantined", [&](const Node& item) {
      reader_.only(item, {"pointer", "code"}, "an item of 'quarantined'");
      step.outcome.quarantined.push_back(
          {reader_.text(item, "pointer"), reader_.text(item, "code")});
    });
    return step;
  }

  PushStep push_of(const Node& node)
  {
    reader_.only(node,
                 {"verb", "key", "id", "version", "record", "outcome", "new_id", "new_version"},
                 "an item of 'push'");
    PushStep step;
    const auto verb = reader_.choice(node, "verb", kVerbs);
    step.verb = verb == "create" ? Verb::create : verb == "update" ? Verb::update : Verb::remove;
    step.key = reader_.text(node, "key");
    step.id = reader_.text(node, "id");
    step.version = reader_.text(node, "version");
    step.record = record_of(node);
    step.outcome = node.find("outcome") ? reader_.choice(node, "outcome", kOutcomes) : "applied";
    step.new_id = reader_.text(node, "new_id");
    step.new_version = reader_.text(node, "new_version");
    return step;
  }

  ProbeStep probe_of(const Node& node)
  {
    reader_.only(node, {"key", "id", "found", "version", "record"}, "an item of 'probe'");
    ProbeStep step;
    step.key = reader_.text(node, "key");
    step.id = reader_.text(node, "id");
    step.found = reader_.flag(node, "found").value_or(true);
    step.version = reader_.text(node, "version");
    step.record = record_of(node);
    return step;
  }

  Exchange exchange_of(const Node& node)
  {
    reader_.only(node, {"request", "answer", "dry_run"}, "an exchange");
    Exchange made;
    if (const Node* request = reader_.block(node, "request")) {
      reader_.only(*request, {"method", "path", "query", "headers", "form", "body"}, "'request'");
      made.method = reader_.text(*request, "method", made.method);
      made.path = reader_.text(*request, "path");
      made.query = pairs_of(*request, "query");
      made.headers = pairs_of(*request, "headers");
      made.form = pairs_of(*request, "form");
      made.body = reader_.text(*request, "body");
    }
    if (const Node* answer = reader_.block(node, "answer")) {
      reader_.only(*answer, {"status", "headers", "body"}, "'answer'");
      made.status = static_cast<int>(reader_.integer(*answer, "status", 100).value_or(200));
      made.answer_headers = pairs_of(*answer, "headers");
      made.answer = reader_.text(*answer, "body");
    }
    made.dry_run = reader_.flag(node, "dry_run").value_or(false);
    if (made.path.empty())
      reader_.wrong(node.place, "the exchange has no request", "request: { path: /v1/records }");
    return made;
  }

  const Manifest& manifest_;
  NodeReader reader_;
};

} // namespace

std::string_view name_of(Receipt::Outcome outcome)
{
  switch (outcome) {
  case Receipt::Outcome::applied: return "applied";
  case Receipt::Outcome::not_sent: return "not_sent";
  case Receipt::Outcome::refused: return "refused";
  case Receipt::Outcome::moved: return "moved";
  case Receipt::Outcome::unknown: return "unknown";
  }
  return "unknown";
}

Fixture read_fixture(const std::string& path, const Manifest& manifest,
                     std::vector<schema::Finding>& findings)
{
  Fixture fixture;
  fixture.file = path;
  fixture.name = std::filesystem::path(path).stem().string();
  fixture.notes = notes_of(path);
  const auto document = schema::read_document(path, findings);
  if (document.is_map())
    FixtureReader(manifest, findings).read(document, fixture);
  else if (findings.empty())
    findings.push_back({{path, 1, 1}, "this fixture is empty", "stream, pull, exchanges"});
  return fixture;
}

std::vector<std::string> find_fixtures(const std::string& manifest_file, const std::string& name,
                                       const std::string& folder)
{
  namespace fs = std::filesystem;
  const auto place =
      folder.empty() ? fs::path(manifest_file).parent_path() / "fixtures" / name : fs::path(folder);
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator at(place, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".yaml") found.push_back(at->path().string());
  std::sort(found.begin(), found.end());
  return found;
}

} // namespace gramsetu::connectors::kit
