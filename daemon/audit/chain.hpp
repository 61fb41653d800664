// One line of the audit log, and what makes the lines a chain: docs/audit.md says it for others.
#pragma once

#include "base/result.hpp"
#include "base/signature.hpp"
#include "schema/value.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gramsetu::audit {

// Who did what to what, why, and what came of it. Never a secret, never a personal value. Whatever is
// written is escaped and bounded as log lines are.
struct Act {
  std::string who = "gramsetu", role = "daemon"; // a user's or a token's name, and its role
  std::string from;                              // "uid 0", "token"; empty: the daemon itself
  std::string what;                              // "conflict.resolve", "access.denied", ...
  std::string object;                            // what it was done to
  std::string reason;                            // that the person gave
  std::string request;                           // the same for all that one request came to
  std::string outcome = "done";                  // begun, done, refused, failed
  std::string detail;                            // in words
};

// The members of a line by name: canonical JSON has them in this order, without blanks.
using Members = std::map<std::string, schema::Value>;
std::string canonical(const Members& members);
schema::Object object_of(const Members& members);

// An entry as its successor names it. Sequence 0 stands before the first.
struct Link {
  std::int64_t sequence = 0;
  std::string hash; // 64 hex digits; empty at 0
};

struct Sealed {
  std::string line; // without its line break
  Link link;
};
// Puts the entry behind `before`: sequence, previous, and the hash over the canonical rest.
Sealed seal(Members members, const Link& before);

struct Line {
  Members members;
  Link link;
  std::string previous, kind; // act, file, head
};
// What a line says of itself; fails when it is no entry at all.
Result<Line> parse_line(std::string_view text);
// The same, and it is canonical JSON whose hash is that of its bytes.
Result<Line> read_line(std::string_view text);

std::string text_of(const Members& members, const std::string& name); // empty: there is none

// The newest entry at a time, signed: who keeps one elsewhere sees when entries behind it are gone.
struct Head {
  Link link;
  std::string hub, at;        // UTC
  std::string key, signature; // hex
};
Head sign_head(const SigningKey& key, Head head);
bool is_genuine(const Head& head);
schema::Object head_json(const Head& head); // in canonical order
Result<Head> read_head(const schema::Value& json);

} // namespace gramsetu::audit
