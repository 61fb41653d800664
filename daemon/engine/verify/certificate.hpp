// The certificate of a run: what was compared, what both sides came to, and a seal that others can check.
// docs/certificate.md describes it for those who write the program that does.
#pragma once

#include "base/clock.hpp"
#include "daemon/engine/verify/ranges.hpp"
#include "schema/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::engine {

// A record on which the sides are not alike.
struct Difference {
  enum class Kind { only_here, only_there, fields };
  struct Field {
    std::string name;
    schema::Value hub, endpoint;
  };
  std::string key;
  Kind kind = Kind::fields;
  std::vector<Field> fields; // of kind `fields`: those that differ
  std::string note;          // what waits already, in words; may be empty
};
std::string_view name_of(Difference::Kind kind);

struct Certificate {
  enum class Kind {
    read_back, // a run that moves data: what it wrote was read again, up to kVerifyProbesMax
    complete,  // everything that the endpoint has was read and compared with everything here
  };
  Kind kind = Kind::read_back;
  bool agree = true; // of what was compared
  Range whole;
  std::vector<Range> ranges;
  std::size_t unreadable = 0; // records there that have no readable key
  std::size_t differing = 0;  // records
  std::size_t written = 0;    // records that the run wrote at the endpoint
  std::size_t records = 0;    // live ones at the hub afterwards, whoever brought them
  // What was read of the endpoint.
  std::size_t slices_read = 0, slices_failed = 0, records_read = 0;
  // What a record's digest goes over: the fields, and those of them that are keyed lists.
  std::vector<std::string> fields, keyed;
  // The first kDifferingMax, for people; no part of what is sealed, which has no values.
  std::vector<Difference> differences;
};
std::string_view name_of(Certificate::Kind kind);

// Whose certificate it is, and its place among those of its flow.
struct Seal {
  std::string hub, flow, run;
  Instant at{};
  std::int64_t number = 1; // counts the flow's certificates
  std::string previous;    // digest of the one before, in hex; empty: this is the first
};

struct Sealed {
  std::string json;   // canonical (RFC 8785), with its digest
  std::string digest; // SHA-256 in hex over the canonical JSON without the digest
};
Sealed seal(const Certificate& certificate, const Seal& seal);

// [{"key": ..., "kind": ..., "note": ..., "fields": [{"field": ..., "hub": ..., "endpoint": ...}]}]
std::string differences_json(const std::vector<Difference>& differences);

} // namespace gramsetu::engine
