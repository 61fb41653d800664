// reload: the service reads its file again, or says what would change.
#include "daemon/commands/commands.hpp"

#include "daemon/api/client.hpp"

#include <fmt/format.h>

namespace gramsetu::commands {

namespace {

std::size_t print_texts(const schema::Value& list, const char* before)
{
  if (!list.is_list()) return 0;
  for (const auto& text : list.list())
    std::printf("%s%s\n", before, escaped(text.text()).c_str());
  return list.list().size();
}

void print_answer(const schema::Value& answer, bool dry_run, std::size_t refused)
{
  if (refused > 0)
    std::printf("refused; what was there stays in force\n");
  else
    std::printf("%s: %s\n", dry_run ? "would reload" : "reloaded",
                escaped(member_text(answer, "changes")).c_str());
}

} // namespace

int reload(const Common& common, bool dry_run)
{
  // A command of its own would have nothing to reload, and would open the store for it.
  const auto loaded = config::load(common.config, config::installed_paths(common.config), false);
  const auto& socket = loaded->config.api.unix_path;
  if (!api::listening(socket))
    return refuse(common, kFailed, fmt::format("no service answers at {}", socket),
                  "its next start reads the file; gramsetu check looks at it now");
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  const auto answer =
      session->ask({"POST", "/api/v1/reload", {{"dry_run", dry_run ? "true" : "false"}}, {}, {}});
  if (!answer) return session->exit_code();
  const auto& refused = member(*answer, "refused");
  const auto count = refused.is_list() ? refused.list().size() : 0;
  if (common.json) {
    print_json(*answer);
  } else {
    print_texts(refused, "");
    print_answer(*answer, dry_run, count);
    print_texts(member(*answer, "remarks"), "  ");
  }
  return count > 0 ? kUsage : kDone;
}

} // namespace gramsetu::commands
