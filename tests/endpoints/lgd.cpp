// Lists by form, in the spellings of each call.
#include "tests/endpoints/lgd.hpp"

#include "schema/json.hpp"
#include "tests/endpoints/dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::sim {

namespace {

constexpr std::string_view kBase = "/webservices/lgdws/";

// A member as a call spells it.
struct Spelling {
  std::string wire, member;
  bool as_text = false;
};

struct Call {
  std::string path, stream;
  std::string form, member;          // what picks the rows; empty: all
  std::string parent_stream, parent; // whose code it is, and how errors call it
  std::string rows;                  // how errors call the rows
  std::string wrapper;               // empty: a bare array
  std::vector<Spelling> fields;
  std::string second_form, second_member; // a further condition
};

std::vector<Spelling> place_fields(const std::string& word, bool census)
{
  std::vector<Spelling> fields = {
      {word + "Code", "code"}, {word + "NameEnglish", "name"}, {word + "NameLocal", "local"}};
  if (census) {
    fields.push_back({"census2001Code", "census2001", true});
    fields.push_back({"census2011Code", "census2011", true});
  }
  return fields;
}

std::vector<Spelling> with_state_code(std::vector<Spelling> fields)
{
  fields.push_back({"ssCode", "ss", true});
  return fields;
}

const std::vector<Call>& calls()
{
  static const std::vector<Call> table = {
      {"stateList", "states", "", "", "", "", "States", "", place_fields("state", true), "", ""},
      {"districtList", "districts", "stateCode", "state", "states", "State", "Districts", "",
       with_state_code(place_fields("district", true)), "", ""},
      {"subdistrictList", "subdistricts", "districtCode", "district", "districts", "District",
       "Subdistricts", "", with_state_code(place_fields("subdistrict", true)), "", ""},
      {"blockList", "blocks", "districtCode", "district", "districts", "District", "Blocks",
       "blocks", place_fields("block", false), "", ""},
      {"villageList", "villages", "subDistrictCode", "subdistrict", "subdistricts", "Sub District",
       "Villages", "", with_state_code(place_fields("village", true)), "", ""},
      {"lbListbyDistrict", "local_bodies", "districtCode", "district", "districts", "District",
       "Localbody", "", place_fields("localbody", true), "lbTypeCode", "type"},
      {"getBlockwiseMappedGP", "local_bodies", "blockCode", "block", "blocks", "Block", "Localbody",
       "blockwiseGP", place_fields("localbody", false), "", "type"},
      {"localBodyList",
       "local_bodies",
       "stateCode",
       "state",
       "states",
       "State",
       "Localbody",
       "",
       {{"localBodyCode", "code"},
        {"localBodyTypeCode", "type"},
        {"localBodyTypeName", "type_name"},
        {"localBodyNameEnglish", "name"},
        {"localBodyNameLocal", "local"}},
       "localbodyTypeCode",
       "type"},
      {"childLocalBodyList",
       "local_bodies",
       "localbodyCode",
       "parent",
       "local_bodies",
       "Localbody",
       "Child localbody",
       "",
       {{"localBodyCode", "code", true},
        {"localBodyNameEng", "name"},
        {"localBodyNameLocal", "local"}},
       "",
       ""}};
  return table;
}

bool is_numeric(const std::string& text)
{
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

schema::Value spelled(const schema::Value& record, const std::vector<Spelling>& fields)
{
  schema::Object row;
  for (const Spelling& field : fields) {
    const schema::Value* value = schema::at_pointer(record, field.member);
    if (value == nullptr || value->is_null())
      row.append(field.wire, ""); // null is written so in JSON, there
    else
      row.append(field.wire, field.as_text ? schema::Value(text_at(record, field.member)) : *value);
  }
  return row;
}

// What is answered to a client that forgot `outputFormat`: names are not escaped.
Response legacy_xml(const std::vector<schema::Value>& rows, const Call& call)
{
  std::string text = "<?xml version='1.0' encoding='UTF-8'?><sdp>";
  for (const schema::Value& row : rows)
    text += fmt::format("<response name='{}' value='{}'/>", text_at(row, call.fields.front().wire),
                        text_at(row, call.fields[1].wire));
  Response response = text_response(200, text + "</sdp>");
  response.content_type = "text/xml";
  return response;
}

} // namespace

LgdEndpoint::LgdEndpoint(std::uint64_t seed, Now now) : Endpoint("lgd", seed, std::move(now))
{
  for (const char* stream :
       {"states", "districts", "subdistricts", "blocks", "villages", "local_bodies"})
    tables_[stream];
}

Response LgdEndpoint::answer(const Request& request)
{
  if (!request.path.starts_with(kBase)) return text_response(404, "no such service");
  if (request.method != "POST") return text_response(405, "POST only");
  const std::string path = request.path.substr(kBase.size());
  const auto& table = calls();
  const auto call = std::find_if(table.begin(), table.end(),
                                 [&](const Call& known) { return known.path == path; });
  if (call == table.end()) return text_response(404, "no such service");
  auto form = parse_form(request.body);
  const std::string format = form["outputFormat"];
  if (!format.empty() && format != "json" && format != "xml")
    return text_response(500, "Output format must be xml or json only");

  const std::scoped_lock lock(mutex_);
  const std::string code = call->form.empty() ? "" : form[call->form];
  if (!call->form.empty()) {
    if (!is_numeric(code))
      return text_response(500, call->parent + " Code value must be numeric[0-9] only");
    const Row* parent = tables_.at(call->parent_stream).by_id(code);
    if (parent == nullptr || parent->deleted)
      return text_response(
          500, fmt::format("Entered {} Code {} does not exist in LGD", call->parent, code));
  }
  std::vector<schema::Value> rows;
  for (const Row& row : tables_.at(call->stream).rows()) {
    if (row.deleted) continue;
    const schema::Value record(parse(row));
    if (!code.empty() && text_at(record, call->member) != code) continue;
    const std::string type = call->second_form.empty() ? "" : form[call->second_form];
    if (!type.empty() && text_at(record, call->second_member) != type) continue;
    // Block-wise lists hold gram panchayats only.
    if (call->path == "getBlockwiseMappedGP" && text_at(record, "type") != "3") continue;
    rows.push_back(spelled(record, call->fields));
  }
  if (request.twist == Twist::half_page) rows.resize((rows.size() + 1) / 2);
  if (request.twist == Twist::empty) return json_response(200, schema::List());
  if (rows.empty())
    return text_response(500, code.empty()
                                  ? call->rows + " are not available"
                                  : fmt::format("{} are not available for provided {} Code {}",
                                                call->rows, call->parent, code));
  if (format != "json") return legacy_xml(rows, *call);
  schema::List list(rows.begin(), rows.end());
  if (call->wrapper.empty()) return json_response(200, list);
  schema::Object wrapper;
  wrapper.append(call->wrapper, std::move(list));
  return json_response(200, wrapper);
}

Row LgdEndpoint::make_row(const std::string&, schema::Object record)
{
  Row row;
  row.id = row.natural = text_at(record, "code");
  row.modified = stamp();
  row.json = schema::to_json(record);
  return row;
}

Row LgdEndpoint::changed_row(const std::string& stream, const Row& row, schema::Object record,
                             bool deleted)
{
  Row changed = make_row(stream, std::move(record));
  changed.version = row.version + 1;
  changed.deleted = deleted;
  return changed;
}

void LgdEndpoint::scribble(const std::string&, schema::Object& record, std::uint64_t random)
{
  record.set("name",
             fmt::format("{} {:03x}", text_at(record, "name").substr(0, 40), random & 0xfffu));
}

} // namespace gramsetu::sim
