// Who edits what, and the comparison of both sides.
#include "tests/system/two_sides.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::test {

using schema::Object;
using schema::Value;

namespace {

constexpr const char* kStream = "service_requests";

// Members of the CSC and of the state that mean the same field.
constexpr std::pair<const char*, const char*> kAlike[] = {
    {"applicantName", "applicant/name"},
    {"mobile", "applicant/mobile"},
    {"address", "applicant/address"},
    {"serviceId", "serviceCode"},
    {"state", "status"},
    {"stateAt", "statusTime"},
    {"submittedAt", "submittedTime"},
    {"dueBy", "dueDate"},
    {"pendingWith", "pendingWith"},
    {"paymentRef", "paymentReference"},
};

// A write that waits: with its effect done, with its effect to come whoever listens, without any.
constexpr std::array<std::string_view, 3> kWaits = {"latency", "stall", "hang"};

std::string part(const Value& record, const std::string& pointer)
{
  const auto* value = schema::at_pointer(record, pointer);
  if (!value || value->is_empty()) return "-";
  return value->is_text() ? value->text() : schema::to_json(*value);
}

bool is_gone(const Value& record, const char* marker)
{
  const auto* value = schema::at_pointer(record, marker);
  return value && *value == Value(true);
}

std::map<std::string, Value> alive_by(const schema::List& records, const char* key,
                                      const char* marker)
{
  std::map<std::string, Value> alive;
  for (const auto& record : records) {
    if (is_gone(record, marker)) continue;
    const auto name = text_at(record, key);
    CHECK_MESSAGE(alive.emplace(name, record).second, name, " is there twice");
  }
  return alive;
}

Object without(Object record, std::initializer_list<const char*> members)
{
  for (const auto* name : members)
    record.erase(name);
  return record;
}

} // namespace

TwoSides::TwoSides(std::size_t records, std::uint64_t seed)
    : random_(seed),
      district_(hub_.folder().path(),
                {"--gps", "40", "--records", "0", "--service-requests", std::to_string(records),
                 "--seed", std::to_string(seed % 1000)})
{
  hub_.configure(district_, "flows:\n  service_request:\n"
                            "    csc: { direction: both, every: 1s }\n"
                            "    state: { direction: both, every: 1s }\n");
  const auto csc = district_.records("csc", kStream), state = district_.records("state", kStream);
  for (const auto& record : csc) {
    keys_.push_back(text_at(record, "/applicationNo"));
    auto& known = known_[keys_.back()];
    known.key = keys_.back();
    known.csc_id = text_at(record, "/requestId");
  }
  for (const auto& record : state)
    known_.at(text_at(record, "/referenceNumber")).state_id = text_at(record, "/id");
  csc_like_ = without(csc.front().object(), {"requestId", "version", "updatedAt", "deleted"});
  state_like_ = without(state.front().object(),
                        {"id", "clientReferenceId", "rowVersion", "isDeleted", "auditDetails"});
}

std::size_t TwoSides::pick(std::size_t bound)
{
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
}

TwoSides::Known& TwoSides::shared(std::size_t remainder, std::size_t among)
{
  const auto both = keys_.size() / 4; // the state's are the first
  return known_.at(keys_[pick(std::min(among, both / 4)) * 4 + remainder]);
}

void TwoSides::set(const std::string& endpoint, const Known& record, const std::string& field,
                   const std::string& value)
{
  Object body, change;
  body.append("stream", kStream);
  body.append("id", endpoint == "csc" ? record.csc_id : record.state_id);
  change.append(field, value);
  body.append("set", std::move(change));
  district_.edit(endpoint, schema::to_json(std::move(body)));
}

void TwoSides::remove(const std::string& endpoint, Known& record)
{
  if (record.gone) return;
  const auto& id = endpoint == "csc" ? record.csc_id : record.state_id;
  district_.edit(endpoint,
                 fmt::format(R"({{"stream":"{}","id":"{}","remove":true}})", kStream, id));
  record.gone = true;
}

void TwoSides::add(const std::string& endpoint)
{
  const bool csc = endpoint == "csc";
  const auto key = fresh("NEW/" + endpoint);
  auto record = csc ? csc_like_ : state_like_;
  record.set(csc ? "applicationNo" : "referenceNumber", key);
  Object body;
  body.append("stream", kStream);
  body.append("add", std::move(record));
  district_.edit(endpoint, schema::to_json(std::move(body)));
  known_[key].key = key;
}

void TwoSides::remark(Known& record)
{
  const auto text = fresh("remark");
  const std::string writer = pick(2) == 0 ? "csc" : "state";
  set(writer, record, "remarks", text);
  record.remarks.insert(text);
  record.writers.insert(writer);
}

bool TwoSides::loaded()
{
  const auto flows = list_at(hub_.ask({"status"}), "/flows");
  return std::all_of(flows.begin(), flows.end(),
                     [](const auto& flow) { return !text_at(flow, "/fresh_at").empty(); });
}

void TwoSides::edit()
{
  for (int i = 0; i < 20; ++i) {
    auto& phoned = shared(0, 200);
    set("csc", phoned, "mobile", phoned.phone = fresh("98"));
    auto& passed_on = shared(0, 200);
    set("state", passed_on, "pendingWith", passed_on.office = fresh("office"));
    auto& elsewhere = known_.at(keys_[keys_.size() - 1 - pick(keys_.size() / 2)]);
    set("csc", elsewhere, "mobile", elsewhere.phone = fresh("97"));
  }
  for (int i = 0; i < 3; ++i) {
    remark(shared(1, 100));
    add(i == 0 ? "state" : "csc");
  }
}

void TwoSides::remove()
{
  remove("state", shared(2, 5000));
  remove("csc", shared(3, 5000));
}

void TwoSides::edit_at_hub()
{
  std::string lines;
  for (int i = 0; i < 20; ++i) {
    auto& moved = shared(0, 200);
    moved.address = fresh("lane");
    lines +=
        fmt::format(R"({{"reference_number":"{}","address":"{}"}})", moved.key, moved.address) +
        "\n";
  }
  const auto created = fresh("NEW/hub");
  known_[created].key = created;
  lines += fmt::format(R"({{"reference_number":"{}","local_body":"{}","service_code":"INC"}})",
                       created, number_at(Value(csc_like_), "/gp_lgd_code")) +
           "\n";
  const auto ran = hub_.run({"records", "import", "service_request"}, lines);
  REQUIRE_MESSAGE(ran.code == 0, ran.code, ran.err);
}

void TwoSides::disturb()
{
  calm();
  const auto* kind = pick(4) == 0 ? "close" : "commit_then_drop";
  district_.fault(
      pick(2) == 0 ? "csc" : "state",
      fmt::format(R"({{"kind":"{}","method":"POST","times":1,"skip":{}}})", kind, pick(3)));
  for (const auto* endpoint : {"csc", "state"})
    district_.fault(endpoint, fmt::format(R"({{"kind":"{}","method":"POST","ms":200,"skip":{}}})",
                                          kWaits[pick(kWaits.size())], pick(3)));
}

bool TwoSides::writes() const
{
  for (const auto* endpoint : {"csc", "state"}) {
    for (const auto& fault : list_at(district_.get(endpoint, "faults"), "/faults")) {
      const auto kind = text_at(fault, "/kind");
      const bool waits = std::find(kWaits.begin(), kWaits.end(), kind) != kWaits.end();
      if (waits && number_at(fault, "/hits") > 0) return true;
    }
  }
  return false;
}

void TwoSides::calm()
{
  district_.clear("csc", "faults");
  district_.clear("state", "faults");
}

void TwoSides::check_sides(const std::set<std::string>& open) const
{
  const auto csc = alive_by(district_.records("csc", kStream), "/applicationNo", "/deleted");
  const auto state =
      alive_by(district_.records("state", kStream), "/referenceNumber", "/isDeleted");
  CHECK(csc.size() == alive());
  CHECK(state.size() == alive());
  for (const auto& [key, record] : known_) {
    CAPTURE(key);
    const auto here = csc.find(key), there = state.find(key);
    REQUIRE((here == csc.end()) == record.gone);
    REQUIRE((there == state.end()) == record.gone);
    if (record.gone) continue;
    for (const auto& [ours, theirs] : kAlike)
      CHECK_MESSAGE(part(here->second, ours) == part(there->second, theirs), ours);
    if (!record.phone.empty()) CHECK(part(here->second, "mobile") == record.phone);
    if (!record.office.empty()) CHECK(part(here->second, "pendingWith") == record.office);
    if (!record.address.empty()) CHECK(part(here->second, "address") == record.address);
    const auto one = part(here->second, "remarks"), other = part(there->second, "remarks");
    CHECK((record.remarks.contains(one) || (record.remarks.empty() && one == "-")));
    if (!open.contains(key)) CHECK(one == other);
  }
}

void TwoSides::check_ledger(const std::string& endpoint) const
{
  std::set<std::string> seen;
  for (const auto& effect : district_.effects(endpoint)) {
    const auto verb = text_at(effect, "/verb"), id = text_at(effect, "/id");
    CHECK_MESSAGE(seen.insert("key " + text_at(effect, "/idempotencyKey")).second,
                  "two effects of one intent at ", endpoint, ": ", schema::to_json(effect));
    auto what = verb == "create" ? verb + " " + text_at(effect, "/key") : verb + " " + id;
    if (const auto* body = effect.object().find("body"); verb == "update" && body)
      what += schema::to_json(without(body->object(), {"version", "rowVersion", "idempotencyKey"}));
    CHECK_MESSAGE(seen.insert(what).second, "twice at ", endpoint, ": ", what);
  }
}

std::map<std::string, std::string> TwoSides::hub_records()
{
  std::map<std::string, std::string> all;
  const auto answer =
      hub_.ask({"records", "list", "service_request", "--deleted", "-n", "1000000"});
  for (const auto& record : answer.list())
    all[text_at(record, "/key")] = schema::to_json(record);
  return all;
}

std::set<std::string> TwoSides::open_conflicts()
{
  std::set<std::string> keys;
  for (const auto& conflict : list_at(hub_.ask({"conflicts", "list"}), "/conflicts")) {
    const auto key = text_at(conflict, "/key");
    CHECK(text_at(conflict, "/field") == "remarks");
    CHECK(known_.at(key).writers.size() == 2);
    keys.insert(key);
  }
  return keys;
}

std::size_t TwoSides::alive() const
{
  return static_cast<std::size_t>(std::count_if(
      known_.begin(), known_.end(), [](const auto& entry) { return !entry.second.gone; }));
}

std::size_t TwoSides::effects() const
{
  return district_.effects("csc").size() + district_.effects("state").size();
}

} // namespace gramsetu::test
