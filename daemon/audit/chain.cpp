// Canonical bytes, hashes over them, and signatures over those.
#include "daemon/audit/chain.hpp"

#include "base/digest.hpp"
#include "schema/json.hpp"

namespace gramsetu::audit {

namespace {

constexpr std::int64_t kFormat = 1;

Members members_of(const schema::Object& object)
{
  Members members;
  for (const auto& member : object.members())
    members[member.name] = member.value;
  return members;
}

// So that a signature made here says nothing anywhere else.
std::string signed_bytes(const Head& head)
{
  return "gramsetu audit head\n" + canonical({{"at", head.at},
                                              {"format", kFormat},
                                              {"hash", head.link.hash},
                                              {"hub", head.hub},
                                              {"key", head.key},
                                              {"sequence", head.link.sequence}});
}

} // namespace

schema::Object object_of(const Members& members)
{
  schema::Object object;
  for (const auto& [name, value] : members)
    object.append(name, value);
  return object;
}

std::string canonical(const Members& members)
{
  return schema::to_json(object_of(members));
}

std::string text_of(const Members& members, const std::string& name)
{
  const auto found = members.find(name);
  return found != members.end() && found->second.is_text() ? found->second.text() : std::string();
}

Sealed seal(Members members, const Link& before)
{
  Sealed sealed;
  sealed.link.sequence = before.sequence + 1;
  members["sequence"] = sealed.link.sequence;
  members["previous"] = before.hash;
  sealed.link.hash = to_hex(sha256(canonical(members)));
  members["hash"] = sealed.link.hash;
  sealed.line = canonical(members);
  return sealed;
}

Result<Line> parse_line(std::string_view text)
{
  TRY(const auto json, schema::parse_json(text));
  if (!json.is_object()) return fail(ErrorKind::invalid, "it is no JSON object");
  Line line;
  line.members = members_of(json.object());
  line.previous = text_of(line.members, "previous");
  line.kind = text_of(line.members, "kind");
  line.link.hash = text_of(line.members, "hash");
  const auto sequence = line.members.find("sequence");
  if (sequence == line.members.end() || !sequence->second.is_integer())
    return fail(ErrorKind::invalid, "it has no sequence");
  line.link.sequence = sequence->second.integer();
  return line;
}

Result<Line> read_line(std::string_view text)
{
  TRY(auto line, parse_line(text));
  if (canonical(line.members) != text)
    return fail(ErrorKind::invalid, "it is not written as the hub writes");
  auto hashed = line.members;
  hashed.erase("hash");
  if (to_hex(sha256(canonical(hashed))) != line.link.hash)
    return fail(ErrorKind::invalid, "its hash is not that of what it says: it was changed");
  return line;
}

Head sign_head(const SigningKey& key, Head head)
{
  head.key = key.public_hex();
  head.signature = key.sign(signed_bytes(head));
  return head;
}

bool is_genuine(const Head& head)
{
  return is_signed_by(head.key, signed_bytes(head), head.signature);
}

schema::Object head_json(const Head& head)
{
  return object_of({{"at", head.at},
                    {"format", kFormat},
                    {"hash", head.link.hash},
                    {"hub", head.hub},
                    {"key", head.key},
                    {"sequence", head.link.sequence},
                    {"signature", head.signature}});
}

Result<Head> read_head(const schema::Value& json)
{
  if (!json.is_object()) return fail(ErrorKind::invalid, "a head is a JSON object");
  const auto members = members_of(json.object());
  const auto sequence = members.find("sequence");
  if (sequence == members.end() || !sequence->second.is_integer())
    return fail(ErrorKind::invalid, "a head has a sequence");
  Head head;
  head.link = {sequence->second.integer(), text_of(members, "hash")};
  head.hub = text_of(members, "hub");
  head.at = text_of(members, "at");
  head.key = text_of(members, "key");
  head.signature = text_of(members, "signature");
  return head;
}

} // namespace gramsetu::audit
