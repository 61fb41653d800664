// A request is asked once and printed as its command likes.
#include "daemon/commands/requests.hpp"

namespace gramsetu::commands {

using schema::Value;

namespace {

constexpr int kWaits = 202;

} // namespace

int ask_and_print(const Common& common, const Ask& what, const Print& print)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  const auto answer = session->ask(what);
  if (!answer) return session->exit_code();
  if (common.json)
    print_json(*answer);
  else
    print(*answer, session->times());
  return session->status() == kWaits ? kHeld : kDone;
}

Print table(std::string list, std::vector<std::string> titles)
{
  return [list = std::move(list), names = std::move(titles)](const Value& answer, const Times&) {
    std::vector<Column> columns;
    for (const auto& name : names)
      columns.push_back(plain(name));
    print_table(member(answer, list), columns);
  };
}

void pairs(const Value& answer, const Times&)
{
  print_pairs(answer);
}

} // namespace gramsetu::commands
