// Requests that are signed with a shared key, as a manifest says how.
#pragma once

#include "base/clock.hpp"
#include "connectors/http/request_plan.hpp"

#include <string>
#include <vector>

namespace gramsetu::connectors::http {

// signature:
//   text: "{method}\n{path}\n{query}\n{now}\n{body_sha256}"   what is signed, with HMAC-SHA-256
//   encoding: hex | base64
//   headers: { X-Signature: "{signature}", X-Date: "{now}" }  what is sent of it
//   query: { sig: "{signature}" }
struct SignaturePlan {
  Template text;
  bool in_base64 = false;
  std::vector<Parameter> headers, query;
};

// The `signature` block of a manifest; nothing when there is none.
std::optional<SignaturePlan> read_signature(const schema::Node& common, NodeReader& reader);

// Whose key, and what else is new for each request.
struct Signer {
  std::string key_id, secret;
  std::string request_id;
  Instant now;
};

// Signs the request as it stands: nothing of it may change afterwards.
Result<void> add_signature(const SignaturePlan& plan, const Signer& signer, Request& request);

} // namespace gramsetu::connectors::http
