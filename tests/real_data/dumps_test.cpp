// The Local Government Directory of every date in turn: the hub's counts against those of the files.
#include <doctest/doctest.h>

#include "tests/real_data/dumps.hpp"

using namespace gramsetu;
using namespace gramsetu::real_data;

namespace {

void load_all_dates(const Shape& shape)
{
  Hub hub;
  Feed feed(read_manifest_file("connectors/manifests/lgd-dumps.yaml"), shape.table);
  hub.open_files(feed);
  Model model(shape);
  follow_dates(hub, feed, model,
               [&](const std::string& file) { hub.drop(feed, file, shape.table + ".csv.gz"); });
}

} // namespace

TEST_CASE("states of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[0]);
}

TEST_CASE("districts of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[1]);
}

TEST_CASE("sub-districts of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[2]);
}

TEST_CASE("blocks of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[3]);
}

TEST_CASE("urban bodies of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[4]);
}

TEST_CASE("traditional bodies of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[5]);
}
