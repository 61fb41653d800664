// From an address, or a request, to bytes; or to why there are none.
#include "connectors/http/documents.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/http/resume.hpp"
#include "connectors/http/rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

namespace {

std::uint64_t largest(const Manifest& manifest)
{
  std::uint64_t most = 0;
  for (const auto& stream : manifest.streams)
    for (const auto& one : attachments_of(stream))
      if (one.is_fetched()) most = std::max(most, one.max);
  return most;
}

// No answer is longer than the largest document may be.
EndpointSettings bounded(EndpointSettings settings)
{
  settings.limits.response_bytes = largest(*settings.manifest);
  return settings;
}

ClientSettings without_identity(const EndpointSettings& settings)
{
  ClientSettings client;
  client.limits = bounded(settings).limits;
  client.tls = settings.tls;
  client.tls.certificate.clear();
  client.tls.key = Secret();
  client.allow_plaintext = settings.allow_plaintext;
  return client;
}

Means means_of(const std::optional<Identity>& identity)
{
  Means means;
  means.identity = identity;
  return means;
}

// "files.example.in", or with the port that is not the scheme's.
bool is_listed(const Attachment& wanted, const Url& url)
{
  const bool usual = url.port == (url.scheme == "https" ? "443" : "80");
  return std::any_of(wanted.hosts.begin(), wanted.hosts.end(), [&](const std::string& host) {
    return host == url.host + ":" + url.port || (usual && host == url.host);
  });
}

std::vector<std::string> names_of(const Manifest& manifest, const Stream& stream)
{
  std::vector<std::string> names = {"hub", "now", "request_id"};
  for (const auto& option : manifest.options)
    names.push_back("options." + option.name);
  for (const auto& dimension : stream.slices)
    names.push_back("slice." + dimension.name);
  return names;
}

// What is wrong with them was told when the manifest was checked.
DocumentPlans checked(const Manifest& manifest)
{
  std::vector<schema::Finding> findings;
  return read_documents(manifest, findings);
}

} // namespace

DocumentPlans read_documents(const Manifest& manifest, std::vector<schema::Finding>& findings)
{
  NodeReader reader(findings);
  DocumentPlans plans;
  for (const auto& stream : manifest.streams) {
    const auto* given = stream.pull.is_map() ? stream.pull.find("attachment") : nullptr;
    if (!given) continue;
    for (const auto& block : given->is_list() ? given->items : std::vector{*given})
      if (const auto* request = block.find("request"))
        plans[{stream.name, reader.text(block, "field")}] =
            read_request(*request, "GET", names_of(manifest, stream), reader);
  }
  return plans;
}

std::unique_ptr<Documents> Documents::make(const EndpointSettings& settings, const Plan& plan,
                                           const std::optional<Identity>& identity,
                                           const Services& services)
{
  if (largest(*settings.manifest) == 0) return nullptr;
  return std::unique_ptr<Documents>(new Documents(settings, plan, identity, services));
}

Documents::Documents(const EndpointSettings& settings, const Plan& plan,
                     const std::optional<Identity>& identity, const Services& services)
    : allow_plaintext_(settings.allow_plaintext),
      plan_(plan),
      plans_(checked(*settings.manifest)),
      home_(bounded(settings), plan, means_of(identity), services),
      abroad_(without_identity(settings), services.clock)
{
}

Result<Request> Documents::request_for(const DocumentOf& wanted, const Values& values)
{
  const Context context{home_, plan_, values};
  const auto planned = plans_.find({wanted.stream.name, wanted.attachment.field});
  if (planned != plans_.end()) {
    TRY(auto request, context.request(planned->second, values));
    request.repeatable = true; // a read, whatever its method
    return request;
  }
  const auto* address = schema::at_pointer(wanted.record, wanted.attachment.url);
  auto url = resolve(home_.base(), address ? scalar_text(*address) : "");
  if (!url) return fail(ErrorKind::unsupported, url.error().what);
  Request request;
  request.url = url->text();
  request.label = "GET " + url->path;
  if (!url->same_origin(home_.base())) return request;
  const auto now = context.moment(values);
  for (const auto& header : plan_.headers) {
    TRY(auto value, header.value.fill(now));
    request.headers.push_back({header.name, std::move(value)});
  }
  return request;
}

Outcome Documents::ask(const Attachment& wanted, const Request& request,
                       const std::stop_token& stop)
{
  const auto refused = [&](const std::string& why) {
    return NotSent{{ErrorKind::unsupported, request.label + ": " + why, std::nullopt}};
  };
  const auto url = parse_url(request.url);
  if (!url) return refused(url.error().what);
  if (url->same_origin(home_.base())) return home_.ask(request, stop);
  if (!is_listed(wanted, *url))
    return refused("its host is not the one of the endpoint, and hosts does not list it");
  if (url->scheme == "http" && !allow_plaintext_ && !is_loopback_host(url->host))
    return refused("http:// is only for this machine");
  return send_and_resume(abroad_, request, stop); // what redirects it is no document
}

Result<Fetched> Documents::fetch(const DocumentOf& wanted, const Values& values,
                                 std::stop_token stop)
{
  TRY(const auto request, request_for(wanted, values));
  auto outcome = ask(wanted.attachment, request, stop);
  auto* response = std::get_if<Response>(&outcome);
  if (!response) return tl::unexpected<Error>(error_of(std::move(outcome)));
  if (auto verdict = judge(plan_.rules, request, *response, home_.now())) {
    if (verdict->action == Action::empty) return Fetched{};
    if (verdict->error.kind == ErrorKind::invalid) verdict->error.kind = ErrorKind::not_found;
    return tl::unexpected<Error>(std::move(verdict->error));
  }
  if (response->status != 200)
    return fail(ErrorKind::not_found,
                fmt::format("{}: answered {}", request.label, response->status));
  if (is_web_page(*response) && wanted.attachment.type.find("html") == std::string::npos)
    return fail(ErrorKind::transient, request.label + ": answered with a web page");
  return Fetched{std::move(response->body)};
}

} // namespace gramsetu::connectors::http
