// State, CSC, LGD, data sets and control.
#include "tests/endpoints/names.hpp"
#include "tests/endpoints/sim_fixture.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <unistd.h>

using namespace gramsetu;
using namespace gramsetu::sim;

TEST_CASE("the state's three ways of paging see the same records")
{
  Fixture f;
  const auto walk = [&](std::string target, auto next) {
    std::vector<std::string> ids;
    for (int guard = 0; guard < 50 && !target.empty(); ++guard) {
      const auto page = Fixture::json(f.state("GET", target));
      for (const auto& record : schema::at_pointer(page, "/meetings")->list())
        ids.push_back(text_at(record, "id"));
      target = next(page, ids.size());
    }
    return ids;
  };
  const auto by_offset = walk("/api/v1/meetings?limit=7", [](const auto& page, std::size_t seen) {
    const bool more = std::to_string(seen) != text_at(page, "totalCount");
    return more ? fmt::format("/api/v1/meetings?limit=7&offset={}", seen) : "";
  });
  int number = 1;
  const auto by_page = walk("/api/v1/meetings?page=1&size=7", [&](const auto& page, std::size_t) {
    const bool more = std::to_string(number) != text_at(page, "totalPages");
    return more ? fmt::format("/api/v1/meetings?page={}&size=7", ++number) : "";
  });
  const auto by_link = walk("/api/v1/meetings?limit=7", [](const auto& page, std::size_t) {
    const std::string next = text_at(page, "next");
    return next.empty() ? "" : next.substr(next.find("/api"));
  });
  CHECK(by_offset.size() == 24);
  CHECK(by_page == by_offset);
  CHECK(by_link == by_offset);
}

TEST_CASE("the state hides deleted records unless asked and names its errors in the body")
{
  Fixture f;
  const std::string path = "/api/v1/meetings/mt-0000001";
  CHECK(f.state("PUT", path, {}, R"({"remarks":"x"})").status == 400);
  const auto moved = f.state("PUT", path, {}, R"({"remarks":"x","rowVersion":4})");
  CHECK(moved.status == 409);
  CHECK(moved.body.find("ROW_VERSION_MISMATCH") != std::string::npos);
  CHECK(f.state("PUT", path, {}, R"({"remarks":"x","rowVersion":1})").status == 200);
  CHECK(f.state("DELETE", path + "?rowVersion=2").status == 200);
  CHECK(text_at(Fixture::json(f.state("GET", "/api/v1/meetings")), "totalCount") == "23");
  CHECK(text_at(Fixture::json(f.state("GET", "/api/v1/meetings?includeDeleted=true")),
                "totalCount") == "24");
  CHECK(ask(f.simulator->port("state"), "GET", "/api/v1/meetings").status == 401);
}

TEST_CASE("a record can be found by the hub's key and by the writer's reference")
{
  Fixture f;
  const std::string body =
      R"({"trainingCode":"T9","participantId":"P9","gpCode":"245101","clientReferenceId":"c-1"})";
  REQUIRE(f.state("POST", "/api/v1/training", {}, body).status == 201);
  for (const char* query : {"key=T9%2FP9", "clientReferenceId=c-1"}) {
    const auto page = Fixture::json(f.state("GET", std::string("/api/v1/training?") + query));
    CHECK(text_at(page, "/training/0/participantId") == "P9");
    CHECK(text_at(page, "/training/0/clientReferenceId") == "c-1");
    CHECK(text_at(page, "totalCount") == "1");
  }
  const auto again = f.state("POST", "/api/v1/training", {}, body);
  CHECK(again.status == 409);
  CHECK(again.body.find("DUPLICATE_RECORD") != std::string::npos);
}

TEST_CASE("a CSC token goes on behind the last record, also when records change meanwhile")
{
  Fixture f;
  std::vector<std::string> seen;
  std::string target = "/v2/service_requests?limit=5";
  for (int guard = 0; guard < 9 && !target.empty(); ++guard) {
    const auto page = Fixture::json(f.csc("GET", target));
    for (const auto& record : schema::at_pointer(page, "/data")->list())
      seen.push_back(text_at(record, "requestId"));
    const std::string next = text_at(page, "/paging/next");
    target = next.empty() ? "" : "/v2/service_requests?limit=5&next=" + next;
    if (guard == 0)
      REQUIRE(f.simulator->endpoint("csc")->edit("service_requests", "CSC0000001",
                                                 object({{"remarks", "changed"}})));
  }
  REQUIRE(seen.size() == 13); // the changed record comes again, at the end
  CHECK(seen.back() == "CSC0000001");
  CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 12);
}

TEST_CASE("LGD answers 500 in words for what it does not have, and spells as it likes")
{
  Fixture f;
  const std::string json = "&outputFormat=json";
  CHECK(f.lgd("districtList", "stateCode=99" + json).body ==
        "Entered State Code 99 does not exist in LGD");
  CHECK(f.lgd("blockList", "districtCode=118" + json).body ==
        "Blocks are not available for provided District Code 118");
  CHECK(f.lgd("blockList", "districtCode=118" + json).status == 500);
  CHECK(f.lgd("districtList", "stateCode=x" + json).body ==
        "State Code value must be numeric[0-9] only");
  CHECK(f.lgd("stateList", "outputFormat=csv").body == "Output format must be xml or json only");
  const auto bodies =
      Fixture::json(f.lgd("lbListbyDistrict", "districtCode=309&lbTypeCode=3" + json));
  REQUIRE(bodies.is_list());
  CHECK(bodies.list().size() == 4);
  CHECK(text_at(bodies, "0/localbodyCode") == "245101");
  const auto mapped = Fixture::json(f.lgd("getBlockwiseMappedGP", "blockCode=2711" + json));
  CHECK(schema::at_pointer(mapped, "/blockwiseGP") != nullptr);
  const auto children = Fixture::json(f.lgd("childLocalBodyList", "localbodyCode=240101" + json));
  CHECK(schema::at_pointer(children, "0/localBodyCode")->is_text());
  CHECK(f.lgd("stateList", "").body.starts_with("<?xml"));

  REQUIRE(f.simulator->endpoint("lgd")->remove("local_bodies", "245104"));
  CHECK(Fixture::json(f.lgd("lbListbyDistrict", "districtCode=309&lbTypeCode=3" + json))
            .list()
            .size() == 3);
}

TEST_CASE("a data set is served from a file as it is")
{
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("gramsetu-sim-{}", ::getpid());
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "a.csv").string();
  std::ofstream(path) << "Code;Name ;Name \n\"01\";\"a;\"\"b\"\"\nc\";x\n02;;\r\n";
  Fixture f;
  const auto port = f.simulator->port("generic");
  CHECK(ask(port, "GET", "/data/a").status == 404);
  const auto loaded = ask(f.simulator->port("control"), "POST", "/_sim/generic/load", {},
                          R"({"stream":"a","file":")" + path + "\"}");
  CHECK(loaded.status == 200);
  const auto page = Fixture::json(ask(port, "GET", "/data/a?limit=1"));
  CHECK(text_at(page, "/records/0/Code") == "01");
  CHECK(text_at(page, "/records/0/Name ") == "a;\"b\"\nc");
  CHECK(text_at(page, "/records/0/Name _2") == "x");
  CHECK(text_at(page, "total") == "2");
  const auto rest =
      Fixture::json(ask(port, "GET", "/data/a?limit=1&cursor=" + text_at(page, "cursor")));
  CHECK(text_at(rest, "/records/0/Code") == "02");
  CHECK(schema::at_pointer(rest, "/next")->is_null());
  CHECK(text_at(Fixture::json(ask(port, "GET", "/data/a?Code=02")), "total") == "1");
  std::filesystem::remove_all(folder);
}

TEST_CASE("clerks' edits move the version and are not in the ledger")
{
  Fixture f;
  const auto control = f.simulator->port("control");
  const auto edit = [&](const std::string& body) {
    return ask(control, "POST", "/_sim/csc/edit", {}, body).status;
  };
  CHECK(edit(
            R"({"stream":"service_requests","id":"CSC0000002",
                  "set":{"state":"CLOSED","formData/x":1}})") == 200);
  CHECK(edit(R"({"stream":"service_requests","id":"CSC0000003","remove":true})") == 200);
  CHECK(
      edit(R"({"stream":"service_requests","add":{"applicationNo":"N1","gp_lgd_code":245101}})") ==
      200);
  CHECK(edit(R"({"stream":"nothing","id":"1","set":{}})") == 404);
  const auto record = Fixture::json(f.csc("GET", "/v2/service_requests/CSC0000002"));
  CHECK(text_at(record, "/data/state") == "CLOSED");
  CHECK(text_at(record, "/data/version") == "2");
  CHECK(text_at(record, "/data/formData/x") == "1");
  CHECK(f.effects("csc").empty());
  const auto all = Fixture::json(ask(control, "GET", "/_sim/csc/records/service_requests"));
  CHECK(schema::at_pointer(all, "/records")->list().size() == 13);
  CHECK(ask(control, "POST", "/_sim/csc/touch", {},
            R"({"stream":"service_requests","count":5,"seed":3})")
            .body.find("touched") != std::string::npos);
}

TEST_CASE("the same seed gives the same district, and both encodings of a nukta letter occur")
{
  const auto digest_of = [](Fixture& f, const char* endpoint, const char* stream) {
    return schema::to_json(*f.simulator->endpoint(endpoint)->digest(stream));
  };
  Fixture a, b;
  CHECK(digest_of(a, "central", "vouchers") == digest_of(b, "central", "vouchers"));
  CHECK(digest_of(a, "lgd", "local_bodies") == digest_of(b, "lgd", "local_bodies"));
  REQUIRE(b.simulator->endpoint("central")->touch("vouchers", 1, 9));
  CHECK(digest_of(a, "central", "vouchers") != digest_of(b, "central", "vouchers"));

  std::string all;
  std::set<std::string> names;
  for (std::uint64_t i = 0; i < 320; ++i) {
    const Name name = place_name(i);
    all += name.local;
    CHECK(names.insert(name.english).second);
  }
  for (const char* letter : {"\u09DC", "ড\u09BC", "\u095C", "ड\u093C", "\u200D"})
    CHECK_MESSAGE(all.find(letter) != std::string::npos, letter);
}
