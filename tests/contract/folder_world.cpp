// What lies in the folder, and what is done to it.
#include "tests/contract/folder_world.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/formats/csv.hpp"
#include "schema/json.hpp"
#include "tests/unit/connectors/gzip_files.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace gramsetu::contract {

bool FolderWorld::strike(Mishap mishap, int skip)
{
  if (skip > 0) return false;
  auto text = content(kRecords, "");
  if (mishap == Mishap::truncated) {
    // In the middle of the bytes; of a table that is not packed, in the first cell of a row.
    const auto bytes = plan_.packed ? test::gzip(text) : text;
    folder_.write(name(), bytes.substr(0, plan_.packed ? bytes.size() / 2
                                                       : text.find('\n', text.size() / 2) + 3));
  } else if (mishap == Mishap::malformed) {
    text.insert(text.size() / 2, "\xFF\"{");
    folder_.write(name(), plan_.packed ? test::gzip(text) : text);
  } else if (mishap == Mishap::refused) {
    std::filesystem::rename(folder_.path(), folder_.path() + ".away");
  } else {
    return false;
  }
  return true;
}

std::size_t FolderWorld::effects_of(const std::string& idempotency_key)
{
  std::size_t count = 0;
  std::error_code none;
  const auto out = folder_.path() + "/out";
  for (const auto& entry : std::filesystem::directory_iterator(out, none)) {
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    // A key that is the beginning of another is not that one.
    const bool any = idempotency_key == "idem-";
    for (const char after : {',', '"', '\r'})
      if (any || text.str().find(idempotency_key + after) != std::string::npos) {
        ++count;
        break;
      }
  }
  return count;
}

connectors::EndpointSettings FolderWorld::settings() const
{
  connectors::EndpointSettings made;
  made.name = "drop";
  made.path = folder_.path();
  made.manifest = manifest_;
  if (plan_.manifest == "files") made.options["format"] = plan_.format;
  return made;
}

std::string FolderWorld::content(int records, const std::string& touched) const
{
  const auto body = [&](int i) { return made_body(*stream_, fmt::format("{:05}", i)); };
  std::string text = plan_.format == "csv" ? line_of(body(0), true) : "";
  for (int i = 0; i < records; ++i) {
    const bool is_touched = i == 3 && !touched.empty();
    text += line_of(is_touched ? made_body(*stream_, fmt::format("{:05}", i), touched) : body(i),
                    false);
  }
  return text;
}

std::string FolderWorld::line_of(const schema::Value& body, bool names) const
{
  if (plan_.format != "csv") return schema::to_json(body) + "\n";
  std::vector<std::string> cells;
  for (const auto& member : body.object().members())
    cells.push_back(names ? member.name : connectors::scalar_text(member.value));
  return connectors::formats::write_row(cells, {',', '"'});
}

void FolderWorld::write(int records, const std::string& touched)
{
  const auto text = content(records, touched);
  folder_.write(name(), plan_.packed ? test::gzip(text) : text);
}

} // namespace gramsetu::contract
