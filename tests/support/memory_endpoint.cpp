// The memory endpoint: a few dozen lines of honest server.
#include "tests/support/memory_endpoint.hpp"

#include "connectors/api/extract.hpp"
#include "schema/document.hpp"
#include "schema/json.hpp"
#include "tests/support/known_records.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <sstream>
#include <utility>

namespace gramsetu::test {

namespace {

using connectors::Intent;
using connectors::Page;
using connectors::Receipt;
using connectors::Reference;
using connectors::Sighting;
using connectors::Stream;
using connectors::Verb;
using schema::Value;

constexpr std::string_view kAfter = "after:";

class MemoryEndpoint final : public connectors::Connector {
public:
  explicit MemoryEndpoint(MemoryWorld& world) : world_(world) {}

  connectors::Capabilities capabilities(const Stream&) const override
  {
    connectors::Capabilities able;
    able.creates = able.updates = able.removes = true;
    able.probes = world_.probes;
    able.probe_lag = std::chrono::milliseconds(world_.lag_ms);
    able.idempotent = world_.idempotent;
    able.retention = std::chrono::milliseconds(world_.retention_ms);
    able.if_version = world_.conditional;
    able.batch_max = world_.batch_max;
    return able;
  }

  Result<Page> pull(const connectors::PullRequest& request, std::stop_token stop) override
  {
    TRY_VOID(may_go_on(*request.stream, stop));
    arrive();
    if (is_down()) return fail(ErrorKind::transient, "connection refused");
    const std::string_view after = request.page;
    if (!after.empty() && !after.starts_with(kAfter))
      return fail(ErrorKind::invalid, "this is no page of an endpoint in memory");
    ++world_.pages;
    if (after.empty()) ++world_.pulls;
    Page page;
    page.cursor = request.seen;
    if (world_.tags && is_as_tagged(request, page)) return page;
    page.total = std::count_if(world_.rows.begin(), world_.rows.end(), [&](const auto& row) {
      return has_changed(row.second, request.since);
    });
    auto row = world_.rows.begin();
    if (!after.empty()) row = world_.rows.upper_bound(request.page.substr(kAfter.size()));
    page.last = true;
    for (; row != world_.rows.end(); ++row) {
      if (page.records.size() == world_.page_size) {
        page.last = false;
        break;
      }
      page.next = std::string(kAfter) + row->first;
      page.bytes += row->first.size();
      if (!has_changed(row->second, request.since)) continue;
      const Value body(row->second.fields);
      raise_cursor(*request.stream, body, page.cursor);
      if (!row->second.fields.find("gone") || world_.marks_deletes)
        page.records.push_back(extract(*request.stream, body));
    }
    if (world_.faults.damage_pages > 0) {
      --world_.faults.damage_pages;
      page.records.resize(page.records.size() / 2);
      page.damaged = true;
      page.last = true;
    }
    if (world_.faults.repeat_pages > 0) {
      --world_.faults.repeat_pages;
      const auto copy = page.records;
      page.records.insert(page.records.end(), copy.begin(), copy.end());
    }
    TRY_VOID(leave_known_out(request, page));
    return page;
  }

  bool is_as_tagged(const connectors::PullRequest& request, Page& page)
  {
    page.tag = "rows";
    for (const auto& [key, row] : world_.rows)
      page.tag += " " + key + " " + std::to_string(row.version);
    page.not_modified = page.tag == request.tag;
    world_.unchanged += page.not_modified ? 1 : 0;
    return page.not_modified;
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    // Several may be under way; what they do happens one after the other.
    const std::lock_guard lock(mutex_);
    std::vector<Receipt> receipts;
    arrive();
    for (const auto& intent : intents) {
      const auto going = may_go_on(stream, stop);
      receipts.push_back(going ? push_one(intent) : not_sent(going.error()));
    }
    return receipts;
  }

  Result<std::vector<Sighting>> probe(const Stream& stream, std::span<const Reference> references,
                                      std::stop_token stop) override
  {
    TRY_VOID(may_go_on(stream, stop));
    if (!world_.probes) return fail(ErrorKind::unsupported, "it cannot be asked in memory");
    arrive();
    if (is_down()) return fail(ErrorKind::transient, "connection refused");
    std::vector<Sighting> sightings;
    for (const auto& reference : references) {
      Sighting sighting;
      const auto& row = shown(reference.key);
      if (row.version > 0 && !row.fields.find("gone")) {
        sighting.found = true;
        sighting.record = extract(stream, Value(row.fields));
      }
      sightings.push_back(std::move(sighting));
    }
    return sightings;
  }

  Result<std::string> reach(std::stop_token) override { return std::string("in memory"); }
  std::optional<connectors::ClockReading> clock() const override { return world_.clock; }

private:
  static Result<void> may_go_on(const Stream& stream, const std::stop_token& stop)
  {
    if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    if (stream.name == stream.entity->name + "s") return {}; // as memory_stream calls it
    return fail(ErrorKind::unsupported, "there is no stream '" + stream.name + "' in memory");
  }

  // At that time or later; RFC 3339 sorts as text.
  static bool has_changed(const Row& row, const std::string& since)
  {
    const auto* changed = row.fields.find("m");
    return since.empty() || (changed && changed->text() >= since);
  }

  static Receipt not_sent(Error error)
  {
    Receipt receipt;
    receipt.outcome = Receipt::Outcome::not_sent;
    receipt.error = std::move(error);
    return receipt;
  }

  bool is_down()
  {
    if (world_.faults.refuse_connect > 0) {
      --world_.faults.refuse_connect;
      return true;
    }
    return world_.chance(world_.faults.chance);
  }

  Receipt push_one(const Intent& intent)
  {
    if (is_down()) return not_sent({ErrorKind::transient, "connection refused", std::nullopt});
    if (taken(world_.faults.unauthorized))
      return not_sent({ErrorKind::unauthorized, "answered 401", std::nullopt});
    Receipt nothing;
    nothing.outcome = Receipt::Outcome::unknown;
    nothing.error.what = "no answer";
    if (taken(world_.faults.hold_back)) {
      world_.on_the_way.emplace_back(world_.now_ms + world_.late_ms, intent);
      return nothing;
    }
    auto receipt = effect(intent);
    const bool lost = taken(world_.faults.drop_answers) || world_.chance(world_.faults.chance);
    return lost ? nothing : receipt;
  }

  static bool taken(int& left)
  {
    if (left == 0) return false;
    --left;
    return true;
  }

  // What was on the way for long is here.
  void arrive()
  {
    auto waiting = std::exchange(world_.on_the_way, {});
    for (auto& [at, intent] : waiting) {
      if (at > world_.now_ms)
        world_.on_the_way.emplace_back(at, std::move(intent));
      else
        effect(intent);
    }
  }

  // The row as a probe shows it; without a version when there is none.
  const Row& shown(const std::string& key) const
  {
    static const Row none;
    const auto before = world_.before.find(key);
    if (before != world_.before.end() && world_.now_ms < before->second.first + world_.lag_ms)
      return before->second.second;
    const auto found = world_.rows.find(key);
    return found == world_.rows.end() ? none : found->second;
  }

  static std::string body_of(const Intent& intent)
  {
    return intent.body.is_absent() ? std::string() : schema::to_json(intent.body);
  }

  static Receipt applied(const Answer& answer)
  {
    Receipt receipt;
    receipt.outcome = Receipt::Outcome::applied;
    receipt.remote_id = answer.key;
    receipt.version = answer.version;
    return receipt;
  }

  // What was answered under this key, as long as it is remembered.
  const Answer* remembered(const Intent& intent)
  {
    const auto found = world_.answered.find(intent.idempotency_key);
    if (found == world_.answered.end()) return nullptr;
    const auto& answer = found->second;
    if (answer.verb != name_of(intent.verb) || answer.key != intent.key ||
        answer.body != body_of(intent))
      ++world_.altered;
    const bool forgotten = world_.now_ms >= answer.at + world_.retention_ms;
    if (forgotten) ++world_.stale;
    return world_.idempotent && !forgotten ? &answer : nullptr;
  }

  Receipt effect(const Intent& intent)
  {
    if (const auto* known = remembered(intent)) return applied(*known);
    const std::string verb(name_of(intent.verb)), body = body_of(intent);
    const bool bad =
        std::any_of(world_.refuses.begin(), world_.refuses.end(),
                    [&](const auto& text) { return body.find(text) != std::string::npos; });
    if (bad) {
      Receipt refused;
      refused.outcome = Receipt::Outcome::refused;
      refused.error = {ErrorKind::invalid, "not accepted", std::nullopt};
      return refused;
    }
    const bool there = world_.alive(intent.key);
    Receipt moved;
    moved.outcome = Receipt::Outcome::moved;
    if (intent.verb == Verb::create && there) return moved;
    if (intent.verb != Verb::create && !there) return moved;
    const auto version = world_.version_of(intent.key);
    const bool named = intent.verb != Verb::create && !intent.expected_version.empty();
    if (world_.conditional && named && intent.expected_version != version) return moved;
    world_.ledger.push_back({intent.idempotency_key, verb, intent.key, body});
    const auto row = world_.rows.find(intent.key);
    world_.before[intent.key] = {world_.now_ms, row == world_.rows.end() ? Row() : row->second};
    if (intent.verb == Verb::remove)
      world_.erase(intent.key);
    else
      write(intent);
    const Answer answer{verb, intent.key, body, world_.version_of(intent.key), world_.now_ms};
    world_.answered[intent.idempotency_key] = answer;
    if (world_.on_effect) world_.on_effect();
    return applied(answer);
  }

  void write(const Intent& intent)
  {
    auto& row = world_.entered(intent.key);
    for (const auto& member : intent.body.object().members())
      row.fields.set(member.name, member.value);
    row.fields.set("v", ++row.version);
    row.fields.set("m", to_rfc3339(Instant(std::chrono::milliseconds(world_.now_ms))));
  }

  MemoryWorld& world_;
  std::mutex mutex_; // of pushes
};

void expect_clean(const std::vector<schema::Finding>& findings)
{
  for (const auto& finding : findings)
    std::fprintf(stderr, "%s\n", to_text(finding).c_str());
  if (!findings.empty()) std::abort();
}

} // namespace

Value told(const std::string& text)
{
  if (!text.starts_with('[') || !text.ends_with(']')) return Value(text);
  schema::List list;
  std::istringstream items(text.substr(1, text.size() - 2));
  for (std::string item; std::getline(items, item, ',');)
    list.emplace_back(item);
  return Value(std::move(list));
}

std::string shown(const Value& value)
{
  if (!value.is_list()) return connectors::scalar_text(value);
  std::string text;
  for (const auto& item : value.list())
    text += (text.empty() ? "" : ",") + connectors::scalar_text(item);
  return "[" + text + "]";
}

void MemoryWorld::put(const std::string& key, const std::map<std::string, std::string>& fields)
{
  auto& row = entered(key);
  // A key of several parts is said in full when the row is entered.
  const auto* named = row.fields.find(key_field);
  if (!named || named->is_null()) row.fields.set(key_field, key);
  for (const auto& [name, text] : fields)
    row.fields.set(name, told(text));
  row.fields.set("v", ++row.version);
  row.fields.set("m", to_rfc3339(Instant(std::chrono::milliseconds(now_ms))));
}

Row& MemoryWorld::entered(const std::string& key)
{
  const bool known = rows.contains(key);
  auto& row = rows[key];
  if (known && !row.fields.find("gone")) return row;
  // What is entered anew starts empty, and says so.
  row.fields = {};
  for (const auto& member : members_)
    row.fields.set(member, schema::Null{});
  return row;
}

std::string MemoryWorld::version_of(const std::string& key) const
{
  const auto found = rows.find(key);
  return std::to_string(found == rows.end() ? 0 : found->second.version);
}

void MemoryWorld::erase(const std::string& key)
{
  if (!marks_deletes) {
    if (const auto row = rows.find(key); row != rows.end()) {
      for (const auto& member : row->second.fields.members())
        members_.insert(member.name);
      rows.erase(row);
    }
    return;
  }
  auto& row = rows[key];
  if (!row.fields.find(key_field)) row.fields.set(key_field, key); // never heard of here
  for (const auto& member : row.fields.members())
    if (member.name != "gone") members_.insert(member.name);
  row.fields.set("gone", true);
  row.fields.set("v", ++row.version);
  row.fields.set("m", to_rfc3339(Instant(std::chrono::milliseconds(now_ms))));
}

std::string MemoryWorld::get(const std::string& key, const std::string& field) const
{
  const auto found = rows.find(key);
  if (found == rows.end() || found->second.fields.find("gone")) return {};
  const auto* value = found->second.fields.find(field);
  return value ? shown(*value) : std::string();
}

bool MemoryWorld::alive(const std::string& key) const
{
  const auto found = rows.find(key);
  return found != rows.end() && !found->second.fields.find("gone");
}

bool MemoryWorld::chance(double probability)
{
  if (probability <= 0) return false;
  return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

std::unique_ptr<connectors::Connector> open_memory_endpoint(MemoryWorld& world)
{
  return std::make_unique<MemoryEndpoint>(world);
}

std::shared_ptr<const Stream> memory_stream(const schema::Entity& entity, bool snapshot, bool feed)
{
  auto stream = std::make_shared<Stream>();
  std::string yaml;
  for (const auto& field : entity.fields)
    yaml += field.name + ": " + field.name + "\n";
  std::vector<schema::Finding> findings;
  const auto document = schema::parse_document(yaml, "stream.yaml", findings);
  stream->name = entity.name + "s";
  stream->entity = &entity;
  stream->mapping = schema::Mapping::compile(entity, document, findings);
  expect_clean(findings);
  stream->version_pointer = "/v";
  stream->modified_pointer = "/m";
  if (feed) {
    stream->cursor_pointer = "/m";
    stream->cursor_type = "timestamp";
  }
  stream->deletes = snapshot ? connectors::Deletes::snapshot : connectors::Deletes::marker;
  if (!snapshot) stream->deleted_pointer = "/gone";
  return stream;
}

std::unique_ptr<schema::Entities> note_entity(const std::string& rule)
{
  const std::string yaml =
      "entity: note\n"
      "title: Note\n"
      "key: [note]\n"
      "authority: [central, local]\n"
      "rule: " +
      rule +
      "\n"
      "fields:\n"
      "  note: { type: text, privacy: open, help: Identity }\n"
      "  title: { type: text, privacy: open, help: Title }\n"
      "  amount: { type: money, privacy: open, rule: max, help: Amount }\n"
      "  status: { type: state, choices: [draft, open, done], terminal: [done], privacy: open,\n"
      "            rule: state, help: How far it is }\n"
      "  remark: { type: text, privacy: open, help: Remark }\n";
  std::vector<schema::Finding> findings;
  auto entities = std::make_unique<schema::Entities>();
  entities->add(schema::parse_document(yaml, "note.yaml", findings), findings);
  expect_clean(findings);
  return entities;
}

} // namespace gramsetu::test
