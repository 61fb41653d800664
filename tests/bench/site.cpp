// Files and children of a site.
#include "tests/bench/site.hpp"

#include "tests/bench/hub_files.hpp"

#include <filesystem>

namespace gramsetu::bench {

Site::Site(std::size_t records) : endpoint(records)
{
  write_hub_files(folder.path(), endpoint.url());
}

Sample Site::yardstick(const std::string& kind)
{
  const auto* const file = kind == "load" ? "rows.db" : "marks.db";
  if (kind == "load") forget(file);
  auto sample = sample_of({GRAMSETU_BINARY_DIR "/tests/bench-yardstick", kind, endpoint.url(),
                           folder.file(file), std::to_string(endpoint.records())});
  endpoint.take_requests();
  return sample;
}

Sample Site::hub(const std::string& kind, unsigned round, const std::string& name)
{
  if (kind == "load") forget("hub.db");
  auto sample = sample_of({GRAMSETU_BINARY_DIR "/tests/bench", "--work", kind, "--config",
                           config(name), "--round", std::to_string(round), "--records",
                           std::to_string(endpoint.records())});
  sample["requests"] = static_cast<double>(endpoint.take_requests());
  return sample;
}

Sample Site::stored(const std::vector<std::string>& options) const
{
  std::vector<std::string> command{GRAMSETU_BINARY_DIR "/tests/bench"};
  command.insert(command.end(), options.begin(), options.end());
  command.push_back(folder.file("hub.db"));
  return sample_of(command);
}

void Site::forget(const std::string& store) const
{
  for (const auto* end : {"", "-wal", "-shm", ".lock"})
    std::filesystem::remove(folder.file(store + end));
}

} // namespace gramsetu::bench
