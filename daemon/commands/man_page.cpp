// gramsetu(1): every command with its options, in the words that --help has.
#include "daemon/commands/command_pages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::commands {

namespace {

constexpr const char* kAbout = R"(.SH DESCRIPTION
GramSetu keeps a district's panchayat records in step with the systems around it: central endpoints,
state endpoints and Common Service Centres. Two sides may change the same record; it reconciles them
on a schedule, by rules that an operator can read, and never loses a value silently.
.PP
Commands talk to the running hub over its socket. That is for root, and for members of the group
.BR gramsetu .
)";

constexpr const char* kEnd = R"(.SH ENVIRONMENT
.TP
.B GRAMSETU_CONFIG
The operator's file, unless \fB\-\-config\fR names one.
.TP
.B GRAMSETU_SHARE
The folder of entities and connectors, in place of the one that was installed.
.SH FILES
.TP
.I /etc/gramsetu/gramsetu.yaml
The operator's file; \fIconf.d/*.yaml\fR beside it are read after it. See
.BR gramsetu.yaml (5).
.TP
.I /etc/gramsetu/credentials/
One secret a file: \fIcentral\fR is what \fB${credential:central}\fR stands for.
.TP
.I /etc/gramsetu/connectors/
Manifests of your own.
.TP
.I /var/lib/gramsetu/
The store. Nothing but the hub opens it.
.SH SEE ALSO
.BR gramsetu.yaml (5),
.BR gramsetu\-certify (1),
.BR journalctl (1),
.I /usr/share/doc/gramsetu/
)";

// A text as roff has it: no escapes of its own, no line that looks like a request.
std::string roff(const std::string& text)
{
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += ' ';
      continue;
    }
    if (c == '\\') out += '\\';
    if (c == '-') out += '\\';
    out += c;
  }
  return out.starts_with(".") || out.starts_with("'") ? "\\&" + out : out;
}

std::string usage(const Listed& command)
{
  std::string out = "gramsetu " + command.path();
  for (const auto* option : command.positional()) {
    std::string word = option->get_name();
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    if (option->get_items_expected_max() > 1) word += "...";
    out += option->get_required() ? " " + word : " [" + word + "]";
  }
  return out;
}

// The same for every command, and told once.
bool is_common(const CLI::Option& option)
{
  return option.check_lname("help") || option.check_lname("config") || option.check_lname("json");
}

std::string option_names(const CLI::Option& option)
{
  std::string names;
  for (const auto& name : option.get_snames())
    names += (names.empty() ? "-" : ", -") + name;
  for (const auto& name : option.get_lnames())
    names += (names.empty() ? "--" : ", --") + name;
  return option.get_items_expected_max() > 0 ? names + " VALUE" : names;
}

std::string item(const std::string& title, const std::string& help)
{
  return fmt::format(".TP\n\\fB{}\\fR\n{}.\n", roff(title), roff(help));
}

std::string section_of(const Listed& command)
{
  auto out =
      fmt::format(".SS {}\n{}.\n", roff(usage(command)), roff(command.app->get_description()));
  for (const auto* option : command.positional())
    out += item(option->get_name(), option->get_description());
  for (const auto* option : command.named())
    if (!is_common(*option)) out += item(option_names(*option), option->get_description());
  return out;
}

} // namespace

std::string man_page(const CLI::App& program, const std::string& version)
{
  auto out = fmt::format(".\\\" Made from the command table by `gramsetu docs`.\n"
                         ".TH GRAMSETU 1 \"\" \"GramSetu {}\" \"GramSetu\"\n"
                         ".SH NAME\ngramsetu \\- keeps a district's panchayat records in step\n"
                         ".SH SYNOPSIS\n.B gramsetu\n.I COMMAND\n.RI [ OPTIONS ]\n",
                         version);
  out += kAbout;
  out += ".SH OPTIONS\nThose of every command:\n";
  out += item("-c, --config FILE", "the operator's file");
  out += item("--json", "answer in JSON");
  out += item("-h, --help", "what the command does and which options it has");
  out += item("--version", "alone: which version this is");
  out += ".SH COMMANDS\n";
  for (const auto& command : listed(program))
    if (command.members().empty()) out += section_of(command);
  out += ".SH \"EXIT STATUS\"\n" + roff(program.get_footer()) + "\n.PP\n";
  out += "\\fBgramsetu run\\fR ends with 78 when the configuration is wrong, and with 74 when the "
         "store "
         "cannot be trusted.\n";
  return out + kEnd;
}

} // namespace gramsetu::commands
