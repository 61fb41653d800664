// Routes: what became of a record.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

namespace gramsetu::api {

namespace {

constexpr std::chrono::seconds kWaitMost{60};        // proxies give up after that
constexpr std::chrono::seconds kHeartbeat{15};       // so that a connection which died is noticed
constexpr std::chrono::milliseconds kComeBack{3000}; // what a reader waits before it comes again

// {"field": [before, after]}, each masked by its field. Fields that the entity no longer has are left as
// they are only when nothing of the entity is masked.
schema::Value shown_fields(const Call& call, const schema::Entity* entity, schema::Value fields)
{
  if (call.unmasked || !fields.is_object()) return fields;
  schema::Object all;
  for (const auto& member : fields.object().members()) {
    const auto index = entity ? entity->index_of(member.name) : std::nullopt;
    const bool open = index ? !is_masked(entity->fields[*index]) : entity && !has_masked(*entity);
    if (open || !member.value.is_list()) {
      all.append(member.name, open ? member.value : schema::Value(kMask));
      continue;
    }
    schema::List pair;
    for (const auto& side : member.value.list())
      pair.push_back(side.is_null() ? side : schema::Value(kMask));
    all.append(member.name, std::move(pair));
  }
  return all;
}

schema::Object change_json(const Call& call, const store::ChangeRow& row)
{
  schema::Object json;
  json.append("sequence", row.sequence);
  json.append("entity", row.entity);
  json.append("key", row.key);
  json.append("kind", row.kind);
  json.append("fields",
              shown_fields(call, call.setup->entities().find(row.entity), stored_json(row.fields)));
  json.append("origin", row.origin);
  json.append("actor", row.actor);
  json.append("note", row.note);
  json.append("run", row.run);
  json.append("rule", row.rule);
  json.append("at", time_value(row.at));
  return json;
}

// Where a reader stands, and what it asked for; it outlives the request.
class Reader {
public:
  Reader(const Call& call, store::ChangeQuery query)
      : request_(call.request), hub_(&call.hub), unmasked_(call.unmasked), query_(std::move(query))
  {
  }

  runtime::Hub& hub() const { return *hub_; }

  // The next changes, perhaps none; after them is where it stands.
  Result<schema::List> next()
  {
    Call call{request_, *hub_, hub_->setup(), {}, unmasked_};
    std::vector<store::ChangeRow> rows;
    TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
      TRY(rows, tx.changes(query_));
      return {};
    }));
    schema::List changes;
    for (const auto& row : rows)
      changes.emplace_back(change_json(call, row));
    if (!rows.empty()) query_.after = rows.back().sequence;
    return changes;
  }

  Response page(schema::List changes) const
  {
    schema::Object body;
    body.append("changes", std::move(changes));
    body.append("after", query_.after);
    return json_response(std::move(body));
  }

private:
  const Request request_;
  runtime::Hub* const hub_;
  const bool unmasked_;
  store::ChangeQuery query_;
};

Result<Response> list_changes(Call& call, store::ChangeQuery query)
{
  Reader reader(call, std::move(query));
  TRY(auto changes, reader.next());
  return reader.page(std::move(changes));
}

// One event a change, its id the cursor: whoever comes back with Last-Event-ID goes on behind it.
std::string events_of(const schema::List& changes)
{
  std::string text;
  for (const auto& change : changes)
    text += fmt::format("id: {}\nevent: change\ndata: {}\n\n",
                        change.object().find("sequence")->integer(), schema::to_json(change));
  return text;
}

Response stream(std::shared_ptr<Reader> reader)
{
  Response response;
  response.content_type = "text/event-stream";
  response.body = fmt::format("retry: {}\n\n", kComeBack.count());
  response.more = [reader, said = reader->hub().clock().ticks()]() mutable {
    auto& hub = reader->hub();
    auto changes = reader->next();
    if (!changes || hub.stopping().stop_requested()) return std::optional<std::string>();
    auto text = events_of(*changes);
    const auto now = hub.clock().ticks();
    if (text.empty() && now - said >= kHeartbeat) text = ": nothing new\n\n";
    if (!text.empty()) said = now;
    return std::optional(std::move(text));
  };
  return response;
}

// What came is answered at once; nothing waits until something comes, or the time is over.
Result<Response> wait_for_changes(const std::shared_ptr<Reader>& reader,
                                  std::chrono::seconds patience)
{
  TRY(auto changes, reader->next());
  if (!changes.empty() || patience.count() == 0) return reader->page(std::move(changes));
  Response waiting;
  const auto end = reader->hub().clock().ticks() + patience;
  waiting.later = [reader, end](bool now) -> std::optional<Response> {
    auto later = reader->next();
    if (!later) return problem(later.error());
    const bool over = now || reader->hub().clock().ticks() >= end;
    if (later->empty() && !over) return std::nullopt;
    return reader->page(std::move(*later));
  };
  return waiting;
}

std::string header_of(const Call& call, const std::string& name)
{
  const auto found = call.request.headers.find(name);
  return found == call.request.headers.end() ? std::string() : found->second;
}

Result<Response> feed(Call& call, store::ChangeQuery query)
{
  query.run = call.query("run");
  TRY(query.after, number_of(call, "after", 0));
  TRY(query.limit, limit_of(call, 200, 1000));
  TRY(const auto wait, number_of(call, "wait", 0));
  if (header_of(call, "accept").find("text/event-stream") == std::string::npos)
    return wait_for_changes(std::make_shared<Reader>(call, std::move(query)),
                            std::min(std::chrono::seconds(wait), kWaitMost));
  if (const auto last = header_of(call, "last-event-id"); !last.empty()) {
    const auto sequence = schema::read_integer(last);
    if (!sequence) return fail(ErrorKind::invalid, "Last-Event-ID is the id of a former event");
    query.after = *sequence;
  }
  return stream(std::make_shared<Reader>(call, std::move(query)));
}

Result<Response> get_changes(Call& call)
{
  store::ChangeQuery query;
  query.entity = call.query("entity");
  return feed(call, std::move(query));
}

Result<Response> get_changes_of(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  store::ChangeQuery query;
  query.entity = entity->name;
  return feed(call, std::move(query));
}

Result<Response> get_history(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  store::ChangeQuery query;
  query.entity = entity->name;
  query.key = call.parts[1];
  TRY(query.after, number_of(call, "after", 0));
  TRY(query.limit, limit_of(call, 200, 1000));
  return list_changes(call, std::move(query));
}

} // namespace

std::span<const Route> history_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/records/{entity}/{key}/history",
            .role = Role::viewer,
            .parameters = "after:number limit:1000 unmask",
            .answer = get_history,
            .summary = "Every change of a record, oldest first",
            .gives = "Changes"},
      Route{.method = "GET",
            .pattern = "/api/v1/changes",
            .role = Role::viewer,
            .parameters = "after:number entity run limit:1000 wait:number Last-Event-ID unmask",
            .answer = get_changes,
            .summary = "The change feed: everything after a sequence number; with wait= once there "
                       "is something, or as server-sent events",
            .gives = "Changes",
            .streams = true},
      Route{.method = "GET",
            .pattern = "/api/v1/changes/{entity}",
            .role = Role::viewer,
            .parameters = "after:number run limit:1000 wait:number Last-Event-ID unmask",
            .answer = get_changes_of,
            .summary = "The change feed of one entity",
            .apps = true,
            .gives = "Changes",
            .streams = true},
  };
  return rows;
}

} // namespace gramsetu::api
