// Who answers: takes each request once, rejects a batch that pays somebody twice, and signs what it says.
#include "tests/contract/batch_world.hpp"

#include "connectors/api/manifest.hpp"
#include "connectors/files/files.hpp"
#include "connectors/files/local_folder.hpp"
#include "schema/xml.hpp"
#include "tests/contract/made_records.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/connectors/signed_files.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace gramsetu::contract {

namespace {

using namespace gramsetu::connectors;
namespace fs = std::filesystem;

constexpr int kRecords = 2'500; // more than two pages hold
constexpr int kFiles = 3;

const test::Signer& signer()
{
  static const test::Signer one;
  return one;
}

// The payments of a request, in the words of the documents.
std::vector<std::string> payments_in(std::string_view request)
{
  std::vector<std::string> payments;
  const auto read = schema::parse_xml(
      request, {"/DbtPayment/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf", {}}, [&](schema::Value item) {
        const auto* id = schema::at_pointer(item, "/PmtId/EndToEndId");
        payments.push_back(id ? id->text() : "");
        return Result<void>();
      });
  REQUIRE(read);
  return payments;
}

class Payer {
public:
  explicit Payer(const test::TempDir& folder) : folder_(folder) {}

  // The changes that are being sent: an effect is had by one of them.
  void expect(std::span<const Intent> intents)
  {
    sent_.clear();
    for (const auto& intent : intents)
      sent_[intent.key] = intent.idempotency_key;
  }

  void take(const std::string& name, std::string_view request)
  {
    const auto payments = payments_in(request);
    const auto is_paid = [&](const std::string& payment) { return paid_.contains(payment); };
    const bool rejected = std::any_of(payments.begin(), payments.end(), is_paid);
    std::string said;
    for (const auto& payment : payments)
      said += fmt::format(
          "<TxInfAndSts><OrgnlEndToEndId>{0}</OrgnlEndToEndId>{1}</TxInfAndSts>", payment,
          is_paid(payment) ? "<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>DUPL</Cd></Rsn></StsRsnInf>"
                           : "<TxSts>ACCP</TxSts><CPSMSId>C" + payment + "</CPSMSId>");
    for (const auto& payment : payments)
      if (!rejected) effects_.push_back(sent_[payment]), paid_.insert(payment);
    answers_[name] = signer().sign(
        fmt::format("<DbtPaymentResponse><CstmrPmtStsRpt><OrgnlGrpInfAndSts><GrpSts>{}</GrpSts>"
                    "</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>{}</OrgnlPmtInfAndSts></CstmrPmtStsRpt>"
                    "</DbtPaymentResponse>",
                    rejected ? "RJCT" : "ACCP", said));
    deliver(name);
  }

  void spoil(std::optional<Mishap> how) { how_ = how; }

  void deliver_all()
  {
    for (const auto& [name, answer] : answers_)
      deliver(name);
  }

  std::size_t effects() const { return effects_.size(); }
  std::size_t effects_of(const std::string& key) const
  {
    return static_cast<std::size_t>(std::count(effects_.begin(), effects_.end(), key));
  }

private:
  void deliver(const std::string& name) const
  {
    auto answer = answers_.at(name);
    if (how_ == Mishap::answer_lost) return;
    if (how_ == Mishap::truncated) answer.resize(answer.size() / 2);
    if (how_ == Mishap::malformed) answer.insert(answer.size() / 2, "<\xFF");
    folder_.write("responses/" + name + "_14062026161902.xml", answer);
  }

  const test::TempDir& folder_;
  std::optional<Mishap> how_;
  std::map<std::string, std::string> sent_, answers_; // by payment; by request
  std::set<std::string> paid_;
  std::vector<std::string> effects_; // their idempotency keys
};

// The folder of the server, where what is put is answered at once.
class Answered final : public files::Folder {
public:
  Answered(std::unique_ptr<files::Folder> inner, Payer& payer)
      : inner_(std::move(inner)), payer_(payer)
  {
  }

  Result<files::FileEntry> find(const std::string& path, std::stop_token stop) override
  {
    return inner_->find(path, stop);
  }
  Result<files::OpenFile> open_file(const std::string& path, std::stop_token stop) override
  {
    return inner_->open_file(path, stop);
  }
  Result<files::Put> put(const std::string& path, std::string_view bytes,
                         std::stop_token stop) override
  {
    auto done = inner_->put(path, bytes, stop);
    if (done && *done == files::Put::written && path.starts_with("requests/"))
      payer_.take(fs::path(path).stem(), bytes);
    return done;
  }
  Result<void> move(const std::string& from, const std::string& to, std::stop_token stop) override
  {
    return inner_->move(from, to, stop);
  }
  Result<void> remove(const std::string& path, std::stop_token stop) override
  {
    return inner_->remove(path, stop);
  }
  std::string name() const override { return inner_->name(); }

protected:
  Result<std::vector<Listed>> list(const std::string& folder, const std::string& names,
                                   std::stop_token stop) override
  {
    if (!files::is_pattern(names)) return std::vector{Listed{names, folder.empty(), ""}};
    TRY(const auto found, inner_->match((folder.empty() ? "" : folder + "/") + names, stop));
    std::vector<Listed> all;
    for (const auto& entry : found)
      all.push_back({fs::path(entry.path).filename(), false, entry.identity});
    return all;
  }

private:
  std::unique_ptr<files::Folder> inner_;
  Payer& payer_;
};

// Tells the payer what it is about to be sent.
class Announced final : public Connector {
public:
  Announced(std::unique_ptr<Connector> inner, Payer& payer)
      : inner_(std::move(inner)), payer_(payer)
  {
  }
  Capabilities capabilities(const Stream& stream) const override
  {
    return inner_->capabilities(stream);
  }
  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    return inner_->pull(request, stop);
  }
  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    payer_.expect(intents);
    return inner_->push(stream, intents, stop);
  }
  Result<std::vector<Sighting>> probe(const Stream& stream, std::span<const Reference> references,
                                      std::stop_token stop) override
  {
    return inner_->probe(stream, references, stop);
  }
  Result<std::string> reach(std::stop_token stop) override { return inner_->reach(stop); }

private:
  std::unique_ptr<Connector> inner_;
  Payer& payer_;
};

class BatchWorld final : public World {
public:
  explicit BatchWorld(const std::string& stream) : payer_(folder_)
  {
    settings_.name = "pfms";
    settings_.manifest = shipped_manifest("pfms-files");
    settings_.options["certificate"] = signer().certificate_file();
    stream_ = &stream_named(*settings_.manifest, stream);
    const auto path = stream_->pull.find("path")->scalar; // "status/*.xml"
    place_ = path.substr(0, path.rfind('/'));
    seed();
  }

  std::unique_ptr<Connector> open() override
  {
    const auto open_folder = [this](std::stop_token) -> Result<std::unique_ptr<files::Folder>> {
      TRY(auto local, files::LocalFolder::open(folder_.path()));
      return std::unique_ptr<files::Folder>(std::make_unique<Answered>(std::move(local), payer_));
    };
    auto opened = files::open_over(open_folder, settings_, {clock_, Log(clock_, sink_), "hub"});
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
    return std::make_unique<Announced>(std::move(*opened), payer_);
  }

  const Stream& stream() const override { return *stream_; }
  void touch() override { drop("news.xml", 3, 4, "touched"); }
  void empty() override { fs::remove_all(folder_.file(place_)); }

  bool strike(Mishap mishap, int skip) override
  {
    if (skip > 0) return false;
    const auto first = place_ + "/day-0.xml";
    auto text = folder_.read(first);
    switch (mishap) {
    case Mishap::answer_lost: break;
    case Mishap::truncated: folder_.write(first, text.substr(0, text.size() / 2)); break;
    case Mishap::malformed: folder_.write(first, text.insert(text.size() / 2, "<\xFF")); break;
    case Mishap::refused: fs::rename(folder_.path(), folder_.path() + ".away"); return true;
    default: return false;
    }
    payer_.spoil(mishap);
    return true;
  }

  void calm() override
  {
    if (fs::exists(folder_.path() + ".away")) fs::rename(folder_.path() + ".away", folder_.path());
    fs::remove_all(folder_.file(place_));
    seed();
    payer_.spoil({});
    payer_.deliver_all();
  }

  bool tells_total() const override { return true; }
  bool has_cursor() const override { return true; }
  bool cursor_grows() const override { return false; }
  bool is_remote() const override { return false; }
  bool has_set_aside() override
  {
    return fs::exists(folder_.file(place_ + "/rejected/day-0.xml")) &&
           fs::exists(folder_.file(place_ + "/rejected/day-0.xml.reason"));
  }

  std::size_t effects() override { return payer_.effects(); }
  std::size_t effects_of(const std::string& key) override { return payer_.effects_of(key); }
  Intent fresh(int number) override { return made_intent(*stream_, number); }
  schema::Value changed(const schema::Value& body, int number) override
  {
    return changed_body(*stream_, body, number);
  }
  std::string unknown_key() override { return "nowhere"; }

private:
  void seed()
  {
    for (int i = 0; i < kFiles; ++i)
      drop(fmt::format("day-{}.xml", i), i * kRecords / kFiles, (i + 1) * kRecords / kFiles, "");
  }

  void drop(const std::string& name, int from, int to, const std::string& label)
  {
    schema::List records;
    for (int i = from; i < to; ++i)
      records.push_back(made_body(*stream_, fmt::format("{:05}", i), label));
    schema::Value document{schema::Object()};
    REQUIRE(schema::set_at_pointer(document, stream_->pull.find("records")->scalar,
                                   schema::Value(std::move(records))));
    folder_.write(place_ + "/" + name, schema::to_xml(document).value());
  }

  test::TempDir folder_;
  test::FakeClock clock_; // what was just dropped is left alone for a while
  NullSink sink_;
  EndpointSettings settings_;
  const Stream* stream_ = nullptr;
  std::string place_; // where files are dropped
  Payer payer_;
};

} // namespace

MakeWorld batch_world(const std::string& stream)
{
  return [stream] { return std::make_unique<BatchWorld>(stream); };
}

} // namespace gramsetu::contract
