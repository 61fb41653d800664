// Batches whose answer is a file: correlation, rejected batches, signatures.
#include <doctest/doctest.h>

#include "connectors/files/signature.hpp"
#include "tests/unit/connectors/files_bench.hpp"
#include "tests/unit/connectors/signed_files.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

using namespace gramsetu;
using namespace gramsetu::connectors;
using namespace gramsetu::test;
using files::check_signature;
using Outcome = Receipt::Outcome;
namespace fs = std::filesystem;

namespace {

const std::string kAnswer =
    "answer: { path: \"in/{name}_*.xml\", records: /Answer/TxInf, key: /OrgnlEndToEndId, "
    "status: /TxSts, accepted: [ACCP], rejected: [RJCT], reason: /StsRsnInf, id: /CPSMSId, "
    "batch_status: /Answer/GrpSts, all_or_nothing: true";
const std::string kPush =
    "{ path: \"out/0077REQ{digits}.xml\", format: xml, batch: 10, items: /Batch/PmtInf/Tx, around: "
    "{ /Batch/@xmlns: \"http://example.in/request\", /Batch/GrpHdr/MsgId: \"{name}\", "
    "/Batch/GrpHdr/NbOfTxs: \"{count}\" }, " +
    kAnswer;

// A folder in which somebody answers.
struct Exchange : FilesBench {
  explicit Exchange(const std::string& more = "")
      : FilesBench("{ path: none.csv }", kPush + more + " } }")
  {
  }

  static Intent intent(int number)
  {
    Intent made;
    made.key = fmt::format("P{}", number);
    made.idempotency_key = fmt::format("k{}", number);
    schema::Object body;
    body.append("EndToEndId", made.key);
    body.append("Amt", "1250.50");
    made.body = schema::Value(std::move(body));
    return made;
  }

  static std::vector<Intent> intents(int count)
  {
    std::vector<Intent> all;
    for (int i = 1; i <= count; ++i)
      all.push_back(intent(i));
    return all;
  }

  std::vector<Receipt> push(const std::vector<Intent>& all)
  {
    if (!connector) open();
    return connector->push(stream(), all, {});
  }

  // Names of the request files, without their ending.
  std::vector<std::string> requests() const
  {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir.file("out")))
      names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  void answer(const std::string& request, const std::string& inside)
  {
    dir.write("in/" + request + "_01062026161902.xml", "<Answer>" + inside + "</Answer>");
  }
};

std::string result(const std::string& key, const std::string& status, const std::string& more = "")
{
  return fmt::format("<TxInf><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>{}</TxSts>{}</TxInf>", key,
                     status, more);
}

} // namespace

TEST_CASE("what became of a batch is unknown until its answer is there, found by its name")
{
  Exchange exchange;
  const auto intents = exchange.intents(2);
  for (const auto& receipt : exchange.push(intents))
    CHECK(receipt.outcome == Outcome::unknown);
  const auto requests = exchange.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].size() == std::string("0077REQ").size() + 17);
  CHECK(exchange.dir.read("out/" + requests[0] + ".xml") ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Batch xmlns=\"http://example.in/request\">"
        "<GrpHdr><MsgId>" +
            requests[0] +
            "</MsgId><NbOfTxs>2</NbOfTxs></GrpHdr><PmtInf><Tx><EndToEndId>P1</EndToEndId>"
            "<Amt>1250.50</Amt></Tx><Tx><EndToEndId>P2</EndToEndId><Amt>1250.50</Amt></Tx></PmtInf>"
            "</Batch>");
  exchange.answer("0077REQ00000000000000001", result("P1", "ACCP") + result("P2", "ACCP"));
  CHECK(exchange.push(intents)[0].outcome == Outcome::unknown); // somebody else's
  CHECK(exchange.requests() == requests);
}

TEST_CASE("results are matched by what they name, in whatever order they come")
{
  Exchange exchange;
  const auto intents = exchange.intents(3);
  exchange.push(intents);
  exchange.answer(exchange.requests()[0], result("P3", "ACCP") +
                                              result("P1", "ACCP", "<CPSMSId>C1</CPSMSId>") +
                                              result("P3", "ACCP"));
  const auto receipts = exchange.push(intents);
  CHECK(receipts[0].outcome == Outcome::applied);
  CHECK(receipts[0].remote_id == "C1");
  CHECK(receipts[1].outcome == Outcome::unknown); // left out
  CHECK(receipts[2].outcome == Outcome::unknown); // named twice
  CHECK(exchange.requests().size() == 1);
}

TEST_CASE("a batch that is rejected goes out again without the culprits that are named")
{
  Exchange exchange;
  const auto intents = exchange.intents(3);
  exchange.push(intents);
  const auto first = exchange.requests();
  exchange.answer(first[0], result("P2", "RJCT",
                                   "<StsRsnInf><Rsn><Cd>12</Cd><AddtlInf>no such account"
                                   "</AddtlInf></Rsn><Rsn><Cd>7</Cd></Rsn></StsRsnInf>") +
                                result("P1", "ACCP"));
  for (int turn = 0; turn < 2; ++turn) { // a hub that died in between does the same again
    const auto receipts = exchange.push(intents);
    CHECK(receipts[1].outcome == Outcome::refused);
    CHECK(receipts[1].error.what == "rejected: 12; no such account; 7");
    const std::vector<const Intent*> rest = {&intents[0], &intents[2]};
    for (const int at : {0, 2}) {
      CHECK(receipts[at].outcome == Outcome::unknown);
      CHECK(receipts[at].batch == batch_key(rest));
    }
    CHECK(exchange.requests().size() == 2);
  }
  const std::vector<Intent> rest = {intents[0], intents[2]};
  CHECK(exchange.push(rest)[0].outcome == Outcome::unknown);
  for (const auto& request : exchange.requests())
    if (request != first[0]) exchange.answer(request, result("P1", "ACCP") + result("P3", "ACCP"));
  CHECK(exchange.push(rest)[1].outcome == Outcome::applied);
  CHECK(exchange.requests().size() == 2);
}

TEST_CASE("a batch that is rejected without a culprit is taken apart by halves, to the last")
{
  Exchange exchange;
  auto waiting = std::vector<std::vector<Intent>>{exchange.intents(5)};
  std::map<std::string, Outcome> became;
  // P4 is bad, and the answer never says so: the batch is rejected, that is all.
  for (int turn = 0; turn < 12 && !waiting.empty(); ++turn) {
    const auto batch = waiting.back();
    waiting.pop_back();
    auto receipts = exchange.push(batch);
    bool bad = false;
    std::string good;
    for (const auto& intent : batch) {
      bad = bad || intent.key == "P4";
      good += result(intent.key, "ACCP");
    }
    for (const auto& request : exchange.requests()) {
      const auto text = exchange.dir.read("out/" + request + ".xml");
      bool same = text.find(fmt::format("<NbOfTxs>{}<", batch.size())) != std::string::npos;
      for (const auto& intent : batch)
        same = same && text.find(">" + intent.key + "<") != std::string::npos;
      if (same) exchange.answer(request, bad ? "<GrpSts>RJCT</GrpSts>" : good);
    }
    receipts = exchange.push(batch);
    std::map<std::string, std::vector<Intent>> parts;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      became[batch[i].key] = receipts[i].outcome;
      if (receipts[i].outcome == Outcome::unknown) parts[receipts[i].batch].push_back(batch[i]);
    }
    for (auto& [key, part] : parts)
      waiting.push_back(part);
  }
  CHECK(waiting.empty());
  for (const auto& [key, outcome] : became) {
    CAPTURE(key);
    CHECK(outcome == (key == "P4" ? Outcome::refused : Outcome::applied));
  }
  CHECK(became.size() == 5);
}

TEST_CASE("an answer counts only when it is signed as it must be")
{
  const Signer signer, stranger;
  Exchange exchange(", certificates: \"" + signer.certificate_file() + "\"");
  const auto intents = exchange.intents(1);
  exchange.push(intents);
  const std::string name = "in/" + exchange.requests()[0] + "_01062026161902.xml";
  const std::string document = "<Answer>" + result("P1", "ACCP") + "</Answer>";
  for (const std::string& wrong : {document, stranger.sign(document), std::string("<Answer>")}) {
    exchange.dir.write(name, wrong);
    const auto receipt = exchange.push(intents)[0];
    CHECK(receipt.outcome == Outcome::unknown);
    CHECK(receipt.error.what.starts_with("no answer to be trusted"));
  }
  exchange.dir.write(name, signer.sign(document));
  const auto receipt = exchange.push(intents)[0];
  CHECK_MESSAGE(receipt.outcome == Outcome::applied, receipt.error.what);
}

TEST_CASE("a signature counts for the whole document and nothing else")
{
  const Signer signer, stranger;
  const std::string trusted = signer.certificate();
  const std::string document = "<Answer Id=\"root\"><Tx>ACCP</Tx></Answer>";
  const std::string good = signer.sign(document);
  CHECK(check_signature(good, trusted));
  CHECK(check_signature(good, stranger.certificate() + trusted));
  const auto why = [&](const std::string& text, const std::string& certificates) {
    const auto checked = check_signature(text, certificates);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == ErrorKind::unauthorized);
    return checked.error().what;
  };
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  CHECK(why(document, trusted).find("not signed") != std::string::npos);
  CHECK(why(good, stranger.certificate()).find("trust") != std::string::npos);
  CHECK(why(good, "").find("no certificate") != std::string::npos);
  CHECK(why(replaced(good, "ACCP", "RJCT"), trusted).find("wrong") != std::string::npos);
  // The signed document wrapped into another, which says something else.
  const std::string inner = good.substr(good.find("<Answer"));
  CHECK(why("<Answer><Tx>RJCT</Tx>" + inner + "</Answer>", trusted).find("not signed") !=
        std::string::npos);
  const auto begin = inner.find("<ds:Signature"), end = inner.find("</ds:Signature>");
  const std::string signature = inner.substr(begin, end + 15 - begin);
  CHECK_FALSE(
      check_signature("<Answer><Tx>RJCT</Tx>" + document + signature + "</Answer>", trusted));
  CHECK(why(replaced(good, signature, signature + signature), trusted).find("several") !=
        std::string::npos);
  // Signed by name: another element of that name could be moved in.
  CHECK(why(signer.sign(document, "#root"), trusted).find("whole document") != std::string::npos);
  CHECK(why(signer.sign(document, "", "rsa-sha1"), trusted).find("algorithm") != std::string::npos);
  CHECK(why("<!DOCTYPE Answer [<!ENTITY a \"b\">]>" + inner, trusted).find("document type") !=
        std::string::npos);
}
