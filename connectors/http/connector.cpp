// The `http` transport: a manifest's plan over one gateway.
#include "connectors/http/documents.hpp"
#include "connectors/http/http.hpp"
#include "connectors/http/plan.hpp"
#include "connectors/http/probe.hpp"
#include "connectors/http/pull.hpp"
#include "connectors/http/push.hpp"

#include <fmt/format.h>

namespace gramsetu::connectors::http {

namespace {

Values values_of(const EndpointSettings& settings, const std::string& hub)
{
  Values values;
  for (const ManifestOption& option : settings.manifest->options)
    values["options." + option.name] = option.default_text;
  for (const auto& [name, value] : settings.options)
    values["options." + name] = value;
  values["hub"] = hub;
  return values;
}

class HttpConnector final : public Connector, public Fetcher {
public:
  HttpConnector(const EndpointSettings& settings, Plan plan, Means means, const Services& services)
      : manifest_(settings.manifest),
        plan_(std::move(plan)),
        documents_(Documents::make(settings, plan_, means.identity, services)),
        gateway_(settings, plan_, std::move(means), services),
        context_{gateway_, plan_, values_of(settings, services.hub_name)},
        sizes_(traffic_of(settings.name))
  {
  }

  Capabilities capabilities(const Stream& stream) const override
  {
    const auto plan = context_.plan_of(stream);
    return plan ? capabilities_of((*plan)->push) : Capabilities{};
  }

  Result<Page> pull(const PullRequest& request, std::stop_token stop) override
  {
    return http::pull(context_, sizes_, request, stop);
  }

  std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                            std::stop_token stop) override
  {
    return http::push(context_, stream, intents, stop);
  }

  Result<std::vector<Sighting>> probe(const Stream& stream, std::span<const Reference> references,
                                      std::stop_token stop) override
  {
    return http::probe(context_, stream, references, stop);
  }

  Result<std::string> reach(std::stop_token stop) override
  {
    return http::reach(context_, *manifest_, stop);
  }

  std::optional<ClockReading> clock() const override { return gateway_.clock(); }

  Result<Fetched> fetch(const DocumentOf& wanted, std::stop_token stop) override
  {
    if (!documents_) return fail(ErrorKind::unsupported, "this manifest asks for no documents");
    Values values = context_.values;
    for (const auto& [name, value] : wanted.slice.part)
      values["slice." + name] = value;
    return documents_->fetch(wanted, values, stop);
  }

private:
  std::shared_ptr<const Manifest> manifest_;
  Plan plan_;
  std::unique_ptr<Documents> documents_; // null: none is asked for
  Gateway gateway_;
  Context context_;
  PageSizes sizes_;
};

void check_manifest(const Manifest& manifest, std::vector<schema::Finding>& findings)
{
  NodeReader reader(findings);
  refuse_state_cursor(manifest, reader);
  static_cast<void>(read_plan(manifest, findings));
  static_cast<void>(read_documents(manifest, findings));
}

Result<std::unique_ptr<Connector>> open(const EndpointSettings& settings, Services services)
{
  const auto named = [&](const Error& error) { return within("endpoint " + settings.name, error); };
  const auto base = parse_url(settings.url);
  if (!base) return named(base.error());
  if (!base->query.empty())
    return named({ErrorKind::invalid, "the url of an endpoint has no query", std::nullopt});
  if (base->scheme == "http" && !settings.allow_plaintext && !is_loopback_host(base->host))
    return named({ErrorKind::invalid,
                  "http:// is only for this machine; use https:// or allow_plaintext",
                  std::nullopt});
  if (!settings.manifest) return named({ErrorKind::invalid, "it has no manifest", std::nullopt});
  std::vector<schema::Finding> findings;
  Plan plan = read_plan(*settings.manifest, findings);
  if (!findings.empty())
    return named({ErrorKind::invalid, schema::to_text(findings.front()), std::nullopt});
  if ((settings.auth.kind == Auth::Kind::hmac) != plan.signature.has_value())
    return named({ErrorKind::invalid,
                  plan.signature ? "its manifest signs requests: auth must be hmac"
                                 : "auth is hmac, and its manifest has no 'signature'",
                  std::nullopt});
  Means means;
  if (plan.seal) {
    auto made = seal::make_sealer(*plan.seal, settings.sealing);
    if (!made) return named(made.error());
    means.sealer = std::move(*made);
  }
  if (!settings.tls.certificate.empty()) {
    auto read = read_identity(settings.tls);
    if (!read) return named(read.error());
    means.identity = std::move(*read);
  }
  return std::unique_ptr<Connector>(
      std::make_unique<HttpConnector>(settings, std::move(plan), std::move(means), services));
}

} // namespace

TransportType transport_type()
{
  return {"http", "HTTP APIs that answer in JSON, XML, CSV or NDJSON", check_manifest, open};
}

} // namespace gramsetu::connectors::http
