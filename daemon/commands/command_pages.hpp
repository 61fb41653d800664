// What a package holds for the command line, made from the declarations: a manual page, completions.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace gramsetu::commands {

// A command, or a group of them, and the words that lead to it: {"runs", "show"}.
struct Listed {
  std::vector<std::string> words; // none for the program itself
  const CLI::App* app;

  std::string path() const; // "runs show"
  std::vector<const CLI::App*> members() const;
  std::vector<const CLI::Option*> named() const; // options that begin with '-'
  std::vector<const CLI::Option*> positional() const;
};

// The program and all that it can do, groups before their members. Not what is for developers only.
std::vector<Listed> listed(const CLI::App& program);

std::string man_page(const CLI::App& program, const std::string& version); // gramsetu(1)
std::string bash_completion(const CLI::App& program);
std::string zsh_completion(const CLI::App& program);
std::string fish_completion(const CLI::App& program);

} // namespace gramsetu::commands
