// Completions of the three shells that people use: each a function of the words typed so far.
#include "daemon/commands/command_pages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gramsetu::commands {

namespace {

// A text in single quotes, in the one way in which all three shells read an apostrophe.
std::string in_quotes(const std::string& text)
{
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string("'\"'\"'") : std::string(1, c);
  return out + "'";
}

std::vector<std::string> names_of(const CLI::Option& option)
{
  std::vector<std::string> names;
  for (const auto& name : option.get_snames())
    names.push_back("-" + name);
  for (const auto& name : option.get_lnames())
    names.push_back("--" + name);
  return names;
}

// What may follow the words of a command.
std::vector<std::string> words_after(const Listed& command)
{
  std::vector<std::string> words;
  for (const auto* member : command.members())
    words.push_back(member->get_name());
  for (const auto* option : command.named())
    for (auto& name : names_of(*option))
      words.push_back(std::move(name));
  return words;
}

// The branches of a `case` in which the words typed so far become the path of a command.
std::string path_branches(const std::vector<Listed>& all)
{
  std::vector<std::string> patterns;
  for (const auto& command : all) {
    if (command.words.empty()) continue;
    const bool first = command.words.size() == 1;
    patterns.push_back("\"" + (first ? " " : std::string()) + command.path() + "\"");
  }
  return fmt::format("    {}) at=\"${{at:+$at }}$word\" ;;\n", fmt::join(patterns, " | \\\n    "));
}

} // namespace

std::string Listed::path() const
{
  return fmt::format("{}", fmt::join(words, " "));
}

std::vector<const CLI::App*> Listed::members() const
{
  return app->get_subcommands([](const CLI::App* member) { return !member->get_group().empty(); });
}

std::vector<const CLI::Option*> Listed::named() const
{
  return app->get_options([](const CLI::Option* option) { return option->nonpositional(); });
}

std::vector<const CLI::Option*> Listed::positional() const
{
  return app->get_options([](const CLI::Option* option) { return option->get_positional(); });
}

std::vector<Listed> listed(const CLI::App& program)
{
  std::vector<Listed> all{{{}, &program}};
  for (std::size_t at = 0; at < all.size(); ++at) {
    const Listed parent = all[at];
    auto next = all.begin() + static_cast<std::ptrdiff_t>(at) + 1;
    for (const auto* member : parent.members()) {
      auto words = parent.words;
      words.push_back(member->get_name());
      next = all.insert(next, {std::move(words), member}) + 1;
    }
  }
  return all;
}

std::string bash_completion(const CLI::App& program)
{
  const auto all = listed(program);
  std::string out = "# Completion of gramsetu for bash, made from its command table.\n"
                    "_gramsetu()\n{\n"
                    "  local at=\"\" word words=\"\"\n"
                    "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                    "    case \"$at $word\" in\n";
  out += path_branches(all);
  out += "    esac\n  done\n  case \"$at\" in\n";
  for (const auto& command : all)
    out += fmt::format("  \"{}\") words=\"{}\" ;;\n", command.path(),
                       fmt::join(words_after(command), " "));
  out += "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
         "}\n"
         "complete -o default -F _gramsetu gramsetu\n";
  return out;
}

std::string zsh_completion(const CLI::App& program)
{
  const auto all = listed(program);
  std::string out = "#compdef gramsetu\n"
                    "# Completion of gramsetu for zsh, made from its command table.\n"
                    "local at=\"\" word\nlocal -a found\n"
                    "for word in \"${words[@]:1:$((CURRENT-2))}\"; do\n"
                    "  case \"$at $word\" in\n";
  out += path_branches(all);
  out += "  esac\ndone\ncase \"$at\" in\n";
  for (const auto& command : all) {
    out += fmt::format("\"{}\") found=(\n", command.path());
    for (const auto* member : command.members())
      out += "  " + in_quotes(member->get_name() + ":" + member->get_description()) + "\n";
    for (const auto* option : command.named())
      for (const auto& name : names_of(*option))
        out += "  " + in_quotes(name + ":" + option->get_description()) + "\n";
    out += "  ) ;;\n";
  }
  return out + "esac\n_describe gramsetu found || _files\n";
}

std::string fish_completion(const CLI::App& program)
{
  std::string out = "# Completion of gramsetu for fish, made from its command table.\n";
  for (const auto& command : listed(program)) {
    std::string seen = command.words.empty() ? "__fish_use_subcommand" : "";
    for (const auto& word : command.words)
      seen += (seen.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
    for (const auto* member : command.members())
      out += fmt::format("complete -c gramsetu -n {} -a {} -d {}\n", in_quotes(seen),
                         member->get_name(), in_quotes(member->get_description()));
    for (const auto* option : command.named()) {
      out += "complete -c gramsetu -n " + in_quotes(seen);
      for (const auto& name : option->get_snames())
        out += " -s " + name;
      for (const auto& name : option->get_lnames())
        out += " -l " + name;
      out += " -d " + in_quotes(option->get_description()) + "\n";
    }
  }
  return out;
}

} // namespace gramsetu::commands
