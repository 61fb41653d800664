// Documents that come with records: kept by their digest, beside the store; the record says which.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "connectors/api/node_reader.hpp"
#include "connectors/api/stream.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors {

// What the `attachment` of a stream says, or each of a list of them:
//
//   field:  /content                where the document stands as base64, and what is known of it will
//   answer: true                    the document is the whole answer, of one record (http)
//   url:    /contentUrl             where its address stands: it is asked for (http)
//   request: { path: "/doc/{slice.x}" }   how it is asked for, where no record says that (http)
//   hosts:  [files.example.in]      whom else an address may name; they are shown nothing of ours
//   digest: /contentSha256          where its SHA-256 is stated, in hex; another one is HASH_MISMATCH
//   type:   application/pdf         its media type, or the pointer of it
//   max:    10MiB                   larger ones are TOO_LARGE
struct Attachment {
  std::string field, digest, type, url;
  std::vector<std::string> hosts;
  bool answer = false;
  bool asked = false; // by a request of its own
  std::uint64_t max = 10ull << 20;

  bool is_fetched() const { return asked || !url.empty(); }
};
std::vector<Attachment> attachments_of(const Stream& stream);

// Findings for a block that cannot be carried out.
void check_attachments(const Stream& stream, NodeReader& reader);
// For transports that cannot ask for a document: a finding for each stream that wants one asked for.
void refuse_fetched(const std::vector<Stream>& streams, NodeReader& reader);

// Where the bytes go. Any thread.
class Keeper {
public:
  virtual ~Keeper() = default;
  // Once this returns, they outlive a crash. Bytes that are there already cost no write.
  virtual Result<void> keep(const Digest& digest, std::string_view bytes) = 0;
  // How many there are, where they are kept already; they then count as seen now.
  virtual std::optional<std::uint64_t> size_of(const Digest&) { return std::nullopt; }
};

// A document as it was answered; nothing where the endpoint says that there is none.
struct Fetched {
  std::optional<std::string> bytes;
};

// Which document of which record.
struct DocumentOf {
  const Stream& stream;
  const Attachment& attachment;
  const schema::Value& record;
  const Slice& slice;
};

// What a connector is besides, that can ask for documents. Any thread.
class Fetcher {
public:
  virtual ~Fetcher() = default;
  // `invalid`: larger than it may be. `unsupported`: its address is not one to be asked.
  virtual Result<Fetched> fetch(const DocumentOf& wanted, std::stop_token stop) = 0;
};

} // namespace gramsetu::connectors
