// Recording a folder: its files, cut to some rows.
#include "connectors/kit/record.hpp"
#include "connectors/kit/rows.hpp"

#include <fmt/format.h>

#include <fnmatch.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace gramsetu::connectors::kit {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kFilesMost = 5;
constexpr std::size_t kRowsUsual = 20;
constexpr std::uintmax_t kBytesMost = 64u << 20;

std::string pattern_of(const RecordOrder& order)
{
  const auto* path = order.stream.pull.find("path");
  auto pattern = path ? with_options(path->scalar, *order.settings.manifest, order.settings.options)
                      : std::string("*");
  for (const auto& [name, value] : order.slice.part)
    pattern = replaced(std::move(pattern), "{slice." + name + "}", value);
  return pattern;
}

Result<std::map<std::string, std::string>> read_files(const RecordOrder& order)
{
  const auto pattern = pattern_of(order);
  std::map<std::string, std::string> found;
  std::error_code error;
  const fs::path folder = order.settings.path;
  for (fs::recursive_directory_iterator at(folder, error), end;
       !error && at != end && found.size() < kFilesMost; at.increment(error)) {
    const auto name = at->path().lexically_relative(folder).string();
    std::error_code kind;
    if (!at->is_regular_file(kind) || at->is_symlink(kind) ||
        ::fnmatch(pattern.c_str(), name.c_str(), FNM_PATHNAME | FNM_PERIOD) != 0)
      continue;
    if (at->path().extension() == ".gz")
      return fail(ErrorKind::unsupported,
                  fmt::format("'{}' is packed; put an unpacked one beside it", name));
    if (at->file_size(kind) > kBytesMost)
      return fail(ErrorKind::unsupported, fmt::format("'{}' is too large to record", name));
    std::ifstream file(at->path(), std::ios::binary);
    found[name] = std::string(std::istreambuf_iterator<char>(file), {});
  }
  if (found.empty())
    return fail(ErrorKind::not_found,
                fmt::format("no file in {} is called '{}'", order.settings.path, pattern));
  return found;
}

} // namespace

Result<void> record_files(const Recording& recording, Fixture& fixture)
{
  const auto& order = recording.order;
  const auto shape = row_shape(*order.settings.manifest, order.stream, order.settings.options);
  TRY(const auto files, read_files(order));
  const std::size_t most = order.records > 0 ? order.records : kRowsUsual;
  for (const auto& [name, text] : files) {
    const auto mark = text.starts_with("\xEF\xBB\xBF") ? 3u : 0u;
    auto made = edit_rows(text.substr(mark), shape, [&](schema::List& rows) {
      if (rows.size() > most) rows.resize(most);
      for (auto& row : rows)
        recording.scrubber.record(row);
    });
    if (!made)
      return fail(ErrorKind::unsupported,
                  fmt::format("'{}' has a form that cannot be recorded yet", name));
    fixture.files[name] = std::move(*made);
  }
  std::map<std::string, std::string> cleaned;
  for (const auto& [name, text] : fixture.files)
    cleaned[recording.clean(name)] = recording.clean(text);
  fixture.files = std::move(cleaned);
  return {};
}

} // namespace gramsetu::connectors::kit
