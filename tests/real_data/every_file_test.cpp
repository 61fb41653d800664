// Every file of the real data through the files transport: every row is a record or a bad piece.
#include <doctest/doctest.h>

#include "connectors/files/files.hpp"
#include "schema/json.hpp"
#include "tests/real_data/tables.hpp"
#include "tests/support/fake_clock.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace gramsetu;
using namespace gramsetu::connectors;
using namespace gramsetu::real_data;
namespace fs = std::filesystem;

namespace {

// Where the tables of a report say something else than the rest of the data.
bool is_windows_1252(const std::string& name)
{
  return name.find("odisha_2018-19_first") != std::string::npos ||
         name.find("odisha_2019-20") != std::string::npos;
}

struct Files {
  test::FakeClock clock;
  NullSink sink;
  std::shared_ptr<Manifest> manifest = std::make_shared<Manifest>();
  std::unique_ptr<Connector> connector;

  explicit Files(const std::string& file, const std::string& encoding)
  {
    std::vector<schema::Finding> findings;
    Stream stream;
    stream.name = "rows";
    stream.pull = schema::parse_document(
        fmt::format("{{ path: \"{}\", delimiter: [\",\", \";\"], encoding: {} }}",
                    fs::path(file).filename().string(), encoding),
        "pull.yaml", findings);
    manifest->streams.push_back(std::move(stream));
    EndpointSettings settings;
    settings.path = fs::path(file).parent_path().string();
    settings.manifest = manifest;
    auto opened = files::transport_type().open(settings, {clock, Log(clock, sink), "hub"});
    REQUIRE(opened);
    connector = std::move(*opened);
  }

  std::vector<Page> pull_all()
  {
    std::vector<Page> pages;
    PullRequest request;
    request.stream = &manifest->streams.front();
    request.slice.id = "all";
    while (true) {
      auto page = connector->pull(request, {});
      REQUIRE_MESSAGE(page, page.error().what);
      request.page = page->next;
      pages.push_back(std::move(*page));
      if (pages.back().last) return pages;
    }
  }
};

bool is_good(const Table& table, const Cells& row, const std::string& encoding)
{
  const auto is_text = [](const std::string& cell) { return schema::is_utf8(cell); };
  return row.size() == table.header.size() &&
         (encoding != "utf-8" || std::all_of(row.begin(), row.end(), is_text));
}

// The cells of a record, in the file's order.
bool same_cells(const schema::Value& body, const Cells& row)
{
  const auto& members = body.object().members();
  if (members.size() != row.size()) return false;
  for (std::size_t i = 0; i < row.size(); ++i)
    if (members[i].value.text() != row[i]) return false;
  return true;
}

} // namespace

TEST_CASE("every row of every real file is a record with its cells, or is kept as a bad piece")
{
  if (!have("lgd")) return;
  std::size_t files = 0, records = 0, bad = 0;
  for (const auto& entry : fs::recursive_directory_iterator(data_folder())) {
    if (entry.path().extension() != ".gz") continue;
    const std::string path = entry.path().string();
    CAPTURE(path);
    const std::string encoding = is_windows_1252(path) ? "windows-1252" : "utf-8";
    const Table table = parse(unpack(path));
    std::size_t at = 0, wrong = 0, pieces = 0;
    for (const Page& page : Files(path, encoding).pull_all()) {
      CHECK_FALSE(page.damaged);
      pieces += page.bad.size();
      for (const auto& record : page.records) {
        while (at < table.rows.size() && !is_good(table, table.rows[at], encoding))
          ++at;
        REQUIRE(at < table.rows.size());
        if (encoding == "utf-8" && !same_cells(record.body, table.rows[at])) ++wrong;
        ++at;
        ++records;
      }
      if (page.last) CHECK(page.total == table.rows.size());
    }
    const auto expected = std::count_if(table.rows.begin(), table.rows.end(), [&](const auto& row) {
      return !is_good(table, row, encoding);
    });
    CHECK(wrong == 0);
    CHECK(pieces == static_cast<std::size_t>(expected));
    bad += pieces;
    ++files;
  }
  MESSAGE(files << " files, " << records << " records, " << bad << " bad pieces");
  CHECK(files > 80);
}
