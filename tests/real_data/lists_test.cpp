// Lists of panchayats and of their elected heads: a year's state, loaded whole.
#include <doctest/doctest.h>

#include "schema/canonical.hpp"
#include "tests/real_data/lists.hpp"

using namespace gramsetu;
using namespace gramsetu::real_data;

namespace {

void load_panchayats_of(const std::string& file, std::size_t count)
{
  Hub hub;
  Feed feed(read_manifest_file("tests/real_data/manifests/gram-panchayats.yaml"),
            "gram_panchayats");
  hub.open_files(feed);
  hub.drop(feed, file, "gram_panchayats.csv.gz");
  load_panchayats(hub, feed, file, count);
}

} // namespace

TEST_CASE("the gram panchayats of Uttar Pradesh, 2024")
{
  if (have("gp/lgd-2024")) load_panchayats_of("gp/lgd-2024/up_block_gp.csv.gz", 55'927);
}

TEST_CASE("the gram panchayats of Rajasthan, 2024")
{
  if (have("gp/lgd-2024")) load_panchayats_of("gp/lgd-2024/raj_block_gp.csv.gz", 10'613);
}

TEST_CASE("elected heads in Devanagari: both encodings are one record, and bytes come back as sent")
{
  const std::string file = "elections/uttar-pradesh/gram_pradhan_2015.csv.gz";
  if (!have(file)) return;
  Hub hub;
  Feed feed(read_manifest_file("tests/real_data/manifests/gram-pradhans.yaml"), "heads");
  hub.open_files(feed);
  load_heads(hub, feed, unpack(data_folder() + "/" + file),
             [&](const std::string& text) { hub.dir.write("heads/gram_pradhans.csv", text); });
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
