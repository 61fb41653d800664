// Certificates as canonical JSON: whoever has the members has the bytes.
#include "daemon/engine/verify/certificate.hpp"

#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using schema::List;
using schema::Object;
using schema::Value;

// Raised with every change of what a member means.
constexpr std::int64_t kFormat = 1;

Value number(std::size_t count)
{
  return static_cast<std::int64_t>(count);
}

Value shown(const Value& value)
{
  return value.is_absent() ? Value(schema::Null{}) : value;
}

Object sum_json(const Sum& sum)
{
  Object json;
  json.append("count", number(sum.count));
  json.append("sum", to_hex(sum.sum));
  return json;
}

List ranges_json(const std::vector<Range>& ranges)
{
  List list;
  for (const auto& range : ranges) {
    Object json;
    json.append("endpoint", sum_json(range.endpoint));
    json.append("hub", sum_json(range.hub));
    json.append("left_out", number(range.left_out));
    json.append("range", range.name);
    list.emplace_back(std::move(json));
  }
  return list;
}

List names_json(const std::vector<std::string>& names)
{
  List list;
  for (const auto& name : names)
    list.emplace_back(name);
  return list;
}

// Members in the order of their names, on every level: names are ASCII, so that this is RFC 8785's order.
Object sealed_members(const Certificate& certificate, const Seal& seal)
{
  Object read, json;
  read.append("failed", number(certificate.slices_failed));
  read.append("records", number(certificate.records_read));
  read.append("slices", number(certificate.slices_read));
  json.append("agree", certificate.agree);
  json.append("at", to_rfc3339(seal.at));
  json.append("differing", number(certificate.differing));
  json.append("endpoint", sum_json(certificate.whole.endpoint));
  json.append("fields", names_json(certificate.fields));
  json.append("flow", seal.flow);
  json.append("format", kFormat);
  json.append("hub", sum_json(certificate.whole.hub));
  json.append("hub_name", seal.hub);
  json.append("keyed", names_json(certificate.keyed));
  json.append("kind", name_of(certificate.kind));
  json.append("left_out", number(certificate.whole.left_out));
  json.append("number", seal.number);
  json.append("previous", seal.previous);
  json.append("ranges", ranges_json(certificate.ranges));
  json.append("read", std::move(read));
  json.append("records", number(certificate.records));
  json.append("run", seal.run);
  json.append("unreadable", number(certificate.unreadable));
  json.append("written", number(certificate.written));
  return json;
}

} // namespace

std::string_view name_of(Difference::Kind kind)
{
  switch (kind) {
  case Difference::Kind::only_here: return "only_here";
  case Difference::Kind::only_there: return "only_there";
  case Difference::Kind::fields: return "fields";
  }
  return "fields";
}

std::string_view name_of(Certificate::Kind kind)
{
  return kind == Certificate::Kind::complete ? "complete" : "read_back";
}

Sealed seal(const Certificate& certificate, const Seal& seal)
{
  const auto members = sealed_members(certificate, seal);
  Sealed sealed;
  sealed.digest = to_hex(sha256(schema::to_json(Value(members))));
  Object whole;
  for (const auto& member : members.members()) {
    // "digest" stands between "differing" and "endpoint".
    if (member.name == "endpoint") whole.append("digest", sealed.digest);
    whole.append(member.name, member.value);
  }
  sealed.json = schema::to_json(Value(std::move(whole)));
  return sealed;
}

std::string differences_json(const std::vector<Difference>& differences)
{
  List list;
  for (const auto& difference : differences) {
    List fields;
    for (const auto& field : difference.fields) {
      Object json;
      json.append("field", field.name);
      json.append("hub", shown(field.hub));
      json.append("endpoint", shown(field.endpoint));
      fields.emplace_back(std::move(json));
    }
    Object json;
    json.append("key", difference.key);
    json.append("kind", name_of(difference.kind));
    json.append("note", difference.note);
    json.append("fields", std::move(fields));
    list.emplace_back(std::move(json));
  }
  return schema::to_json(Value(std::move(list)));
}

} // namespace gramsetu::engine
