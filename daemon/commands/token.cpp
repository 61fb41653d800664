// token new: a secret for a person or a program; only its digest is kept.
#include "daemon/api/server_access.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/print.hpp"

#include <algorithm>
#include <cstdio>

namespace gramsetu::commands {

int token_new(const Common& common, const TokenOptions& options)
{
  const auto role = api::role_named(options.role);
  const bool is_word = !options.name.empty() && options.name.front() != '#' &&
                       std::all_of(options.name.begin(), options.name.end(),
                                   [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!role || !is_word)
    return refuse(common, kUsage, "a token's name is one word of plain letters");
  if ((*role == api::Role::app) == options.entities.empty())
    return refuse(common, kUsage, "the role app has --entities, and no other role has them");
  const auto secret = api::new_token();
  const api::Token token{
      options.name, *role, sha256(secret), {options.entities.begin(), options.entities.end()}};
  const auto line = api::token_line(token);
  if (common.json) {
    schema::Object json;
    json.append("token", secret);
    json.append("line", line);
    print_json(std::move(json));
    return kDone;
  }
  std::printf("%s\n", secret.c_str());
  std::fprintf(stderr,
               "This is the token; it is shown once. Add this line to the file of api.tcp.tokens, "
               "and reload:\n%s\n",
               line.c_str());
  return kDone;
}

} // namespace gramsetu::commands
