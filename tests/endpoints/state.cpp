// The state endpoint's way of speaking.
#include "schema/json.hpp"
#include "tests/endpoints/dialect.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::sim {

namespace {

class State final : public Dialect {
public:
  explicit State(const Credentials& credentials) : credentials_(credentials) {}

  const Words& words() const override { return words_; }
  const std::vector<StreamShape>& streams() const override { return streams_; }

  std::optional<Response> before(const Request& request) override
  {
    const std::string given = request.header("authorization");
    const std::string pair = given.starts_with("Basic ") ? base64_decode(given.substr(6)) : "";
    if (pair == credentials_.user + ":" + credentials_.password) return std::nullopt;
    Response response = failed(401, "UNAUTHORIZED", "wrong user or password");
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"state\"");
    return response;
  }

  PageAsked page(const Request& request) const override
  {
    if (!request.parameter("page").empty()) {
      const std::size_t size = std::max<std::size_t>(size_parameter(request, "size", 100), 1);
      const std::size_t page = std::max<std::size_t>(size_parameter(request, "page", 1), 1);
      return {(page - 1) * size, size, false, ""};
    }
    return {size_parameter(request, "offset", 0), size_parameter(request, "limit", 100), false, ""};
  }

  void write_time(schema::Object& record, std::int64_t at, bool created) const override
  {
    if (record.find("auditDetails") == nullptr || !record.find("auditDetails")->is_object())
      record.set("auditDetails", schema::Object());
    schema::Object& audit = record.find("auditDetails")->object();
    if (created) {
      audit.set("createdBy", "state");
      audit.set("createdTime", at);
    }
    audit.set("lastModifiedBy", "state");
    audit.set("lastModifiedTime", at);
  }

  std::vector<std::string> time_members() const override { return {"auditDetails"}; }

  std::string check(const StreamShape& shape, const schema::Object& record) const override
  {
    if (text_at(record, shape.place).empty()) return "gpCode is missing";
    return {};
  }

  std::string list(const Listing& listing) const override
  {
    const std::size_t size = std::max<std::size_t>(listing.limit, 1);
    const std::size_t next = listing.offset + listing.limit;
    return fmt::format(
        "{{{},\"totalCount\":{},\"page\":{},\"size\":{},\"totalPages\":{},\"next\":{},"
        "\"{}\":[{}]}}",
        kGood, listing.total, listing.offset / size + 1, size, (listing.total + size - 1) / size,
        next < listing.total ? schema::to_json(link(listing.request, next)) : "null",
        listing.shape.name, listing.records);
  }

  std::string one(const std::string& record) const override
  {
    return fmt::format("{{{},\"record\":{}}}", kGood, record);
  }

  Response trouble(Trouble trouble, const std::string& message) const override
  {
    switch (trouble) {
    case Trouble::none_listed:
      return json_response(200, schema::Object()); // lists may be empty here
    case Trouble::not_found: return failed(404, "NOT_FOUND", "no record " + message);
    case Trouble::moved: return failed(409, "ROW_VERSION_MISMATCH", "rowVersion is " + message);
    case Trouble::exists: return failed(409, "DUPLICATE_RECORD", message + " is known");
    case Trouble::gone: return failed(410, "DELETED_RECORD", message + " is deleted");
    case Trouble::invalid: return failed(400, "INVALID_RECORD", message);
    case Trouble::no_version: return failed(400, "ROW_VERSION_MISSING", "rowVersion is missing");
    case Trouble::key_reused: return failed(422, "IDEMPOTENCY_KEY", "idempotency key used before");
    }
    return {};
  }

  schema::Value bulk(schema::List results) const override
  {
    schema::Object body;
    body.append("results", std::move(results));
    return body;
  }

private:
  static constexpr std::string_view kGood = "\"ResponseInfo\":{\"status\":\"SUCCESSFUL\"}";

  static schema::Value link(const Request& request, std::size_t offset)
  {
    Request clean = request;
    clean.query.erase("page");
    clean.query.erase("size");
    const std::string size =
        request.parameter("page").empty() ? request.parameter("limit") : request.parameter("size");
    if (!size.empty()) clean.query["limit"] = size;
    return "http://" + request.header("host") +
           with_parameter(clean, "offset", std::to_string(offset));
  }

  static Response failed(int status, const std::string& code, const std::string& message)
  {
    schema::Object info, error, body;
    info.append("status", "FAILED");
    error.append("code", code);
    error.append("message", message);
    body.append("ResponseInfo", std::move(info));
    body.append("Errors", schema::List{std::move(error)});
    return json_response(status, body);
  }

  const Words words_{.name = "state",
                     .base = "/api/v1",
                     .version = "rowVersion",
                     .deleted = "isDeleted",
                     .reference = "clientReferenceId",
                     .is_deleted = true,
                     .is_kept = false,
                     .since = "lastChangedSince",
                     .place = "gpCode",
                     .year = "financialYear",
                     .hides_deleted = true,
                     .shows_reference = true,
                     .version_in_body = true};
  const std::vector<StreamShape> streams_ = {
      {"meetings", "id", "mt-", {"meetingId"}, "/gpCode", "/financialYear"},
      {"service_requests", "id", "sr-", {"referenceNumber"}, "/gpCode", ""},
      {"training", "id", "tr-", {"trainingCode", "participantId"}, "/gpCode", ""},
      {"survey_responses",
       "id",
       "sv-",
       {"surveyCode", "round", "unitType", "unitCode", "questionCode"},
       "/gpCode",
       ""}};
  const Credentials credentials_;
};

} // namespace

std::unique_ptr<Dialect> make_state(const Credentials& credentials)
{
  return std::make_unique<State>(credentials);
}

} // namespace gramsetu::sim
