// Writing a fixture: YAML that a person can read, with bodies as they are.
#include "connectors/kit/fixture.hpp"

#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::kit {

namespace {

// A double-quoted scalar; JSON's escapes are YAML's.
std::string quoted(const std::string& text)
{
  return schema::to_json(schema::Value(text));
}

// A word that YAML reads as this very text, else quoted.
std::string scalar(const std::string& text)
{
  const bool plain = !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) &&
                     std::all_of(text.begin(), text.end(), [](unsigned char c) {
                       return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/';
                     });
  return plain ? text : quoted(text);
}

// Whether a literal block gives back every byte of the text.
bool fits_block(const std::string& text)
{
  return !text.empty() && text.back() == '\n' && text.front() != ' ' && text.front() != '\n' &&
         (text.size() < 2 || text[text.size() - 2] != '\n') &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c == '\n' || (c >= 0x20 && c != 0x7f); });
}

class Writer {
public:
  void line(int depth, const std::string& text)
  {
    out_ += std::string(depth * 2, ' ') + text + "\n";
  }

  void text(int depth, const std::string& key, const std::string& value)
  {
    if (!value.empty()) line(depth, key + ": " + scalar(value));
  }

  // A text of many lines.
  void body(int depth, const std::string& key, const std::string& value)
  {
    if (value.empty()) return;
    const bool chomped = value.back() != '\n';
    const std::string whole = chomped ? value + "\n" : value;
    if (!fits_block(whole)) return line(depth, key + ": " + quoted(value));
    line(depth, key + (chomped ? ": |-" : ": |"));
    for (std::size_t at = 0; at < whole.size();) {
      const auto end = whole.find('\n', at);
      if (end == at)
        out_ += "\n";
      else
        line(depth + 1, whole.substr(at, end - at));
      at = end + 1;
    }
  }

  template <typename All>
  void pairs(int depth, const std::string& key, const All& all)
  {
    if (all.empty()) return;
    std::string inside;
    for (const auto& [name, value] : all)
      inside += (inside.empty() ? " " : ", ") + scalar(name) + ": " + quoted(value);
    line(depth, key + ": {" + inside + " }");
  }

  void list(int depth, const std::string& key, const std::vector<std::string>& all)
  {
    if (all.empty()) return;
    std::string inside;
    for (const auto& one : all)
      inside += (inside.empty() ? "" : ", ") + quoted(one);
    line(depth, key + ": [" + inside + "]");
  }

  void bodies(const std::string& key, const std::map<std::string, std::string>& all)
  {
    if (all.empty()) return;
    line(0, key + ":");
    for (const auto& [name, value] : all)
      body(1, scalar(name), value.empty() ? "\n" : value);
  }

  std::string take() { return std::move(out_); }

private:
  std::string out_;
};

void write_pull(Writer& out, const PullStep& step)
{
  out.line(0, "pull:");
  out.text(1, "since", step.since);
  if (step.pages > 0) out.line(1, fmt::format("pages: {}", step.pages));
  out.text(1, "fails", step.fails);
  if (!step.fails.empty()) return;
  std::string records;
  for (const auto& record : step.outcome.records)
    records += record + "\n";
  out.body(1, "records", records);
  if (records.empty()) out.line(1, "records: \"\"");
  out.list(1, "deleted", step.outcome.deleted);
  if (!step.outcome.quarantined.empty()) out.line(1, "quarantined:");
  for (const auto& misfit : step.outcome.quarantined)
    out.line(2, fmt::format("- {{ pointer: {}, code: {} }}", quoted(misfit.pointer),
                            scalar(misfit.code)));
  out.list(1, "unknown", step.outcome.unknown);
  out.text(1, "cursor", step.outcome.cursor);
}

void write_push(Writer& out, const PushStep& step)
{
  out.line(1, fmt::format("- verb: {}", name_of(step.verb)));
  out.text(2, "key", step.key);
  out.text(2, "id", step.id);
  out.text(2, "version", step.version);
  out.body(2, "record", step.record);
  out.text(2, "outcome", step.outcome);
  out.text(2, "new_id", step.new_id);
  out.text(2, "new_version", step.new_version);
}

void write_probe(Writer& out, const ProbeStep& step)
{
  out.line(1, fmt::format("- found: {}", step.found));
  out.text(2, "key", step.key);
  out.text(2, "id", step.id);
  out.text(2, "version", step.version);
  out.body(2, "record", step.record);
}

void write_exchange(Writer& out, const Exchange& exchange)
{
  out.line(1, "- request:");
  out.text(3, "method", exchange.method);
  out.line(3, "path: " + quoted(exchange.path));
  out.pairs(3, "query", exchange.query);
  out.pairs(3, "headers", exchange.headers);
  out.pairs(3, "form", exchange.form);
  out.body(3, "body", exchange.body);
  out.line(2, "answer:");
  out.line(3, fmt::format("status: {}", exchange.status));
  out.pairs(3, "headers", exchange.answer_headers);
  out.body(3, "body", exchange.answer);
  if (exchange.dry_run) out.line(2, "dry_run: true");
}

} // namespace

std::string write_fixture(const Fixture& fixture)
{
  Writer out;
  out.text(0, "stream", fixture.stream);
  if (fixture.hub != "fixture") out.text(0, "hub", fixture.hub);
  out.pairs(0, "options", fixture.options);
  out.pairs(0, "slice", fixture.slice);
  if (fixture.pull) write_pull(out, *fixture.pull);
  if (!fixture.push.empty()) out.line(0, "push:");
  for (const auto& step : fixture.push)
    write_push(out, step);
  if (!fixture.probe.empty()) out.line(0, "probe:");
  for (const auto& step : fixture.probe)
    write_probe(out, step);
  if (!fixture.exchanges.empty()) out.line(0, "exchanges:");
  for (const auto& exchange : fixture.exchanges)
    write_exchange(out, exchange);
  out.bodies("files", fixture.files);
  out.body(0, "messages", fixture.messages);
  out.body(0, "script", fixture.script);
  out.bodies("written", fixture.written);
  return fixture.notes + out.take();
}

} // namespace gramsetu::connectors::kit
