// Sealing requests on their way out, and opening answers on their way in.
#include "connectors/http/seal/sealer.hpp"

#include "base/hmac.hpp"
#include "connectors/api/extract.hpp"
#include "connectors/http/request_plan.hpp"
#include "connectors/http/seal/messages.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace gramsetu::connectors::http::seal {

namespace {

// The sealed text of an answer; empty when there is none.
std::string sealed_in(const Response& response, const std::string& pointer)
{
  const auto body = schema::parse_json(response.body);
  const schema::Value* found = body ? schema::at_pointer(*body, pointer) : nullptr;
  return found ? scalar_text(*found) : std::string();
}

class Napix final : public Sealer {
public:
  Napix(SealPlan plan, AesKey key, std::string mac_key)
      : plan_(std::move(plan)), key_(std::move(key)), mac_key_(std::move(mac_key))
  {
  }

  Result<void> seal(Request& request) const override
  {
    TRY(const Url url, parse_url(request.url));
    Pairs sealed, clear;
    for (auto& [name, value] : query_pairs(url.query)) {
      const bool open =
          std::find(plan_.clear.begin(), plan_.clear.end(), name) != plan_.clear.end();
      (open ? clear : sealed).emplace_back(name, value);
    }
    TRY(const std::string plain, join(sealed, '&', false));
    TRY(const std::string bytes, encrypt(key_, plain));
    request.url.resize(std::min(request.url.find('?'), request.url.size()));
    for (const auto& [name, value] : clear)
      add_query(request.url, name, value);
    add_query(request.url, plan_.request, base64(bytes));
    if (!plan_.check.empty())
      add_query(request.url, plan_.check, to_hex(hmac_sha256(mac_key_, plain)));
    return {};
  }

  Result<void> open(Response& response) const override
  {
    const std::string sealed = sealed_in(response, plan_.response);
    if (sealed.empty()) return {};
    TRY(const std::string bytes, from_base64(sealed));
    TRY(response.body, decrypt(key_, bytes));
    return {};
  }

private:
  SealPlan plan_;
  AesKey key_;
  std::string mac_key_;
};

class Bridge final : public Sealer {
public:
  Bridge(SealPlan plan, BridgeKeys keys, std::string party)
      : plan_(std::move(plan)), keys_(std::move(keys)), party_(std::move(party))
  {
  }

  Result<void> seal(Request& request) const override
  {
    if (request.body.empty()) return {};
    TRY(const schema::Value body, schema::parse_json(request.body));
    if (!body.is_object())
      return fail(ErrorKind::invalid, "only a body with members can be sealed");
    Pairs message;
    for (const schema::Member& member : body.object().members()) {
      if (member.value.is_list() || member.value.is_object())
        return fail(ErrorKind::invalid,
                    fmt::format("'{}' is no single value, and cannot be sealed", member.name));
      message.emplace_back(member.name, scalar_text(member.value));
    }
    TRY(std::string sealed, seal_message(keys_, message));
    schema::Value around{schema::Object()};
    if (!plan_.party.empty()) schema::set_at_pointer(around, plan_.party, schema::Value(party_));
    schema::set_at_pointer(around, plan_.request, schema::Value(std::move(sealed)));
    request.body = schema::to_json(around);
    return {};
  }

  Result<void> open(Response& response) const override
  {
    const std::string sealed = sealed_in(response, plan_.response);
    if (sealed.empty()) return {};
    TRY(const Pairs pairs, open_message(keys_, sealed));
    schema::Object opened;
    for (const auto& [name, value] : pairs)
      opened.set(name, schema::Value(value));
    response.body = schema::to_json(schema::Value(std::move(opened)));
    return {};
  }

private:
  SealPlan plan_;
  BridgeKeys keys_;
  std::string party_;
};

Result<std::string> key_bytes(const Secret& secret)
{
  const std::string& text = secret.reveal();
  if (text.starts_with("base64:")) return from_base64(std::string_view(text).substr(7));
  if (!text.starts_with("hex:")) return text;
  std::string bytes;
  for (std::size_t at = 4; at + 1 < text.size(); at += 2) {
    const auto digit = [](char c) {
      const auto place = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
      return static_cast<int>(place == std::string_view::npos ? 16 : place);
    };
    const int high = digit(text[at]), low = digit(text[at + 1]);
    if (high > 15 || low > 15) return fail(ErrorKind::invalid, "a key after hex: is not hex");
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

Result<std::unique_ptr<Sealer>> make_napix(const SealPlan& plan, const Sealing& keys)
{
  if (keys.key.empty() || keys.iv.empty())
    return fail(ErrorKind::invalid, "the manifest seals messages: 'sealing' needs 'key' and 'iv'");
  TRY(std::string key, key_bytes(keys.key));
  TRY(std::string iv, key_bytes(keys.iv));
  TRY(std::string mac_key, key_bytes(keys.mac_key.empty() ? keys.key : keys.mac_key));
  AesKey aes{std::move(key), std::move(iv)};
  TRY_VOID(encrypt(aes, "tried once, so that a bad key is known before it is needed"));
  return std::unique_ptr<Sealer>(std::make_unique<Napix>(plan, std::move(aes), std::move(mac_key)));
}

Result<std::unique_ptr<Sealer>> make_bridge(const SealPlan& plan, const Sealing& keys)
{
  if (keys.private_key.empty() || keys.public_key.empty())
    return fail(ErrorKind::invalid,
                "the manifest seals messages: 'sealing' needs 'private_key' and 'public_key'");
  std::ifstream file(keys.public_key, std::ios::binary);
  const std::string theirs{std::istreambuf_iterator<char>(file), {}};
  if (!file || theirs.empty())
    return fail(ErrorKind::invalid, fmt::format("'{}' cannot be read", keys.public_key));
  BridgeKeys both{keys.private_key.reveal(), theirs};
  TRY_VOID(seal_message(both, {{"tried", "once"}}));
  return std::unique_ptr<Sealer>(std::make_unique<Bridge>(plan, std::move(both), keys.party));
}

} // namespace

std::optional<SealPlan> read_seal(const schema::Node& common, NodeReader& reader)
{
  const schema::Node* block = reader.block(common, "seal");
  if (!block) return std::nullopt;
  reader.only(*block, {"kind", "request", "check", "response", "party", "clear"}, "'seal'");
  SealPlan plan;
  const bool bridge = reader.choice(*block, "kind", {"napix", "csc_bridge"}) == "csc_bridge";
  plan.kind = bridge ? SealPlan::Kind::csc_bridge : SealPlan::Kind::napix;
  plan.request = reader.text(*block, "request", bridge ? "/request_data" : "request_str");
  plan.check = reader.text(*block, "check", bridge ? "" : "request_token");
  plan.response = reader.text(*block, "response", bridge ? "/response_data" : "/response_str");
  plan.party = reader.text(*block, "party", bridge ? "/merchant_id" : "");
  plan.clear = reader.texts(*block, "clear");
  if (!block->find("kind")) reader.wrong(block->place, "'seal' names no kind", "kind: napix");
  return plan;
}

Result<std::unique_ptr<Sealer>> make_sealer(const SealPlan& plan, const Sealing& keys)
{
  return plan.kind == SealPlan::Kind::napix ? make_napix(plan, keys) : make_bridge(plan, keys);
}

} // namespace gramsetu::connectors::http::seal
