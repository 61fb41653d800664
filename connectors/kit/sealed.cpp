// Both forms of sealed messages, the other way round.
#include "connectors/kit/sealed.hpp"

#include "base/base64.hpp"
#include "base/hmac.hpp"
#include "connectors/api/extract.hpp"
#include "connectors/http/message.hpp"
#include "connectors/http/seal/messages.hpp"
#include "connectors/http/seal/sealer.hpp"
#include "connectors/http/url.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <fstream>

namespace gramsetu::connectors::kit {

namespace seal = http::seal;

namespace {

constexpr const char* kParty = "fixture";

std::string around(const std::string& pointer, const std::string& text)
{
  schema::Value body{schema::Object()};
  schema::set_at_pointer(body, pointer, schema::Value(text));
  return schema::to_json(body);
}

Result<std::string> text_at(const schema::Value& body, const std::string& pointer)
{
  const schema::Value* found = schema::at_pointer(body, pointer);
  if (!found) return fail(ErrorKind::invalid, "the request has no " + pointer);
  return scalar_text(*found);
}

class Bridge final : public Sealed {
public:
  Bridge(seal::SealPlan plan, seal::BridgeKeys keys)
      : plan_(std::move(plan)), keys_(std::move(keys))
  {
  }

  Result<void> open(Heard& heard) const override
  {
    TRY(const auto body, schema::parse_json(heard.body));
    if (!plan_.party.empty()) {
      TRY(const auto party, text_at(body, plan_.party));
      if (party != kParty) return fail(ErrorKind::invalid, "the request is of another party");
    }
    TRY(const auto sealed, text_at(body, plan_.request));
    TRY(const auto pairs, seal::open_message(keys_, sealed));
    schema::Object opened;
    for (const auto& [name, value] : pairs)
      opened.set(name, schema::Value(value));
    heard.body = schema::to_json(schema::Value(std::move(opened)));
    return {};
  }

  Result<std::string> seal(const std::string& answer) const override
  {
    TRY(const auto body, schema::parse_json(answer));
    if (!body.is_object())
      return fail(ErrorKind::invalid, "only an answer with members can be sealed");
    seal::Pairs pairs;
    for (const auto& member : body.object().members()) {
      const auto& value = member.value;
      const bool deep = value.is_object() || value.is_list();
      pairs.emplace_back(member.name, deep ? schema::to_json(value) : scalar_text(value));
    }
    TRY(const auto sealed, seal::seal_message(keys_, pairs));
    return around(plan_.response, sealed);
  }

private:
  const seal::SealPlan plan_;
  const seal::BridgeKeys keys_; // `ours` are the system's
};

class Napix final : public Sealed {
public:
  Napix(seal::SealPlan plan, seal::AesKey key) : plan_(std::move(plan)), key_(std::move(key)) {}

  Result<void> open(Heard& heard) const override
  {
    const auto sealed = http::query_value(heard.query, plan_.request);
    if (!sealed) return fail(ErrorKind::invalid, "the request has no " + plan_.request);
    TRY(const auto bytes, from_base64(*sealed));
    TRY(const auto plain, seal::decrypt(key_, bytes));
    if (!plan_.check.empty() &&
        http::query_value(heard.query, plan_.check) != to_hex(hmac_sha256(key_.key, plain)))
      return fail(ErrorKind::invalid, "the request's " + plan_.check + " is wrong");
    TRY(auto pairs, seal::split(plain, '&'));
    for (const auto& pair : http::query_pairs(heard.query))
      if (pair.first != plan_.request && pair.first != plan_.check) pairs.push_back(pair);
    heard.query.clear();
    for (const auto& [name, value] : pairs)
      heard.query +=
          (heard.query.empty() ? "" : "&") + http::escape(name) + "=" + http::escape(value);
    return {};
  }

  Result<std::string> seal(const std::string& answer) const override
  {
    TRY(const auto bytes, seal::encrypt(key_, answer));
    return around(plan_.response, base64(bytes));
  }

private:
  const seal::SealPlan plan_;
  const seal::AesKey key_;
};

// Made once in a process: making RSA keys takes a while, and nothing depends on which they are.
const Result<std::pair<seal::RsaKeys, seal::RsaKeys>>& both_sides()
{
  static const auto keys = []() -> Result<std::pair<seal::RsaKeys, seal::RsaKeys>> {
    TRY(auto hub, seal::new_rsa_keys());
    TRY(auto system, seal::new_rsa_keys());
    return std::pair(std::move(hub), std::move(system));
  }();
  return keys;
}

Result<std::unique_ptr<Sealed>> make_bridge(const seal::SealPlan& plan, EndpointSettings& settings,
                                            const std::string& folder)
{
  const auto& keys = both_sides();
  if (!keys) return tl::unexpected<Error>(keys.error());
  const auto& [hub, system] = *keys;
  settings.sealing.private_key = Secret(hub.private_key);
  settings.sealing.public_key = folder + "/system.pem";
  settings.sealing.party = kParty;
  std::ofstream(settings.sealing.public_key) << system.public_key;
  return std::unique_ptr<Sealed>(
      std::make_unique<Bridge>(plan, seal::BridgeKeys{system.private_key, hub.public_key}));
}

Result<std::unique_ptr<Sealed>> make_napix(const seal::SealPlan& plan, EndpointSettings& settings)
{
  TRY(auto key, seal::random_word(32));
  TRY(auto iv, seal::random_word(16));
  settings.sealing.key = Secret(key);
  settings.sealing.iv = Secret(iv);
  return std::unique_ptr<Sealed>(
      std::make_unique<Napix>(plan, seal::AesKey{std::move(key), std::move(iv)}));
}

} // namespace

Result<std::unique_ptr<Sealed>> make_sealed(EndpointSettings& settings, const std::string& folder)
{
  std::vector<schema::Finding> findings;
  NodeReader reader(findings);
  const auto plan = seal::read_seal(settings.manifest->common, reader);
  if (!plan) return std::unique_ptr<Sealed>();
  return plan->kind == seal::SealPlan::Kind::napix ? make_napix(*plan, settings)
                                                   : make_bridge(*plan, settings, folder);
}

} // namespace gramsetu::connectors::kit
