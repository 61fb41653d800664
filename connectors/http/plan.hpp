// A manifest's http blocks, read once when the connector opens.
#pragma once

#include "connectors/api/manifest.hpp"
#include "connectors/formats/format.hpp"
#include "connectors/http/delta.hpp"
#include "connectors/http/pages.hpp"
#include "connectors/http/push_plan.hpp"
#include "connectors/http/request_plan.hpp"
#include "connectors/http/rules.hpp"
#include "connectors/http/seal/sealer.hpp"
#include "connectors/http/signature.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::http {

struct PullPlan {
  RequestPlan request;
  std::string records; // JSON Pointer to the list; empty: the document is the list
  std::optional<formats::RecordFormat> format; // none: JSON
  PagesPlan pages;
  bool conditional = false; // asked with the entity tag, or the time, of the last answer
  std::optional<DeltaPlan> delta;
  std::string since;        // parameter that carries the cursor; empty: a template does, or nothing
  std::string since_format; // of a timestamp; empty: as it came
  std::vector<std::pair<std::string, Template>> add; // pointer in each record: what it is given
  // What a record must say to be of this slice, where the endpoint cannot be asked for less.
  std::vector<std::pair<std::string, Template>> only;
  std::optional<LaterPlan> later; // how a page that was answered with 202 is asked for
  Rules rules;
};

struct StreamPlan {
  std::optional<PullPlan> pull;
  PushPlan push;
  bool etag = false; // the version of a record is the entity tag of its own answer
};

struct Plan {
  Rules rules;                    // of the whole system
  std::vector<Parameter> headers; // sent with every request
  std::string token; // pointer in JSON bodies: where the token goes that else is in a header
  std::optional<SignaturePlan> signature;
  std::optional<seal::SealPlan> seal;
  bool gzip = false; // answers may come compressed
  std::optional<RequestPlan> reach;
  std::map<std::string, StreamPlan, std::less<>> streams; // by stream name
};

// Problems are appended to `findings`; the plan is only good when there were none.
Plan read_plan(const Manifest& manifest, std::vector<schema::Finding>& findings);

} // namespace gramsetu::connectors::http
