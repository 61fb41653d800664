// Lists of panchayats and of their elected heads: a year's state, loaded whole.
#include <doctest/doctest.h>

#include "schema/canonical.hpp"
#include "schema/json.hpp"
#include "tests/real_data/hub.hpp"

#include <set>

using namespace gramsetu;
using namespace gramsetu::real_data;
using engine::RunState;

namespace {

std::string member(const std::string& body, const std::string& name)
{
  const auto value = schema::parse_json(body);
  REQUIRE(value);
  const auto* found = value->object().find(name);
  return found && found->is_text() ? found->text() : "";
}

std::string escaped(const std::string& part)
{
  std::string text;
  for (const char c : part) {
    if (c == '~' || c == '/')
      text += c == '~' ? "~0" : "~1";
    else
      text.push_back(c);
  }
  return text;
}

// The second encoding of a nukta letter: every composed one taken apart.
std::string taken_apart(std::string text)
{
  // U+095B, za, as ja and nukta.
  const std::string composed = "\xE0\xA5\x9B", apart = "\xE0\xA4\x9C\xE0\xA4\xBC";
  for (std::size_t at = text.find(composed); at != std::string::npos; at = text.find(composed, at))
    text.replace(at, composed.size(), apart);
  return text;
}

void load_panchayats(const std::string& file, std::size_t count)
{
  Hub hub;
  Feed feed(read_manifest_file("tests/real_data/manifests/gram-panchayats.yaml"),
            "gram_panchayats");
  hub.open_files(feed);
  hub.drop(feed, file, "gram_panchayats.csv.gz");
  const auto report = hub.run(feed);
  CHECK(report.state == RunState::done);
  CHECK(report.counts.created == count);
  const Table table = read_table(file);
  CHECK(table.rows.size() == count);
  std::size_t wrong = 0;
  const auto bodies = hub.bodies("local_body");
  CHECK(bodies.size() == count);
  for (const auto& row : table.rows) {
    REQUIRE(bodies.contains(row[0]));
    const std::string& body = bodies.at(row[0]);
    wrong += member(body, "name") != row[1] || member(body, "block_panchayat") != row[2] ||
             member(body, "district_panchayat") != row[4];
  }
  CHECK(wrong == 0);
  const auto again = hub.run(feed).counts;
  CHECK(again.unchanged == count);
  CHECK(again.created + again.updated + again.deleted + again.kept == 0);
}

} // namespace

TEST_CASE("the gram panchayats of Uttar Pradesh, 2024")
{
  if (have("gp/lgd-2024")) load_panchayats("gp/lgd-2024/up_block_gp.csv.gz", 55'927);
}

TEST_CASE("the gram panchayats of Rajasthan, 2024")
{
  if (have("gp/lgd-2024")) load_panchayats("gp/lgd-2024/raj_block_gp.csv.gz", 10'613);
}

TEST_CASE("elected heads in Devanagari: both encodings are one record, and bytes come back as sent")
{
  const std::string file = "elections/uttar-pradesh/gram_pradhan_2015.csv.gz";
  if (!have(file)) return;
  Hub hub;
  Feed feed(read_manifest_file("tests/real_data/manifests/gram-pradhans.yaml"), "heads");
  hub.open_files(feed);
  hub.drop(feed, file, "gram_pradhans.csv.gz");
  const auto report = hub.run(feed);
  CHECK(report.state == RunState::done);
  const Table table = read_table(file);
  CHECK(report.counts.created == table.rows.size());
  CHECK(report.counts.quarantined == 0);

  std::size_t wrong = 0, uncontested = 0, composed = 0;
  const auto bodies = hub.bodies("elected_representative");
  for (const auto& row : table.rows) {
    // Written twice: the seat is joined of its parts, and is one part of the key itself.
    const std::string key = nfc(escaped(row[0]) + "/" + escaped(row[1]) + "/" + escaped(row[2]));
    REQUIRE_MESSAGE(bodies.contains(key), key);
    const std::string& body = bodies.at(key);
    wrong += member(body, "district_name") != row[0] || member(body, "block_name") != row[1] ||
             member(body, "local_body_name") != row[2] || member(body, "name_local") != row[4];
    uncontested += body.find("\"is_uncontested\":true") != std::string::npos;
    for (const auto& cell : row)
      composed += nfc(cell) != cell;
  }
  CHECK(wrong == 0);
  CHECK(uncontested == 194);
  CHECK(composed > 2'000); // there is something to be equal about

  // The same list as another machine would write it: each za taken apart. Nothing has changed.
  const std::string text = unpack(data_folder() + "/" + file);
  const std::string apart = taken_apart(text);
  REQUIRE(apart != text);
  std::filesystem::remove(hub.dir.file("heads/gram_pradhans.csv.gz"));
  hub.dir.write("heads/gram_pradhans.csv", apart);
  const auto again = hub.run(feed).counts;
  CHECK(again.unchanged == table.rows.size());
  CHECK(again.created + again.updated + again.deleted + again.kept == 0);
}

TEST_CASE("both encodings of one letter have one digest, in every real name")
{
  const std::string file = "elections/uttar-pradesh/gram_pradhan_2015.csv.gz";
  if (!have(file)) return;
  const auto& entity = *entities().find("elected_representative");
  const std::vector<std::pair<std::string, std::size_t>> columns = {
      {"district_name", 0}, {"block_name", 1}, {"local_body_name", 2}, {"name_local", 4}};
  std::size_t different = 0, mixed = 0;
  for (const auto& row : read_table(file).rows) {
    schema::Record as_sent(entity), composed(entity);
    for (const auto& [field, column] : columns) {
      as_sent.fields[*entity.index_of(field)] = schema::Value(row[column]);
      composed.fields[*entity.index_of(field)] = schema::Value(nfc(row[column]));
      mixed += row[column] != nfc(row[column]);
    }
    const auto all = schema::all_fields(entity);
    different += digest_of(entity, as_sent, all) != digest_of(entity, composed, all);
  }
  CHECK(different == 0);
  CHECK(mixed > 1'900);
}
