// Routes: backups, and a store that went back in time.
#include "config/references.hpp"
#include "daemon/api/care_json.hpp"
#include "daemon/api/routes.hpp"

#include <array>
#include <filesystem>

namespace gramsetu::api {

namespace {

Result<CareStatus> care(Call& call)
{
  CareStatus status;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(status, care_of(tx));
    return {};
  }));
  return status;
}

Result<Response> get_backup(Call& call)
{
  TRY(const auto status, care(call));
  schema::Object body;
  body.append("backup", backup_json(status.backup, call.hub.clock().now()));
  return json_response(std::move(body));
}

Result<Response> post_backup(Call& call)
{
  const auto& config = call.setup->config();
  runtime::BackupOrder order;
  order.file = call.text("file");
  order.by = call.request.actor;
  order.key = config.backup.key;
  if (const auto key = call.text("key"); !key.empty()) {
    const auto folder = std::filesystem::path(config.file).parent_path().string();
    TRY(order.key, config::read_reference(key, folder));
  }
  TRY(const auto made, runtime::back_up(call.hub, order, call.hub.stopping()));
  runtime::BackupState state;
  state.good = made;
  return json_response(backup_json(state, call.hub.clock().now()), 201);
}

Result<Response> get_rewind(Call& call)
{
  TRY(const auto status, care(call));
  schema::Object body;
  body.append("rewind", rewind_json(status.rewind));
  return json_response(std::move(body));
}

Result<Response> post_accept(Call& call)
{
  TRY_VOID(runtime::accept_rewind(call.hub, call.request.actor, call.text("note")));
  return get_rewind(call);
}

} // namespace

std::span<const Route> care_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/backup",
            .role = Role::viewer,
            .parameters = "",
            .answer = get_backup,
            .summary = "The last backup",
            .gives = "{backup: Backup~}"},
      Route{.method = "POST",
            .pattern = "/api/v1/backup",
            .role = Role::admin,
            .parameters = "",
            .answer = post_backup,
            .summary = "Back the store up to a file of the hub's machine, and wait for it",
            .takes = "{file: text, key~: text}",
            .gives = "Backup",
            .errors = "412 502 503",
            .good = "201"},
      Route{.method = "GET",
            .pattern = "/api/v1/rewind",
            .role = Role::viewer,
            .parameters = "",
            .answer = get_rewind,
            .summary = "Whether the store is older than it was",
            .gives = "{rewind: Rewind~}"},
      Route{.method = "POST",
            .pattern = "/api/v1/rewind/accept",
            .role = Role::admin,
            .parameters = "",
            .answer = post_accept,
            .summary = "The store is as it is: go on sending",
            .takes = "{note: text}",
            .gives = "{rewind: Rewind~}",
            .errors = "404"},
  };
  return rows;
}

} // namespace gramsetu::api
