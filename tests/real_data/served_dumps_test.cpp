// The Local Government Directory of every date in turn, over HTTP: the hub's counts against those of the files.
#include <doctest/doctest.h>

#include "tests/real_data/dumps.hpp"
#include "tests/real_data/served.hpp"

using namespace gramsetu;
using namespace gramsetu::real_data;

namespace {

void load_all_dates(const Shape& shape)
{
  const Served served;
  Hub hub;
  Feed feed(read_manifest_file("tests/real_data/manifests/directory-api.yaml"), shape.table);
  hub.open_http(feed, served.url("generic"));
  Model model(shape, Ragged::taken);
  follow_dates(hub, feed, model, [&](const std::string& file) { served.serve(shape.table, file); });
}

} // namespace

TEST_CASE("states of every date over HTTP: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[0]);
}

TEST_CASE("districts of every date over HTTP: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[1]);
}

TEST_CASE("sub-districts of every date over HTTP: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[2]);
}

TEST_CASE("blocks of every date over HTTP: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[3]);
}

TEST_CASE("urban bodies of every date over HTTP: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[4]);
}

TEST_CASE("traditional bodies of every date over HTTP: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[5]);
}
