// Recording a folder, here or on an SFTP server: its files, cut to some rows.
#include "connectors/files/local_folder.hpp"
#include "connectors/kit/record.hpp"
#include "connectors/kit/rows.hpp"
#include "connectors/sftp/sftp.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace gramsetu::connectors::kit {

namespace {

constexpr std::size_t kFilesMost = 5;
constexpr std::size_t kBytesMost = 64u << 20;

std::string pattern_of(const RecordOrder& order)
{
  const auto* path = order.stream.pull.find("path");
  auto pattern = path ? with_options(path->scalar, *order.settings.manifest, order.settings.options)
                      : std::string("*");
  for (const auto& [name, value] : order.slice.part)
    pattern = replaced(std::move(pattern), "{slice." + name + "}", value);
  return pattern;
}

Result<std::string> bytes_of(const files::OpenFile& file, const std::string& name)
{
  std::string bytes;
  std::string chunk(1 << 16, '\0');
  while (true) {
    const ssize_t got =
        ::pread(file.file.number(), chunk.data(), chunk.size(), static_cast<off_t>(bytes.size()));
    if (got < 0) return fail(ErrorKind::transient, fmt::format("'{}' cannot be read", name));
    if (got == 0) return bytes;
    bytes.append(chunk, 0, static_cast<std::size_t>(got));
    if (bytes.size() > kBytesMost)
      return fail(ErrorKind::unsupported, fmt::format("'{}' is too large to record", name));
  }
}

// Nothing is written and nothing moved: a drop's files stay where they are.
Result<std::map<std::string, std::string>> read_files(const RecordOrder& order,
                                                      files::Folder& folder)
{
  const auto pattern = pattern_of(order);
  const auto all = folder.match(pattern, {});
  if (!all && all.error().kind == ErrorKind::not_found)
    return fail(ErrorKind::not_found,
                fmt::format("no file in {} is called '{}'", folder.name(), pattern));
  if (!all) return tl::unexpected<Error>(all.error());
  std::map<std::string, std::string> found;
  for (const auto& entry : *all) {
    if (found.size() == kFilesMost) break;
    if (entry.path.ends_with(".gz"))
      return fail(ErrorKind::unsupported,
                  fmt::format("'{}' is packed; put an unpacked one beside it", entry.path));
    TRY(const auto file, folder.open_file(entry.path, {}));
    TRY(found[entry.path], bytes_of(file, entry.path));
  }
  return found;
}

// The file that says that another may be taken, where the manifest waits for one.
std::string mark_of(const RecordOrder& order, const std::string& name)
{
  const auto* drop = order.stream.pull.find("drop");
  const auto* ready = drop ? drop->find("ready") : nullptr;
  return ready ? replaced(ready->scalar, "{file}", name) : std::string();
}

Result<void> record_folder(const Recording& recording, files::Folder& folder, Fixture& fixture)
{
  const auto& order = recording.order;
  const auto shape = row_shape(*order.settings.manifest, order.stream, order.settings.options);
  TRY(const auto found, read_files(order, folder));
  // What was taken is told by files that are others each time.
  if (order.stream.pull.find("drop")) fixture.pull->outcome.cursor = "*";
  for (const auto& [name, text] : found) {
    const auto mark = text.starts_with("\xEF\xBB\xBF") ? 3u : 0u;
    auto made = edit_rows(text.substr(mark), shape, [&](schema::List& rows) {
      if (rows.size() > recording.most()) rows.resize(recording.most());
      for (auto& row : rows)
        recording.scrubber.record(row);
    });
    if (!made)
      return fail(ErrorKind::unsupported,
                  fmt::format("'{}' has a form that cannot be recorded yet", name));
    fixture.files[name] = std::move(*made);
    if (const auto ready = mark_of(order, name); !ready.empty()) fixture.files[ready] = "";
  }
  std::map<std::string, std::string> cleaned;
  for (const auto& [name, text] : fixture.files)
    cleaned[recording.clean(name)] = recording.clean(text);
  fixture.files = std::move(cleaned);
  return {};
}

} // namespace

Result<void> record_files(const Recording& recording, Fixture& fixture)
{
  TRY(const auto folder, files::LocalFolder::open(recording.order.settings.path));
  return record_folder(recording, *folder, fixture);
}

Result<void> record_sftp(const Recording& recording, Fixture& fixture)
{
  TRY(const auto open_folder, sftp::folder_of(recording.order.settings));
  TRY(const auto folder, open_folder({}));
  return record_folder(recording, *folder, fixture);
}

} // namespace gramsetu::connectors::kit
