// Documents that come with certificates, over real HTTP.
#include "base/base64.hpp"
#include "base/digest.hpp"
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

const std::string kPdf = std::string("%PDF-1.7\n\0\xff", 11) + "of the birth";

std::string line(const std::string& number, const std::string& digest)
{
  return R"({"number":")" + number + R"(","type":"birth","doc":")" + base64(kPdf) +
         R"(","hash":")" + digest + "\"}\n";
}

constexpr const char* kConnector = R"(
  bodies:
    connector:
      transport: http
      role: state
      streams:
        certificates:
          entity: certificate
          deletes: never
          pull: { request: { path: /data/bodies }, records: /records }
          attachment: { field: /doc, digest: /hash, type: application/pdf, max: 1MiB }
          fields:
            certificate_number: number
            type: type
            document: { from: doc, pull_only: true }
    url: ")";

} // namespace

TEST_CASE("a certificate's document is kept by its digest, handed out with a reason, and not taken "
          "when it is another than was stated")
{
  Hub hub;
  const auto digest = to_hex(sha256(kPdf));
  const auto file =
      hub.folder().write("bodies.ndjson", line("C/1", digest) + line("C/2", std::string(64, 'a')));
  District district(hub.folder().path(), {"--empty", "--data", "bodies=" + file});
  hub.configure(district, "flows: { certificate: { bodies: { direction: pull, every: 1d } } }\n");
  auto config = hub.config();
  config.insert(config.find("\n  lgd:"),
                kConnector + text_at(district.ports(), "/generic/url") + "\"");
  hub.write_config(config);
  const auto daemon = hub.serve();
  hub.ask({"sync"}, 4); // the schedule's own first run may have brought the record already
  const auto parked = list_at(hub.ask({"quarantine", "list"}), "/quarantine");
  REQUIRE(parked.size() == 1);
  CHECK(text_at(parked[0], "/code") == "HASH_MISMATCH");

  CHECK(hub.folder().read("hub.db.attachments/" + digest) == kPdf);
  const auto records = hub.ask({"records", "list", "certificate", "--unmask", "a test"});
  REQUIRE(records.list().size() == 1);
  const auto key = text_at(records, "/0/key");
  const auto words = [&](const Hub::Words& more) {
    Hub::Words all = {"records", "attachment", "certificate", key, "document"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  CHECK(has(hub.run(words({})).err, "say why you look"));
  const auto ran = hub.run(words({"-o", hub.path("got.pdf"), "--unmask", "asked by the holder"}));
  CHECK_MESSAGE(ran.code == 0, ran.err);
  CHECK(hub.folder().read("got.pdf") == kPdf);
  CHECK(has(hub.run({"logs"}).out, "asked by the holder"));
}
