// The central endpoint's way of speaking.
#include "schema/json.hpp"
#include "schema/types.hpp"
#include "tests/endpoints/dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <random>

namespace gramsetu::sim {

namespace {

using schema::MoneyUnit;

constexpr std::chrono::minutes kIndia{330};

// Members that hold rupees, wherever they stand.
constexpr std::array<std::string_view, 22> kAmounts = {"amount",
                                                       "openingBalance",
                                                       "closingBalance",
                                                       "plannedOutlay",
                                                       "expctdFund",
                                                       "prevusYrBlnce",
                                                       "actulFundRcvd",
                                                       "actulExpndtur",
                                                       "expectedAmount",
                                                       "paidAmount",
                                                       "unitsCost",
                                                       "cost",
                                                       "general",
                                                       "sc",
                                                       "st",
                                                       "receipts",
                                                       "sanctionedAmt",
                                                       "releasedAmt",
                                                       "receivedAmt",
                                                       "delayInterestAmt",
                                                       "fee",
                                                       "totalCost"};

// "125000.50" to "1,25,000.50", as this system prints every amount.
std::string grouped(std::string text)
{
  std::size_t at = text.find('.');
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  for (std::size_t step = 3; at > first + step; step = 2) {
    at -= step;
    text.insert(at, ",");
  }
  return text;
}

bool is_amount(const std::string& name)
{
  return std::find(kAmounts.begin(), kAmounts.end(), name) != kAmounts.end();
}

// The value as this system prints it, or nothing when it stays as it is.
std::optional<schema::Value> tidied(const std::string& name, const schema::Value& value)
{
  if (value.is_text() && is_amount(name)) {
    const auto paise = schema::read_money(value.text(), MoneyUnit::rupees);
    if (!paise) return std::nullopt;
    return grouped(schema::write_money(*paise, MoneyUnit::rupees));
  }
  if (value.is_object()) {
    schema::Object result;
    for (const schema::Member& member : value.object().members())
      result.append(member.name, tidied(member.name, member.value).value_or(member.value));
    return result;
  }
  if (value.is_list() && !value.list().empty()) {
    schema::List result;
    for (const schema::Value& item : value.list())
      result.push_back(tidied(name, item).value_or(item));
    return result;
  }
  return std::nullopt;
}

class Central final : public Dialect {
public:
  Central(const Credentials& credentials, std::uint64_t seed)
      : credentials_(credentials), random_(seed)
  {
  }

  const Words& words() const override { return words_; }
  const std::vector<StreamShape>& streams() const override { return streams_; }

  std::optional<Response> before(const Request& request) override
  {
    if (request.path == "/oauth2/token") return token(request);
    const std::string given = request.header("authorization");
    const std::string bearer = given.starts_with("Bearer ") ? given.substr(7) : "";
    const std::scoped_lock lock(mutex_);
    const auto known = tokens_.find(bearer);
    if (known != tokens_.end() && known->second > std::chrono::steady_clock::now())
      return std::nullopt;
    Response response = json_response(401, problem("the access token is missing or has expired"));
    response.headers.emplace_back("WWW-Authenticate", "Bearer error=\"invalid_token\"");
    return response;
  }

  void revoke() override
  {
    const std::scoped_lock lock(mutex_);
    tokens_.clear();
  }

  PageAsked page(const Request& request) const override
  {
    return {size_parameter(request, "skip", 0), size_parameter(request, "limit", 100), false, ""};
  }

  void write_time(schema::Object& record, std::int64_t at, bool) const override
  {
    const std::string canonical = to_rfc3339(Instant(std::chrono::milliseconds(at)));
    record.set("modifiedOn", schema::write_timestamp(canonical, "dd/MM/yyyy HH:mm:ss", kIndia));
  }

  std::vector<std::string> time_members() const override { return {"modifiedOn"}; }

  std::string check(const StreamShape& shape, const schema::Object& record) const override
  {
    if (!shape.place.empty() && text_at(record, shape.place).empty())
      return "lgd/gpCode is missing";
    if (shape.name == "schemes" && text_at(record, "schemeNm").empty())
      return "schemeNm is missing";
    if (shape.name != "vouchers") return {};
    if (!schema::read_date(text_at(record, "voucherDate"), "dd/MM/yyyy"))
      return "voucherDate is not dd/MM/yyyy";
    const std::string type = text_at(record, "typeCd");
    if (type.size() != 1 || std::string_view("RPCJ").find(type) == std::string_view::npos)
      return "typeCd is none of R P C J";
    if (!schema::read_money(text_at(record, "amount"), MoneyUnit::rupees))
      return "amount is not in rupees and paise";
    return {};
  }

  void tidy(schema::Object& record) const override
  {
    std::vector<schema::Member> changes;
    for (const schema::Member& member : record.members())
      if (auto better = tidied(member.name, member.value))
        changes.push_back({member.name, std::move(*better)});
    for (schema::Member& change : changes)
      record.set(std::move(change.name), std::move(change.value));
  }

  std::string list(const Listing& listing) const override
  {
    return fmt::format("{{\"status\":\"success\",\"response\":{{\"count\":{},\"{}\":[{}]}}}}",
                       listing.total, listing.shape.name, listing.records);
  }

  std::string one(const std::string& record) const override
  {
    return "{\"status\":\"success\",\"response\":" + record + "}";
  }

  Response trouble(Trouble trouble, const std::string& message) const override
  {
    switch (trouble) {
    case Trouble::none_listed: return json_response(404, problem(message + " are not available"));
    case Trouble::not_found: return json_response(404, problem("there is no record " + message));
    case Trouble::moved: return json_response(412, problem("rowVersion is " + message));
    case Trouble::exists: return json_response(409, problem(message + " already exists"));
    case Trouble::gone: return json_response(410, problem(message + " is deleted"));
    case Trouble::invalid: return json_response(422, problem(message));
    case Trouble::no_version: return json_response(428, problem("If-Match is missing"));
    case Trouble::key_reused: return json_response(422, problem("idempotency key used before"));
    }
    return {};
  }

  schema::Value bulk(schema::List results) const override
  {
    schema::Object inner, outer;
    inner.append("results", std::move(results));
    outer.append("status", "success");
    outer.append("response", std::move(inner));
    return outer;
  }

private:
  static schema::Value problem(const std::string& message)
  {
    schema::Object body;
    body.append("status", "error");
    body.append("message", message);
    return body;
  }

  Response token(const Request& request)
  {
    auto form = parse_form(request.body);
    const std::string given = request.header("authorization");
    if (given.starts_with("Basic ")) {
      const std::string pair = base64_decode(given.substr(6));
      const std::size_t colon = std::min(pair.find(':'), pair.size());
      form["client_id"] = percent_decode(pair.substr(0, colon), true);
      form["client_secret"] = percent_decode(pair.substr(std::min(colon + 1, pair.size())), true);
    }
    schema::Object body;
    if (request.method != "POST" || form["grant_type"] != "client_credentials") {
      body.append("error", "unsupported_grant_type");
      return json_response(400, body);
    }
    if (form["client_id"] != credentials_.client_id ||
        form["client_secret"] != credentials_.client_secret) {
      body.append("error", "invalid_client");
      return json_response(401, body);
    }
    const std::scoped_lock lock(mutex_);
    const std::string token = fmt::format("{:016x}{:016x}", random_(), random_());
    tokens_[token] =
        std::chrono::steady_clock::now() + std::chrono::seconds(credentials_.token_seconds);
    body.append("access_token", token);
    body.append("token_type", "Bearer");
    body.append("expires_in", credentials_.token_seconds);
    return json_response(200, body);
  }

  const Words words_{.name = "central",
                     .base = "/v1",
                     .version = "rowVersion",
                     .deleted = "isDeleted",
                     .reference = "clientReferenceId",
                     .is_deleted = "Y",
                     .is_kept = "N",
                     .since = "modifiedSince",
                     .place = "lgdCode",
                     .year = "finYear"};
  const std::vector<StreamShape> streams_ = {
      {"vouchers", "voucherId", "V", {"voucherId"}, "/lgd/gpCode", "/finYear"},
      {"account_books", "bookId", "BK", {"bookId"}, "/lgd/gpCode", "/finYear"},
      {"plans", "planCode", "", {"planCode"}, "/lgd/gpCode", "/planYear"},
      {"activities", "activityCode", "", {"activityCode"}, "/lgd/gpCode", "/finYear"},
      {"assets", "assetCode", "AS", {"assetCode"}, "/lgd/gpCode", ""},
      {"schemes", "schemeCd", "SC", {"schemeCd"}, "", ""},
      {"allocations", "allocationId", "AL", {"allocationId"}, "/lgd/gpCode", "/finYear"},
      {"representatives", "erId", "ER", {"erId"}, "/lgd/gpCode", ""},
      {"service_requests", "applId", "AP", {"applRefNo"}, "/lgd/gpCode", ""}};
  const Credentials credentials_;
  std::mutex mutex_; // guards all below
  std::mt19937_64 random_;
  std::map<std::string, std::chrono::steady_clock::time_point> tokens_;
};

} // namespace

std::unique_ptr<Dialect> make_central(const Credentials& credentials, std::uint64_t seed)
{
  return std::make_unique<Central>(credentials, seed);
}

} // namespace gramsetu::sim
