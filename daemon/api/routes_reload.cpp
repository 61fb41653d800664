// Routes: reading the configuration again.
#include "daemon/api/routes.hpp"

#include <array>

namespace gramsetu::api {

namespace {

schema::List texts(const std::vector<std::string>& all)
{
  schema::List list;
  for (const auto& text : all)
    list.emplace_back(text);
  return list;
}

Result<Response> post_reload(Call& call)
{
  if (!call.hub.reload())
    return fail(ErrorKind::precondition, "no service runs that could read its file again");
  const auto reloaded = call.hub.reload()(call.query("dry_run") == "true", call.request.actor);
  schema::Object json;
  json.append("applied", reloaded.applied);
  json.append("changes", config::to_text(reloaded.changes));
  json.append("refused", texts(reloaded.refused));
  json.append("remarks", texts(reloaded.remarks));
  return json_response(std::move(json));
}

} // namespace

std::span<const Route> reload_routes()
{
  static constexpr std::array rows = {
      Route{.method = "POST",
            .pattern = "/api/v1/reload",
            .role = Role::admin,
            .parameters = "dry_run:flag",
            .answer = post_reload,
            .summary = "Reads the configuration again; refused as a whole when anything is wrong",
            .gives = "{applied: flag, changes, refused: [text], remarks: [text]}",
            .errors = "412"},
  };
  return rows;
}

} // namespace gramsetu::api
