// The http transport with the shipped generic manifest, and with every way of paging that a manifest may name.
#include "tests/contract/sim_world.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::contract;

namespace {

// A manifest as an operator writes it into an endpoint.
std::string with_pages(const std::string& pages, const std::string& records)
{
  return "connector: inline\ntitle: Inline\nrole: peer\ntransport: http\n"
         "streams:\n  local_bodies:\n    entity: local_body\n    pull:\n"
         "      request: { path: /data/local_bodies }\n"
         "      records: " +
         records + "\n      pages: " + pages +
         "\n      deletes: never\n"
         "    fields:\n      code: { from: code, as: lgd.local_body }\n      name: name\n"
         "      state: { from: state, as: lgd.state }\n"
         "      district: { from: district, as: lgd.district }\n";
}

void check_pages(const std::string& pages, const std::string& records = "/records")
{
  check_connector_contract(
      sim_world({"generic", with_pages(pages, records), "local_bodies", "", ""}));
}

} // namespace

TEST_CASE("the generic manifest keeps the connector contract")
{
  check_manifest_contract("generic", "http");
}

TEST_CASE("offset paging keeps the connector contract")
{
  check_pages("{ by: offset, offset: offset, limit: limit, size: 3, total: /total }");
}

TEST_CASE("paging by page number keeps the connector contract")
{
  check_pages("{ by: page, page: page, limit: size, size: 3, total: /total }");
}

TEST_CASE("token paging keeps the connector contract")
{
  check_pages(
      "{ by: cursor, cursor: cursor, next: /cursor, limit: limit, size: 3, total: /total }");
}

TEST_CASE("paging by next links keeps the connector contract")
{
  check_pages("{ by: next_link, next: /next, limit: limit, size: 3, total: /total }");
}

TEST_CASE("paging by link headers keeps the connector contract")
{
  check_pages("{ by: link_header, limit: limit, size: 3, total: /total }");
}

TEST_CASE("OData paging keeps the connector contract")
{
  check_pages("{ by: odata, limit: limit, size: 3, total: /total }");
}

TEST_CASE("pages that may shrink keep the connector contract, however they are counted")
{
  for (const std::string pages :
       {"{ by: offset, offset: offset, limit: limit, size: 3, least: 1, total: /total }",
        "{ by: page, page: page, limit: size, size: 3, least: 1, total: /total }",
        "{ by: cursor, cursor: cursor, next: /cursor, limit: limit, size: 3, least: 1 }",
        "{ by: next_link, next: /next, limit: limit, size: 3, least: 1, total: /total }"})
    SUBCASE(pages.c_str())
    {
      const auto make =
          sim_world({"generic", with_pages(pages, "/records"), "local_bodies", "", ""});
      check_reading(make);
      check_mishaps(make);
    }
}

TEST_CASE("paging that tells no total is whole all the same, unless records are left out silently")
{
  for (const std::string pages :
       {"{ by: offset, offset: offset, limit: limit, size: 3 }",
        "{ by: page, page: page, limit: size, size: 3 }",
        "{ by: cursor, cursor: cursor, next: /cursor, limit: limit, size: 3 }"})
    SUBCASE(pages.c_str())
    {
      const auto make =
          sim_world({"generic", with_pages(pages, "/records"), "local_bodies", "", ""});
      check_reading(make);
      check_mishaps(make);
    }
}
