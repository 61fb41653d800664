// Messages that are sealed inside TLS: what a manifest says of them, and the sealing itself.
#pragma once

#include "connectors/api/node_reader.hpp"
#include "connectors/api/transport.hpp"
#include "connectors/http/message.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::http::seal {

// seal:
//   kind: napix        the query, less what stays `clear`, as k=v&k=v in AES-CBC with an HMAC-SHA-256
//     request: request_str, check: request_token    its two parameters
//     response: /response_str                       pointer in the answer
//     clear: [dept_id, version]
//   kind: csc_bridge   the body's members as k=v|k=v| with a signature, in AES-CBC under a key in RSA-OAEP
//     request: /request_data, party: /merchant_id   pointers in the body that is sent
//     response: /response_data
struct SealPlan {
  enum class Kind { napix, csc_bridge };
  Kind kind = Kind::napix;
  std::string request, check, response, party;
  std::vector<std::string> clear;
};

std::optional<SealPlan> read_seal(const schema::Node& common, NodeReader& reader);

// Fixed after it was made; any thread.
class Sealer {
public:
  virtual ~Sealer() = default;
  virtual Result<void> seal(Request& request) const = 0;
  // A good answer that holds nothing sealed is left as it is.
  virtual Result<void> open(Response& response) const = 0;
};

// `invalid` when a key is missing or is none.
Result<std::unique_ptr<Sealer>> make_sealer(const SealPlan& plan, const Sealing& keys);

} // namespace gramsetu::connectors::http::seal
