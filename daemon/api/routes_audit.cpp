// Routes: the audit log, for those who answer for it.
#include "daemon/api/trace.hpp"
#include "daemon/audit/reading.hpp"

#include <array>

namespace gramsetu::api {

namespace {

Result<Response> get_audit(Call& call)
{
  audit::Query query;
  query.who = call.query("who");
  query.what = call.query("what");
  query.object = call.query("object");
  TRY(query.from, moment_of(call, "from"));
  TRY(query.till, moment_of(call, "till"));
  TRY(query.limit, limit_of(call, 200, 5000));
  TRY(query.after, number_of(call, "after", 0));
  query.newest = call.query("after").empty();
  const auto lines = audit::read_entries(audit_of(call.hub)->folder(), query);
  schema::List entries;
  for (const auto& line : lines)
    entries.emplace_back(audit::object_of(line.members));
  schema::Object body;
  body.append("entries", std::move(entries));
  body.append("after", lines.empty() ? query.after : lines.back().link.sequence);
  return json_response(std::move(body));
}

Result<Response> get_head(Call& call)
{
  TRY(const auto head, audit_of(call.hub)->head());
  return json_response(audit::head_json(head));
}

Result<Response> get_verdict(Call& call)
{
  const auto verdict = audit::verify(audit_of(call.hub)->folder());
  schema::Object body;
  body.append("good", verdict.bad == 0);
  body.append("entries", verdict.entries);
  body.append("first", verdict.first);
  body.append("last", verdict.last);
  body.append("heads", static_cast<std::int64_t>(verdict.heads));
  body.append("bad", verdict.bad);
  body.append("problem", verdict.problem);
  return json_response(std::move(body));
}

// The asking itself is what is written down; entries and events are then read as ever.
Result<Response> post_export(Call& call)
{
  if (call.text("reason").empty())
    return fail(ErrorKind::invalid, "an export needs a reason: {\"reason\": \"...\"}");
  return get_head(call);
}

} // namespace

std::span<const Route> audit_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/audit",
            .role = Role::admin,
            .parameters = "from till who what object after:number limit:5000",
            .answer = get_audit,
            .summary = "Who did what, oldest first; the newest entries without `after`",
            .gives = "{entries: [object], after: integer}"},
      Route{.method = "GET",
            .pattern = "/api/v1/audit/head",
            .role = Role::operator_,
            .parameters = "",
            .answer = get_head,
            .summary = "The newest entry, signed: to be kept elsewhere",
            .gives = "AuditHead",
            .errors = "404 502"},
      Route{.method = "GET",
            .pattern = "/api/v1/audit/verify",
            .role = Role::admin,
            .parameters = "",
            .answer = get_verdict,
            .summary = "Is the chain whole, as far as the hub can tell of its own?",
            .gives =
                "{good: flag, entries: integer, first: integer, last: integer, heads: integer, "
                "bad: integer, problem: text}"},
      Route{.method = "POST",
            .pattern = "/api/v1/audit/export",
            .role = Role::admin,
            .parameters = "",
            .answer = post_export,
            .summary = "Begin an export for an incident; answers with the head it is taken at",
            .takes = "{reason, from~: text, till~: text}",
            .gives = "AuditHead",
            .errors = "502"},
  };
  return rows;
}

} // namespace gramsetu::api
