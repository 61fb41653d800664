// A connector over a manifest written in the test, against a scripted server.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/http/http.hpp"
#include "schema/document.hpp"
#include "schema/entity.hpp"
#include "schema/json.hpp"
#include "tests/support/script_server.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace gramsetu::test {

inline schema::Value json(const std::string& text)
{
  auto value = schema::parse_json(text);
  REQUIRE(value);
  return std::move(*value);
}

// One endpoint whose manifest has one stream, `things` of the entity `thing`.
struct HttpBench {
  schema::Entities entities;
  std::vector<schema::Finding> findings; // what is wrong with the manifest
  connectors::EndpointSettings settings;
  SystemClock clock;
  NullSink sink;
  Clock* time = &clock; // what the connector goes by
  std::unique_ptr<connectors::Connector> connector;

  // `stream` is the inside of the stream's block, `top` further blocks of the manifest.
  explicit HttpBench(const std::string& stream, const std::string& top = "")
  {
    entities.add(schema::parse_document("entity: thing\ntitle: Thing\nkey: [code]\n"
                                        "authority: [central]\nrule: newest\nfields:\n"
                                        "  code: { type: text, privacy: open, help: Code }\n"
                                        "  name: { type: text, privacy: open, help: Name }\n",
                                        "thing.yaml", findings),
                 findings);
    const std::string text = "connector: test\ntitle: Test\nrole: central\ntransport: http\n" +
                             top + "streams:\n  things:\n    entity: thing\n" + stream +
                             "    fields: { code: code, name: name }\n";
    auto manifest = connectors::read_manifest(schema::parse_document(text, "test.yaml", findings),
                                              entities, findings);
    connectors::http::transport_type().check_manifest(*manifest, findings);
    settings.name = "test";
    settings.manifest = manifest;
    settings.limits.connect_timeout = std::chrono::milliseconds(2000);
    settings.limits.first_byte_timeout = std::chrono::milliseconds(2000);
    settings.limits.total_timeout = std::chrono::milliseconds(5000);
  }

  void open(const ScriptServer& server)
  {
    for (const auto& finding : findings)
      FAIL_CHECK(schema::to_text(finding));
    settings.url = server.url();
    auto opened =
        connectors::http::transport_type().open(settings, {*time, Log(*time, sink), "jalpaiguri"});
    REQUIRE(opened);
    connector = std::move(*opened);
  }

  const connectors::Stream& stream() const { return settings.manifest->streams.front(); }

  Result<connectors::Page> pull(const std::string& page = "", const std::string& since = "",
                                const std::string& tag = "")
  {
    const connectors::Slice slice{"district=309", {{"district", "309"}}};
    const connectors::PullRequest request{&stream(), slice, page, since, "", tag};
    return connector->pull(request, {});
  }

  // Every page to the end, or the first error.
  Result<std::vector<connectors::Page>> pull_all()
  {
    std::vector<connectors::Page> pages;
    std::string at;
    while (true) {
      TRY(connectors::Page page, pull(at));
      at = page.next;
      pages.push_back(std::move(page));
      if (pages.back().last) return pages;
    }
  }

  std::vector<connectors::Receipt> push(const std::vector<connectors::Intent>& intents)
  {
    return connector->push(stream(), intents, {});
  }
};

inline connectors::Intent intent(connectors::Verb verb, const std::string& key,
                                 const std::string& id = "", const std::string& version = "")
{
  connectors::Intent made;
  made.idempotency_key = "idem-" + key;
  made.verb = verb;
  made.key = key;
  made.remote_id = id;
  made.expected_version = version;
  if (verb != connectors::Verb::remove) made.body = json(R"({"code":")" + key + R"("})");
  return made;
}

inline std::string list(const std::vector<std::string>& codes, const std::string& more = "")
{
  std::string records;
  for (const std::string& code : codes)
    records += (records.empty() ? "" : ",") + ("{\"code\":\"" + code + "\"}");
  return answer(200, "{\"records\":[" + records + "]" + more + "}");
}

inline std::string codes_of(const Result<std::vector<connectors::Page>>& pages)
{
  if (!pages) return "error: " + pages.error().what;
  std::string codes;
  for (const connectors::Page& page : *pages)
    for (const connectors::RemoteRecord& record : page.records)
      codes += record.body.object().find("code")->text() + " ";
  return codes;
}

inline const std::string kPlain = "    pull:\n"
                                  "      request: { path: /things }\n"
                                  "      records: /records\n";

inline std::string with_pages(const std::string& pages)
{
  return kPlain + "      pages: " + pages + "\n";
}

inline const std::string kOffset =
    "{ by: offset, offset: skip, limit: limit, size: 2, total: /total }";

// The first page of one answer.
inline Result<connectors::Page>
pull_one(const std::string& bytes, const std::string& stream = kPlain, const std::string& top = "")
{
  const auto server = serve({bytes});
  HttpBench bench(stream, top);
  bench.open(*server);
  return bench.pull();
}

inline std::string query_of(const Heard& heard)
{
  const std::string line = heard.line();
  const auto from = line.find('?');
  return from == std::string::npos ? "" : line.substr(from + 1, line.find(' ', from) - from - 1);
}

inline std::string outcome_name(connectors::Receipt::Outcome outcome)
{
  switch (outcome) {
  case connectors::Receipt::Outcome::applied: return "applied";
  case connectors::Receipt::Outcome::not_sent: return "not sent";
  case connectors::Receipt::Outcome::refused: return "refused";
  case connectors::Receipt::Outcome::moved: return "moved";
  case connectors::Receipt::Outcome::unknown: return "unknown";
  }
  return "";
}

inline std::string names_of(const std::vector<connectors::Receipt>& receipts)
{
  std::string names;
  for (const connectors::Receipt& receipt : receipts)
    names += (names.empty() ? "" : ", ") + outcome_name(receipt.outcome);
  return names;
}

} // namespace gramsetu::test
