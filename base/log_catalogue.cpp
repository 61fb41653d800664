// One row of the table, one entry of each text.
#include "base/log_catalogue.hpp"

#include "base/log.hpp"
#include "base/log_text.hpp"

#include <fmt/format.h>

namespace gramsetu {

namespace {

constexpr std::string_view kNothingToDo = "Nothing is to be done.";

// The table's phrases have neither capital nor full stop, as they also stand inside other sentences.
std::string sentence(std::string_view phrase)
{
  std::string text(phrase);
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text.empty() ? text : text + ".";
}

} // namespace

std::string events_page()
{
  std::string page = "# Events of the log\n\n"
                     "Written by `gramsetu docs` from the table in `base/log.cpp`. An event keeps "
                     "its name and its\n"
                     "MESSAGE_ID for ever: `journalctl MESSAGE_ID=...`, `gramsetu logs --event "
                     "NAME`, and alerts go by\n"
                     "them. Under journald every pair of a line is a field in capitals (`RUN`, "
                     "`FLOW`, `ENDPOINT`, ...),\n"
                     "the event's name is `EVENT`, and `journalctl --catalog` explains each.\n\n"
                     "| event | level | what happened | what to do | MESSAGE_ID |\n"
                     "| --- | --- | --- | --- | --- |\n";
  for (const auto& info : log_events()) {
    page += fmt::format("| `{}` | {} | {} | {} | `{}` |\n", info.name, name_of(info.level),
                        info.meaning, info.remedy, info.message_id);
  }
  return page;
}

std::string journal_catalogue()
{
  std::string catalogue = "# What GramSetu's events mean and what to do, for journalctl --catalog. "
                          "Written by `gramsetu docs`.\n";
  for (const auto& info : log_events()) {
    catalogue += fmt::format("\n-- {}\nSubject: GramSetu: {}\nDefined-By: GramSetu\n\n{}\n\n{}\n",
                             info.message_id, info.meaning, sentence(info.meaning),
                             info.remedy.empty() ? std::string(kNothingToDo)
                                                 : "What to do: " + sentence(info.remedy));
  }
  return catalogue;
}

} // namespace gramsetu
