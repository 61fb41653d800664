// The same lists from an API: what JSON carries is what the files hold.
#include <doctest/doctest.h>

#include "tests/real_data/lists.hpp"
#include "tests/real_data/served.hpp"

using namespace gramsetu;
using namespace gramsetu::real_data;

namespace {

void load_panchayats_of(const std::string& file, std::size_t count)
{
  const Served served;
  served.serve("gram_panchayats", file);
  Hub hub;
  Feed feed(read_manifest_file("tests/real_data/manifests/lists-api.yaml"), "gram_panchayats");
  hub.open_http(feed, served.url("generic"));
  load_panchayats(hub, feed, file, count);
}

// An API gives each row an identity; here it is the seat.
schema::List heads_of(const Table& table)
{
  schema::List records;
  for (const auto& row : table.rows) {
    schema::Object record;
    for (std::size_t i = 0; i < row.size(); ++i)
      record.append(table.header[i], row[i]);
    record.append("seat", seat_of(row));
    records.emplace_back(std::move(record));
  }
  return records;
}

} // namespace

TEST_CASE("the gram panchayats of Uttar Pradesh, 2024, over HTTP")
{
  if (have("gp/lgd-2024")) load_panchayats_of("gp/lgd-2024/up_block_gp.csv.gz", 55'927);
}

TEST_CASE("the gram panchayats of Rajasthan, 2024, over HTTP")
{
  if (have("gp/lgd-2024")) load_panchayats_of("gp/lgd-2024/raj_block_gp.csv.gz", 10'613);
}

TEST_CASE("elected heads over HTTP: both encodings are one record, and bytes come back as sent")
{
  const std::string file = "elections/uttar-pradesh/gram_pradhan_2015.csv.gz";
  if (!have(file)) return;
  const Served served;
  Hub hub;
  Feed feed(read_manifest_file("tests/real_data/manifests/lists-api.yaml"), "heads");
  const auto offer = [&](const std::string& text) {
    served.serve("generic", "heads", heads_of(parse(text)));
  };
  hub.open_http(feed, served.url("generic"));
  load_heads(hub, feed, unpack(data_folder() + "/" + file), offer);
}
