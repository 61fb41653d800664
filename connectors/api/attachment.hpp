// Documents that come with records: kept by their digest, beside the store; the record says which.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "connectors/api/node_reader.hpp"
#include "connectors/api/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::connectors {

// What the `attachment` of a stream says:
//
//   field:  /content                where the document stands as base64, and what is known of it will
//   answer: true                    the document is the whole answer, of one record (http)
//   digest: /contentSha256          where its SHA-256 is stated, in hex; another one is HASH_MISMATCH
//   type:   application/pdf         its media type, or the pointer of it
//   max:    10MiB                   larger ones are TOO_LARGE
struct Attachment {
  std::string field, digest, type;
  bool answer = false;
  std::uint64_t max = 10ull << 20;
};
std::optional<Attachment> attachment_of(const Stream& stream);

// Findings for a block that cannot be carried out.
void check_attachment(const Stream& stream, NodeReader& reader);

// Where the bytes go. Any thread.
class Keeper {
public:
  virtual ~Keeper() = default;
  // Once this returns, they outlive a crash. Bytes that are there already cost no write.
  virtual Result<void> keep(const Digest& digest, std::string_view bytes) = 0;
};

} // namespace gramsetu::connectors
