// A line that does not carry much at a time.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

TEST_CASE("over a line that breaks off whatever is large, a sync comes through by small pages")
{
  Hub hub;
  const District district(hub.folder().path(), {"--gps", "4", "--records", "200"});
  hub.configure(district, "flows: { voucher: { central: { direction: pull, every: 1d } } }\n");
  const auto plain = hub.config();
  const auto with_options = [&](const std::string& options) {
    auto config = plain;
    config.insert(config.find("    url: ", config.find("egramswaraj")),
                  "    options: { " + options + " }\n");
    hub.write_config(config);
  };
  // Two hundred vouchers are some 150 kB.
  district.fault("central", R"({"kind":"cut_long","times":0,"path":"/v1/vouchers","bytes":60000})");

  // Pages of one size never come through, however often they are asked for.
  with_options("page_size: 200, least_page_size: 200");
  const auto failed = run_of(hub.ask({"sync"}, 1), "voucher@central");
  CHECK(text_at(failed, "/state") == "failed");
  CHECK(number_at(failed, "/counts/created") == 0);

  with_options("page_size: 200, least_page_size: 20");
  const auto run = run_of(hub.ask({"sync"}), "voucher@central");
  CHECK(text_at(run, "/state") == "done");
  CHECK(number_at(run, "/counts/created") == 200);
  CHECK(number_at(hub.ask({"status"}), "/records/voucher") == 200);
  // All of them, and none twice: both sides agree.
  CHECK(number_at(run_of(hub.ask({"verify"}), "voucher@central"), "/certificate/differing") == 0);
}
