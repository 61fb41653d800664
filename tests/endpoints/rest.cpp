// Requests of a REST endpoint: where they lead, and what lists look like.
#include "tests/endpoints/rest.hpp"

#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::sim {

RestEndpoint::RestEndpoint(std::unique_ptr<Dialect> dialect, std::uint64_t seed, Now now)
    : Endpoint(dialect->words().name, seed, std::move(now)), dialect_(std::move(dialect))
{
  for (const StreamShape& shape : dialect_->streams())
    tables_[shape.name];
}

const StreamShape* RestEndpoint::shape_of(const std::string& stream) const
{
  const auto& streams = dialect_->streams();
  const auto found = std::find_if(streams.begin(), streams.end(),
                                  [&](const StreamShape& shape) { return shape.name == stream; });
  return found == streams.end() ? nullptr : &*found;
}

Response RestEndpoint::answer(const Request& request)
{
  if (auto early = dialect_->before(request)) return std::move(*early);
  const std::string& base = dialect_->words().base;
  if (!request.path.starts_with(base + "/")) return text_response(404, "no such path");
  const std::string path = request.path.substr(base.size() + 1);
  const std::size_t slash = std::min(path.find('/'), path.size());
  const StreamShape* shape = shape_of(path.substr(0, slash));
  if (shape == nullptr) return text_response(404, "no such path");
  const std::string id = path.substr(std::min(slash + 1, path.size()));

  const std::scoped_lock lock(mutex_);
  if (request.method == "GET") return id.empty() ? list(*shape, request) : one(*shape, id);
  if (request.method == "POST" && id == "bulk") return bulk(*shape, request);
  if (request.method == "POST" && id == "atomic") return atomic(*shape, request);
  const bool known = request.method == "POST"
                         ? id.empty()
                         : (request.method == "PUT" || request.method == "DELETE") && !id.empty();
  if (!known) return text_response(405, "no such method here");
  return write_once(*shape, request, id);
}

namespace {

// A time as any of the endpoints writes it; nothing when it is none.
std::optional<std::int64_t> read_since(const std::string& text)
{
  for (const char* format : {"epoch_ms", "iso", "dd/MM/yyyy HH:mm:ss"}) {
    const auto canonical = schema::read_timestamp(text, format, std::chrono::minutes(330));
    if (!canonical) continue;
    return from_rfc3339(*canonical)->time_since_epoch().count();
  }
  return std::nullopt;
}

} // namespace

Response RestEndpoint::list(const StreamShape& shape, const Request& request)
{
  const Words& words = dialect_->words();
  Selection selection;
  if (const std::string since = request.parameter(words.since); !since.empty()) {
    selection.since = read_since(since);
    if (!selection.since) return dialect_->trouble(Trouble::invalid, words.since + " is no time");
  }
  selection.place = request.parameter(words.place);
  if (!words.year.empty()) selection.year = request.parameter(words.year);
  selection.natural = request.parameter("key");
  selection.reference = request.parameter("clientReferenceId");
  selection.deleted = !words.hides_deleted || request.parameter("includeDeleted") == "true";

  const PageAsked page = dialect_->page(request);
  const std::size_t limit = std::clamp<std::size_t>(page.limit, 1, words.page_max);
  std::vector<const Row*> rows;
  const auto take = [&](const Row& row) { rows.push_back(&row); };
  Listing listing{shape, request, "", 0, page.offset, limit, ""};
  const Table& table = tables_.at(shape.name);
  if (page.by_token)
    listing.next = table.list_by_change(selection, page.token, limit, take);
  else
    listing.total = table.list(selection, page.offset, limit, take);
  if (request.twist == Twist::half_page) rows.resize((rows.size() + 1) / 2);
  if (request.twist == Twist::empty) {
    rows.clear();
    listing.total = 0;
    listing.next.clear();
  } else if (rows.empty() && listing.total == 0 && !page.by_token) {
    const Response none = dialect_->trouble(Trouble::none_listed, shape.name);
    if (none.status != 200) return none;
  }
  for (const Row* row : rows) {
    if (!listing.records.empty()) listing.records += ',';
    listing.records += row->json;
  }
  Response response;
  response.body = dialect_->list(listing);
  return response;
}

Response RestEndpoint::one(const StreamShape& shape, const std::string& id)
{
  const Row* row = tables_.at(shape.name).by_id(id);
  if (row == nullptr) return dialect_->trouble(Trouble::not_found, id);
  Response response;
  response.body = dialect_->one(row->json);
  response.headers.emplace_back("ETag", fmt::format("\"{}\"", row->version));
  return response;
}

// Rows and their bookkeeping.

std::string RestEndpoint::free_id(const StreamShape& shape)
{
  const Table& table = tables_.at(shape.name);
  std::int64_t& number = sequences_[shape.name];
  std::string id;
  do {
    ++number;
    id = shape.id_prefix.empty() ? std::to_string(9'000'000 + number)
                                 : fmt::format("{}{:07}", shape.id_prefix, number);
  } while (table.by_id(id) != nullptr);
  return id;
}

Row RestEndpoint::row_of(const StreamShape& shape, const schema::Object& record) const
{
  Row row;
  row.id = text_at(record, shape.id);
  row.natural = natural_key(shape, record);
  row.reference = text_at(record, dialect_->words().reference);
  if (!shape.place.empty()) row.place = text_at(record, shape.place);
  if (!shape.year.empty()) row.year = text_at(record, shape.year);
  return row;
}

std::string RestEndpoint::stamped(schema::Object& record, const Row& row, bool created) const
{
  const Words& words = dialect_->words();
  record.set(words.version, row.version);
  record.set(words.deleted, row.deleted ? words.is_deleted : words.is_kept);
  if (!words.shows_reference) record.erase(words.reference);
  dialect_->write_time(record, row.modified, created);
  return schema::to_json(record);
}

Row RestEndpoint::make_row(const std::string& stream, schema::Object record)
{
  const StreamShape& shape = *shape_of(stream);
  const auto lacks = [&](const std::string& name) {
    const schema::Value* value = record.find(name);
    return value == nullptr || value->is_empty();
  };
  if (lacks(shape.id)) record.set(shape.id, free_id(shape));
  if (shape.natural.size() == 1 && lacks(shape.natural[0]))
    record.set(shape.natural[0], *record.find(shape.id));
  dialect_->tidy(record);
  Row row = row_of(shape, record);
  row.modified = seed_time_ ? *seed_time_ : stamp();
  const schema::Value* deleted = record.find(dialect_->words().deleted);
  row.deleted = deleted != nullptr && *deleted == dialect_->words().is_deleted;
  if (const schema::Value* version = record.find(dialect_->words().version);
      version != nullptr && version->is_integer())
    row.version = version->integer();
  row.json = stamped(record, row, true);
  return row;
}

void RestEndpoint::seed(const std::string& stream, schema::Object record, std::int64_t modified)
{
  const std::scoped_lock lock(mutex_);
  seed_time_ = modified;
  tables_.at(stream).put(make_row(stream, std::move(record)));
  seed_time_.reset();
}

Row RestEndpoint::changed_row(const std::string& stream, const Row& row, schema::Object record,
                              bool deleted)
{
  const StreamShape& shape = *shape_of(stream);
  record.set(shape.id, row.id);
  dialect_->tidy(record);
  Row changed = row_of(shape, record);
  if (changed.reference.empty()) changed.reference = row.reference;
  changed.version = row.version + 1;
  changed.modified = stamp();
  changed.deleted = deleted;
  changed.json = stamped(record, changed, false);
  return changed;
}

schema::Object RestEndpoint::without_bookkeeping(schema::Object record) const
{
  const Words& words = dialect_->words();
  for (const std::string& name : dialect_->time_members())
    record.erase(name);
  record.erase(words.version);
  record.erase(words.deleted);
  record.erase(words.reference);
  return record;
}

// Something that a clerk would correct, by stream; amounts and names among it.
void RestEndpoint::scribble(const std::string& stream, schema::Object& record, std::uint64_t random)
{
  const std::string mark = fmt::format("{:06x}", random & 0xffffffu);
  if (stream == "vouchers") {
    record.set("particulars", "Corrected " + mark);
    record.set("amount", fmt::format("{}.{:02}", 100 + random % 900'000, random / 7 % 100));
  } else if (stream == "representatives") {
    record.set("mobileNo", fmt::format("9{:09}", random % 1'000'000'000));
  } else if (stream == "schemes") {
    record.set("purpose", "Purpose " + mark);
  } else if (stream == "survey_responses") {
    record.set("value", std::to_string(random % 500));
  } else {
    record.set("remarks", "Seen " + mark);
  }
}

} // namespace gramsetu::sim
