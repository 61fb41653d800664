// The Common Service Centres' way of speaking.
#include "schema/json.hpp"
#include "tests/endpoints/dialect.hpp"

#include <fmt/format.h>

namespace gramsetu::sim {

namespace {

class Csc final : public Dialect {
public:
  explicit Csc(const Credentials& credentials) : credentials_(credentials) {}

  const Words& words() const override { return words_; }
  const std::vector<StreamShape>& streams() const override { return streams_; }

  std::optional<Response> before(const Request& request) override
  {
    if (request.header("x-api-key") == credentials_.key) return std::nullopt;
    return failed(401, "UNAUTHORIZED", "the key is not known");
  }

  PageAsked page(const Request& request) const override
  {
    return {0, size_parameter(request, "limit", 100), true, request.parameter("next")};
  }

  void write_time(schema::Object& record, std::int64_t at, bool) const override
  {
    record.set("updatedAt", at);
  }

  std::vector<std::string> time_members() const override { return {"updatedAt"}; }

  std::string check(const StreamShape& shape, const schema::Object& record) const override
  {
    if (text_at(record, shape.place).empty()) return "gp_lgd_code is missing";
    if (shape.name == "service_requests" && text_at(record, "serviceId").empty())
      return "serviceId is missing";
    return {};
  }

  std::string list(const Listing& listing) const override
  {
    return fmt::format("{{\"data\":[{}],\"paging\":{{\"next\":{},\"hasMore\":{}}}}}",
                       listing.records, listing.next.empty() ? "null" : "\"" + listing.next + "\"",
                       !listing.next.empty());
  }

  std::string one(const std::string& record) const override { return "{\"data\":" + record + "}"; }

  Response trouble(Trouble trouble, const std::string& message) const override
  {
    switch (trouble) {
    case Trouble::none_listed:
      return json_response(200, schema::Object()); // lists may be empty here
    case Trouble::not_found: return failed(404, "NOT_FOUND", "no record " + message);
    case Trouble::moved: return failed(412, "VERSION_CONFLICT", "the version is " + message);
    case Trouble::exists: return failed(409, "ALREADY_EXISTS", message + " is known");
    case Trouble::gone: return failed(410, "DELETED", message + " is deleted");
    case Trouble::invalid: return failed(422, "INVALID", message);
    case Trouble::no_version: return failed(428, "VERSION_REQUIRED", "If-Match is missing");
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
  static Response failed(int status, const std::string& code, const std::string& message)
  {
    schema::Object error, body;
    error.append("code", code);
    error.append("message", message);
    body.append("error", std::move(error));
    return json_response(status, body);
  }

  const Words words_{.name = "csc",
                     .base = "/v2",
                     .version = "version",
                     .deleted = "deleted",
                     .reference = "clientReferenceId",
                     .is_deleted = true,
                     .is_kept = false,
                     .since = "updatedSince",
                     .place = "gpCode",
                     .year = "",
                     .page_max = 500};
  const std::vector<StreamShape> streams_ = {
      {"service_requests", "requestId", "CSC", {"applicationNo"}, "/gp_lgd_code", ""},
      {"survey_responses",
       "responseId",
       "R",
       {"surveyCode", "round", "unitType", "unitCode", "questionCode"},
       "/gp_lgd_code",
       ""}};
  const Credentials credentials_;
};

} // namespace

std::unique_ptr<Dialect> make_csc(const Credentials& credentials)
{
  return std::make_unique<Csc>(credentials);
}

} // namespace gramsetu::sim
