// The words of options as the words of the API.
#include "daemon/commands/queue_requests.hpp"

namespace gramsetu::commands {

Ask queue_listing(const std::string& path, const QueueOptions& options)
{
  Ask what{"GET", path, {{"limit", "1000"}}, {}, {}};
  if (options.all) what.query["all"] = "true";
  if (options.group) what.query["group"] = "true";
  if (options.causes) what.query["causes"] = "true";
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  for (const auto& [word, value] : options.which)
    if (!value.empty()) what.query[word] = value;
  return what;
}

Ask queue_request(const std::string& method, const std::string& path, const QueueOptions& options)
{
  Ask what{method, path, {}, {}, {}};
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  return what;
}

std::string queue_path(std::string_view queue, std::int64_t id, std::string_view rest)
{
  return "/api/v1/" + std::string(queue) + "/" + std::to_string(id) + std::string(rest);
}

} // namespace gramsetu::commands
