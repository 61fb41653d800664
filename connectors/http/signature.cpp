// Filling in what is signed, and what is sent of it.
#include "connectors/http/signature.hpp"

#include "base/hmac.hpp"

namespace gramsetu::connectors::http {

namespace {

std::vector<Parameter> read_carriers(const schema::Node& block, std::string_view key,
                                     const std::vector<std::string>& names, NodeReader& reader)
{
  std::vector<Parameter> carriers;
  const schema::Node* given = reader.block(block, key);
  if (!given) return carriers;
  for (const auto& entry : given->entries)
    carriers.push_back({entry.key, Template::read(entry.value, names, reader)});
  return carriers;
}

} // namespace

std::optional<SignaturePlan> read_signature(const schema::Node& common, NodeReader& reader)
{
  const schema::Node* block = reader.block(common, "signature");
  if (!block) return std::nullopt;
  reader.only(*block, {"text", "encoding", "headers", "query"}, "'signature'");
  SignaturePlan plan;
  std::vector<std::string> names = {"method", "host",       "path",   "query",      "body",
                                    "now",    "request_id", "key_id", "body_sha256"};
  if (const schema::Node* text = block->find("text"))
    plan.text = Template::read(*text, names, reader);
  else
    reader.wrong(block->place, "'signature' does not say what is signed",
                 "text: \"{method}\\n{path}\\n{now}\\n{body_sha256}\"");
  plan.in_base64 = reader.choice(*block, "encoding", {"hex", "base64"}) == "base64";
  names.push_back("signature");
  plan.headers = read_carriers(*block, "headers", names, reader);
  plan.query = read_carriers(*block, "query", names, reader);
  bool sent = false;
  for (const auto* carriers : {&plan.headers, &plan.query})
    for (const Parameter& carrier : *carriers)
      sent = sent || carrier.value.uses("signature");
  if (!sent)
    reader.wrong(block->place, "the signature is never sent",
                 "headers: { X-Signature: \"{signature}\" }");
  return plan;
}

Result<void> add_signature(const SignaturePlan& plan, const Signer& signer, Request& request)
{
  TRY(const Url url, parse_url(request.url));
  Values values = {{"method", request.method},
                   {"host", url.host},
                   {"path", url.path},
                   {"query", url.query},
                   {"body", request.body},
                   {"body_sha256", to_hex(sha256(request.body))},
                   {"now", to_rfc3339(signer.now)},
                   {"request_id", signer.request_id},
                   {"key_id", signer.key_id}};
  TRY(const std::string text, plan.text.fill(values));
  const Digest signature = hmac_sha256(signer.secret, text);
  values["signature"] = plan.in_base64 ? base64(as_bytes(signature)) : to_hex(signature);
  for (const Parameter& header : plan.headers) {
    TRY(std::string value, header.value.fill(values));
    request.headers.push_back({header.name, std::move(value)});
  }
  for (const Parameter& parameter : plan.query) {
    TRY(const std::string value, parameter.value.fill(values));
    add_query(request.url, parameter.name, value);
  }
  return {};
}

} // namespace gramsetu::connectors::http
