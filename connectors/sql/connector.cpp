// The `sql` transport: tables of a database as streams of an endpoint.
#include "base/check.hpp"
#include "connectors/sql/mapped.hpp"
#include "connectors/sql/ours.hpp"
#include "connectors/sql/postgres.hpp"
#include "connectors/sql/prepare.hpp"
#include "connectors/sql/pull.hpp"
#include "connectors/sql/push.hpp"
#include "connectors/sql/sql.hpp"

#include "connectors/api/attachment.hpp"
#include "connectors/sql/sqlite.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::sql {

namespace {

using StreamWords = std::map<std::string, Words>;

class SqlConnector final : public Connector {
public:
  SqlConnector(const EndpointSettings& settings, Clock& clock, std::unique_ptr<Database> database,
               StreamWords words)
      : name_(settings.name),
        manifest_(settings.manifest),
        clock_(clock),
        database_(std::move(database)),
        words_(std::move(words))
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    Capabilities can;
    const Words* words = words_of(stream);
    if (!words) return can;
    can.probes = true;
    if (!words->push) return can;
    can.creates = words->push->creates;
    can.updates = words->push->updates;
    can.removes = words->push->removes;
    can.if_version = !words->version.empty();
    can.idempotent = true; // the receipts see to it
    can.batch_max = words->push->batch;
    can.retention = words->push->retention;
    return can;
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    TRY(auto opened, open(*request.stream, std::move(stop)));
    return pull_page(*opened.session, opened.mapped, request);
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    std::vector<Receipt> receipts;
    const Words* words = words_of(stream);
    while (receipts.size() < intents.size()) {
      const auto rest = intents.subspan(receipts.size());
      const auto batch =
          rest.first(std::min(rest.size(), words && words->push ? words->push->batch : 1));
      for (auto& receipt : push_some(stream, batch, stop))
        receipts.push_back(std::move(receipt));
    }
    return receipts;
  }

  Result<std::vector<Sighting>> probe(const Stream& stream, std::span<const Reference> references,
                                      std::stop_token stop) override
  {
    TRY(auto opened, open(stream, std::move(stop)));
    std::vector<Sighting> seen;
    for (const auto& reference : references) {
      TRY(auto sighting, look(opened, reference));
      seen.push_back(std::move(sighting));
    }
    return seen;
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    TRY(const std::string greeting, database_->greet(stop));
    for (const Stream& stream : manifest_->streams) {
      const auto opened = open(stream, stop);
      if (!opened) return within("stream " + stream.name, opened.error());
    }
    return fmt::format("{}; {} of its tables can be used", greeting, manifest_->streams.size());
  }

private:
  struct Opened {
    std::unique_ptr<Session> session;
    Mapped mapped;
  };

  const Words* words_of(const Stream& stream) const
  {
    const auto found = words_.find(stream.name);
    return found == words_.end() ? nullptr : &found->second;
  }

  Result<Opened> open(const Stream& stream, std::stop_token stop)
  {
    const Words* words = words_of(stream);
    if (!words)
      return fail(ErrorKind::unsupported, fmt::format("no stream '{}' here", stream.name));
    if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    TRY(auto session, database_->connect(std::move(stop)));
    auto mapped = look_up(*session, stream, *words);
    if (!mapped) return advised(mapped.error());
    if (const auto ready = check_prepared(*session, *mapped); !ready) return advised(ready.error());
    return Opened{std::move(session), std::move(*mapped)};
  }

  // With the command that makes what is missing.
  tl::unexpected<Error> advised(Error error) const
  {
    if (error.kind == ErrorKind::unsupported)
      error.what += ": gramsetu connectors prepare " + name_;
    return tl::unexpected<Error>(std::move(error));
  }

  std::vector<Receipt> push_some(const Stream& stream, std::span<const Intent> intents,
                                 const std::stop_token& stop)
  {
    const Words* words = words_of(stream);
    const auto none = [&](Error error) {
      Receipt receipt;
      receipt.outcome = Receipt::Outcome::not_sent;
      receipt.error = std::move(error);
      return std::vector<Receipt>(intents.size(), receipt);
    };
    if (words && !words->push) return none({ErrorKind::unsupported, "this stream is not written"});
    auto opened = open(stream, stop);
    if (!opened) return none(opened.error());
    return push_batch(*opened->session, opened->mapped, intents, clock_.now());
  }

  static Result<Sighting> look(const Opened& opened, const Reference& reference)
  {
    const Mapped& mapped = opened.mapped;
    TRY(Place place, place_of(mapped, reference));
    Statement statement(opened.session->dialect());
    statement.add("SELECT ");
    mapped.select(statement);
    statement.add(" FROM ").add(quoted(mapped.table.name)).add(" WHERE ");
    mapped.match(statement, place.columns, std::move(place.cells));
    TRY(const Answer answer, opened.session->run(statement.add(" LIMIT 2")));
    Sighting sighting;
    if (answer.rows.empty()) return sighting;
    if (answer.rows.size() > 1) return fail(ErrorKind::invalid, "several rows have this key");
    sighting.found = true;
    sighting.record = mapped.record(answer.rows[0]);
    return sighting;
  }

  const std::string name_;
  const std::shared_ptr<const Manifest> manifest_;
  Clock& clock_;
  const std::unique_ptr<Database> database_;
  const StreamWords words_; // by stream
};

void check_manifest(const Manifest& manifest, std::vector<schema::Finding>& findings)
{
  NodeReader reader(findings);
  reader.only(manifest.common, {"zone"}, "the manifest");
  if (manifest.errors.is_list())
    reader.wrong(manifest.errors.place, "a database answers with no errors to have rules for");
  refuse_fetched(manifest.streams, reader);
  read_words(manifest, {}, findings);
}

// Read-only unless something is written.
Result<std::unique_ptr<Database>> database_of(const EndpointSettings& settings, Services services,
                                              bool writes)
{
  if (settings.url.empty() == settings.path.empty())
    return fail(ErrorKind::invalid, "a database needs url or path, and not both");
  if (!settings.path.empty()) return sqlite_database(settings, services.clock, writes);
  return postgres_database(settings, services, writes);
}

Result<StreamWords> words_of(const EndpointSettings& settings)
{
  check(settings.manifest != nullptr, "an endpoint is opened with its manifest");
  std::vector<schema::Finding> findings;
  auto words = read_words(*settings.manifest, settings.options, findings);
  if (!findings.empty())
    return fail(ErrorKind::invalid,
                fmt::format("endpoint '{}': {}", settings.name, to_text(findings.front())));
  return words;
}

Result<std::unique_ptr<Connector>> open(const EndpointSettings& settings, Services services)
{
  TRY(auto words, words_of(settings));
  const bool writes = std::any_of(words.begin(), words.end(),
                                  [](const auto& each) { return each.second.push.has_value(); });
  TRY(auto database, database_of(settings, services, writes));
  return std::unique_ptr<Connector>(std::make_unique<SqlConnector>(
      settings, services.clock, std::move(database), std::move(words)));
}

Result<Preparation> prepare_endpoint(const EndpointSettings& settings, Services services,
                                     bool apply, std::stop_token stop)
{
  TRY(const auto words, words_of(settings));
  TRY(const auto database, database_of(settings, services, apply));
  TRY(const auto session, database->connect(std::move(stop)));
  return prepare(*session, *settings.manifest, words, apply);
}

} // namespace

TransportType transport_type()
{
  return {"sql", "Tables of an SQLite or PostgreSQL database", check_manifest, open,
          prepare_endpoint};
}

} // namespace gramsetu::connectors::sql
