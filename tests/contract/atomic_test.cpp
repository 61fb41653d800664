// The http transport over an endpoint that carries out all of a batch or none of it.
#include "tests/contract/sim_world.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::contract;
using Outcome = connectors::Receipt::Outcome;

namespace {

// Schemes of the central endpoint. `path` of the batches, and where their keys are.
std::string manifest(const std::string& path, const std::string& item_key,
                     const std::string& batch_key)
{
  return "connector: atomic\ntitle: Atomic\nrole: central\ntransport: http\n"
         "options: { page_size: { type: integer, default: 500, help: Records a page } }\n"
         "errors: [{ status: 409, action: moved }]\n"
         "streams:\n  schemes:\n    entity: scheme\n    pull:\n"
         "      request: { path: /v1/schemes }\n      records: /response/schemes\n"
         "      pages: { by: offset, offset: skip, limit: limit, size: \"{options.page_size}\",\n"
         "               total: /response/count }\n"
         "      id: { field: /schemeCd }\n      version: { field: /rowVersion }\n"
         "      modified: { field: /modifiedOn, format: \"dd/MM/yyyy HH:mm:ss\", zone: \"+05:30\" "
         "}\n"
         "      cursor: { field: /modifiedOn, param: modifiedSince, type: timestamp }\n"
         "      deletes: { field: /isDeleted, values: [\"Y\"] }\n    push:\n"
         "      create: { path: /v1/schemes, key: /response/schemeCd, version: "
         "/response/rowVersion }\n"
         "      update: { path: \"/v1/schemes/{id}\", version: /response/rowVersion }\n"
         "      delete: { path: \"/v1/schemes/{id}\", version: /response/rowVersion }\n"
         "      if_match: version\n"
         "      idempotency: { header: Idempotency-Key, retention: 24h }\n"
         "      probe: { path: /v1/schemes, query: { key: \"{key}\" }, record: /response/schemes "
         "}\n"
         "      bulk:\n        " +
         path +
         "\n        max: 200\n        verbs: [create]\n        items: /records\n"
         "        all_or_nothing: true\n" +
         batch_key + "        item: { key: /clientReferenceId" + item_key +
         " }\n        results: /response/results\n"
         "        match: { result: /clientReferenceId, by: key }\n"
         "        key: /schemeCd\n        version: /rowVersion\n        error: /error\n"
         "        code: /status\n        moved: [409, 428]\n    fields:\n"
         "      scheme_code: schemeCd\n      name: schemeNm\n      purpose: purpose\n"
         "      short_code: shortCd\n      kind: { from: kind, values: { CSS: central,\n"
         "        STATE: state, FC: finance_commission, OSR: own_source } }\n";
}

std::vector<connectors::Intent> seven(World& world, std::size_t bad)
{
  std::vector<connectors::Intent> intents;
  for (int i = 0; i < 7; ++i)
    intents.push_back(world.fresh(i));
  intents[bad].body.object().erase("schemeNm");
  return intents;
}

} // namespace

TEST_CASE("all-or-nothing batches that name their culprits keep the connector contract")
{
  check_connector_contract(
      sim_world({"central",
                 manifest("path: /v1/schemes/atomic\n        query: { names: \"yes\" }",
                          ", idempotency: /idempotencyKey", ""),
                 "schemes", "", ""}));
}

TEST_CASE("one bad record is refused alone and the rest is carried out, also when all of it comes "
          "twice")
{
  const auto make = sim_world({"central",
                               manifest("path: /v1/schemes/atomic", "",
                                        "        idempotency: { header: Idempotency-Key }\n"),
                               "schemes", "", ""});
  for (std::size_t bad = 0; bad < 7; ++bad) {
    CAPTURE(bad);
    const auto world = make();
    CHECK(world->open()->capabilities(world->stream()).keys_by_batch);
    const auto intents = seven(*world, bad);
    for (int turn = 0; turn < 2; ++turn) {
      const auto receipts = world->open()->push(world->stream(), intents, {});
      for (std::size_t i = 0; i < intents.size(); ++i) {
        CAPTURE(i);
        CHECK_MESSAGE(receipts[i].outcome == (i == bad ? Outcome::refused : Outcome::applied),
                      receipts[i].error.what);
      }
      CHECK(world->effects() == 6);
    }
  }
}

TEST_CASE("a hub that died in the middle of taking a batch apart has every effect once")
{
  const auto make = sim_world({"central",
                               manifest("path: /v1/schemes/atomic", "",
                                        "        idempotency: { header: Idempotency-Key }\n"),
                               "schemes", "", ""});
  // The answer to the n-th part is lost; the hub that comes back knows of none of them.
  for (int lost = 0; lost < 5; ++lost) {
    CAPTURE(lost);
    const auto world = make();
    const auto intents = seven(*world, 2);
    world->strike(Mishap::answer_lost, lost);
    static_cast<void>(world->open()->push(world->stream(), intents, {}));
    world->calm();
    const auto receipts = world->open()->push(world->stream(), intents, {});
    CHECK(world->effects() == 6);
    for (std::size_t i = 0; i < intents.size(); ++i)
      CHECK(receipts[i].outcome == (i == 2 ? Outcome::refused : Outcome::applied));
  }
}
