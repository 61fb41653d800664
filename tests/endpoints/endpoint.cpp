// Faults around an endpoint, and what clerks do to its records.
#include "tests/endpoints/endpoint.hpp"

#include "base/digest.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <thread>

namespace gramsetu::sim {

Endpoint::Endpoint(std::string name, std::uint64_t seed, Now now)
    : name_(std::move(name)), now_(std::move(now)), faults_(seed)
{
}

Response Endpoint::handle(const Request& request)
{
  constexpr std::string_view kControl = "/_sim/";
  if (request.path.starts_with(kControl))
    return control(request, request.path.substr(kControl.size()));
  ledger_.count_request();
  const bool writes = request.method != "GET";
  if (writes) ledger_.begin_write();
  const auto fault = faults_.strike(request);
  Response response = fault ? with_fault(request, *fault) : answer(request);
  if (writes) ledger_.end_write();
  return response;
}

namespace {

// The same request for the first page.
Request first_page_of(Request request)
{
  for (const char* name : {"skip", "offset", "page", "next", "cursor"})
    request.query.erase(name);
  return request;
}

Response html_page()
{
  Response response = text_response(
      200, "<!DOCTYPE html>\n<html><head><title>Login</title></head><body>"
           "<form action=\"/login\">Session expired. Please log in again.</form></body></html>\n");
  response.content_type = "text/html; charset=utf-8";
  return response;
}

Response failing(const Fault& fault)
{
  Response response = text_response(fault.status, fault.body.empty() ? "failure" : fault.body);
  if (!fault.retry_after.empty()) response.headers.emplace_back("Retry-After", fault.retry_after);
  return response;
}

Response redirect_to(const Fault& fault)
{
  Response response = text_response(302, "");
  response.headers.emplace_back("Location", fault.location.empty() ? "/login" : fault.location);
  return response;
}

Response misbehaving(Response response, Misbehaviour::Kind kind)
{
  response.misbehaviour.kind = kind;
  return response;
}

} // namespace

Response Endpoint::with_fault(const Request& request, const Fault& fault)
{
  using Kind = Fault::Kind;
  using Wire = Misbehaviour::Kind;
  Request twisted = request;
  Response response;
  switch (fault.kind) {
  case Kind::latency:
    response = answer(request);
    response.misbehaviour.before = fault.wait;
    return response;
  case Kind::drip:
    response = misbehaving(answer(request), Wire::drip);
    response.misbehaviour.each = fault.wait;
    return response;
  case Kind::status: return failing(fault);
  case Kind::html: return html_page();
  case Kind::redirect: return redirect_to(fault);
  case Kind::close: return misbehaving({}, Wire::close);
  case Kind::truncate: return misbehaving(answer(request), Wire::truncate);
  case Kind::cut_long:
    response = misbehaving(answer(request), Wire::cut_long);
    response.misbehaviour.bytes = fault.bytes;
    return response;
  case Kind::chunk_cut: return misbehaving(answer(request), Wire::chunk_cut);
  case Kind::two_lengths: return misbehaving(answer(request), Wire::two_lengths);
  case Kind::commit_then_drop: return misbehaving(answer(request), Wire::close);
  case Kind::stall: std::this_thread::sleep_for(fault.wait); return answer(request);
  case Kind::hang:
    response = misbehaving({}, Wire::close);
    response.misbehaviour.before = fault.wait;
    return response;
  case Kind::repeat_page: return answer(first_page_of(request));
  case Kind::half_page: twisted.twist = Twist::half_page; return answer(twisted);
  case Kind::empty: twisted.twist = Twist::empty; return answer(twisted);
  case Kind::malformed:
    response = answer(request);
    response.body.resize(response.body.size() / 2);
    return response;
  case Kind::revoke: revoke(); return answer(request);
  case Kind::refuse:
    if (refuse_) refuse_(fault.wait);
    return misbehaving({}, Wire::close);
  }
  return {};
}

Result<Table*> Endpoint::table_of(const std::string& stream)
{
  const auto found = tables_.find(stream);
  if (found == tables_.end())
    return fail(ErrorKind::not_found, fmt::format("{} has no stream '{}'", name_, stream));
  return &found->second;
}

std::int64_t Endpoint::stamp()
{
  last_stamp_ = std::max(last_stamp_, now_());
  return last_stamp_;
}

schema::Object Endpoint::parse(const Row& row)
{
  auto value = schema::parse_json(row.json);
  return value && value->is_object() ? std::move(value->object()) : schema::Object();
}

Result<schema::Object> Endpoint::with(const Table& table, const std::string& id,
                                      const schema::Object& set)
{
  const Row* row = table.by_id(id);
  if (row == nullptr || row->deleted)
    return fail(ErrorKind::not_found, fmt::format("{} has no record '{}'", name_, id));
  schema::Value record(parse(*row));
  for (const schema::Member& member : set.members())
    if (!schema::set_at_pointer(record, member.name, member.value))
      return fail(ErrorKind::invalid, fmt::format("'{}' leads nowhere", member.name));
  return std::move(record.object());
}

Result<void> Endpoint::edit(const std::string& stream, const std::string& id,
                            const schema::Object& set)
{
  const std::scoped_lock lock(mutex_);
  TRY(Table * table, table_of(stream));
  TRY(auto record, with(*table, id, set));
  table->put(changed_row(stream, *table->by_id(id), std::move(record), false));
  return {};
}

Result<void> Endpoint::alter(const std::string& stream, const std::string& id,
                             const schema::Object& set)
{
  const std::scoped_lock lock(mutex_);
  TRY(Table * table, table_of(stream));
  TRY(auto record, with(*table, id, set));
  Row row = *table->by_id(id);
  row.json = schema::to_json(schema::Value(std::move(record)));
  table->put(std::move(row));
  return {};
}

Result<void> Endpoint::remove(const std::string& stream, const std::string& id)
{
  const std::scoped_lock lock(mutex_);
  TRY(Table * table, table_of(stream));
  const Row* row = table->by_id(id);
  if (row == nullptr) return fail(ErrorKind::not_found, fmt::format("no record '{}'", id));
  table->put(changed_row(stream, *row, parse(*row), true));
  return {};
}

Result<std::string> Endpoint::add(const std::string& stream, schema::Object record)
{
  const std::scoped_lock lock(mutex_);
  TRY(Table * table, table_of(stream));
  Row row = make_row(stream, std::move(record));
  std::string id = row.id;
  table->put(std::move(row));
  return id;
}

Result<std::size_t> Endpoint::touch(const std::string& stream, std::size_t count,
                                    std::uint64_t seed)
{
  const std::scoped_lock lock(mutex_);
  TRY(Table * table, table_of(stream));
  if (table->size() == 0) return 0;
  std::mt19937_64 random(seed);
  std::size_t touched = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Row row = table->rows()[random() % table->size()];
    if (row.deleted) continue;
    schema::Object record = parse(row);
    scribble(stream, record, random());
    table->put(changed_row(stream, row, std::move(record), false));
    ++touched;
  }
  return touched;
}

void Endpoint::scribble(const std::string&, schema::Object& record, std::uint64_t random)
{
  record.set("remarks", fmt::format("touched {:08x}", random & 0xffffffffu));
}

Result<void> Endpoint::load(const std::string& stream, const schema::Value& body)
{
  const schema::Value* records = body.object().find("records");
  if (records == nullptr || !records->is_list())
    return fail(ErrorKind::invalid, "load wants a list 'records'");
  const schema::Value* replace = body.object().find("replace");
  const std::scoped_lock lock(mutex_);
  TRY(Table * table, table_of(stream));
  if (replace != nullptr && *replace == schema::Value(true)) table->clear();
  for (const schema::Value& record : records->list()) {
    if (!record.is_object()) return fail(ErrorKind::invalid, "a record is an object");
    Row fresh = make_row(stream, record.object());
    const Row* known = table->by_id(fresh.id);
    table->put(known == nullptr ? std::move(fresh)
                                : changed_row(stream, *known, record.object(), false));
  }
  return {};
}

Result<schema::List> Endpoint::records(const std::string& stream)
{
  const std::scoped_lock lock(mutex_);
  TRY(const Table* table, table_of(stream));
  schema::List list;
  for (const Row& row : table->rows())
    list.emplace_back(parse(row));
  return list;
}

Result<schema::Value> Endpoint::digest(const std::string& stream)
{
  const std::scoped_lock lock(mutex_);
  TRY(const Table* table, table_of(stream));
  Digest sum{};
  std::int64_t deleted = 0;
  for (const Row& row : table->rows()) {
    deleted += row.deleted ? 1 : 0;
    const std::string text = schema::to_json(without_bookkeeping(parse(row)));
    accumulate(sum, sha256(text + (row.deleted ? "-" : "+")));
  }
  schema::Object result;
  result.append("count", static_cast<std::int64_t>(table->size()));
  result.append("deleted", deleted);
  result.append("digest", to_hex(sum));
  return schema::Value(std::move(result));
}

} // namespace gramsetu::sim
