// A folder of files, laid out from a fixture.
#include "connectors/kit/record.hpp"
#include "connectors/kit/rows.hpp"
#include "connectors/kit/stand_in.hpp"
#include "connectors/kit/temp_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace gramsetu::connectors::kit {

namespace {

// The text up to a place inside one of its last rows, so that this row lacks cells or is no JSON.
// Nothing where that cannot be told from a whole one.
std::optional<std::string> cut(const std::string& text, const RowShape& shape)
{
  const auto last = text.find_last_not_of("\r\n");
  if (last == text.npos) return std::nullopt;
  const auto before = text.rfind('\n', last);
  if (before == text.npos) return std::nullopt;
  const auto row = text.substr(before + 1, last - before);
  std::size_t keep = row.size() / 2;
  if (shape.kind == RowShape::Kind::xml) return text.substr(0, text.size() / 2);
  if (shape.kind == RowShape::Kind::csv) {
    // Before its last delimiter, but with something of its first cell.
    const auto end = row.rfind(shape.delimiter);
    if (end == row.npos || row.find('"') != row.npos) return std::nullopt;
    keep = std::min(keep, end);
  }
  return keep == 0 ? std::nullopt : std::optional(text.substr(0, before + 1 + keep));
}

class FilesStandIn final : public StandIn {
public:
  explicit FilesStandIn(const Scene& scene) : scene_(scene) {}

  Result<void> serve(EndpointSettings& settings) override
  {
    TRY(folder_, TempFolder::make());
    const auto shape = row_shape(*scene_.system.manifest, scene_.stream, scene_.fixture.options);
    bool done = scene_.fault == Fault::none;
    for (const auto& [name, text] : scene_.fixture.files) {
      auto other = done                          ? std::nullopt
                   : scene_.fault == Fault::half ? cut(text, shape)
                                                 : spoiled(scene_, text);
      done = done || (other && scene_.fault != Fault::unknown_field);
      TRY_VOID(folder_->write(name, other ? *other : text));
    }
    settings.path = folder_->path();
    for (auto& [name, value] : settings.options)
      value = replaced(std::move(value), "{folder}", settings.path);
    return {};
  }

  std::size_t effects() const override { return written().size(); }

  std::map<std::string, std::string> written() const override
  {
    auto files = folder_->files();
    for (const auto& [name, text] : scene_.fixture.files)
      files.erase(name);
    return files;
  }

private:
  const Scene scene_;
  std::unique_ptr<TempFolder> folder_;
};

bool can(const Scene& scene)
{
  // A folder neither asks for patience nor answers.
  if (scene.fault == Fault::throttled || scene.fault == Fault::lost_answer) return false;
  if (scene.fault != Fault::half) return true;
  const auto shape = row_shape(*scene.system.manifest, scene.stream, scene.fixture.options);
  return std::any_of(scene.fixture.files.begin(), scene.fixture.files.end(),
                     [&](const auto& file) { return cut(file.second, shape).has_value(); });
}

Result<std::unique_ptr<StandIn>> open(const Scene& scene)
{
  return std::unique_ptr<StandIn>(std::make_unique<FilesStandIn>(scene));
}

} // namespace

StandInType files_stand_in()
{
  return {"files", can, open, record_files};
}

StandInType sftp_stand_in()
{
  return {"sftp", can, open, record_sftp, "files"};
}

} // namespace gramsetu::connectors::kit
