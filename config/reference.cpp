// The reference page: every block with a row for each option.
#include "config/reference.hpp"

#include "config/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gramsetu::config {

namespace {

constexpr std::string_view kIntroduction = R"(# Every option of gramsetu.yaml

Written by `./dev docs` from the tables in `options*.cpp`; change those. A commented example is
`gramsetu.example.yaml`; `gramsetu.schema.json` lets an editor check and complete while you type:
put `# yaml-language-server: $schema=gramsetu.schema.json` in the first line.

- `conf.d/*.yaml` beside the file are read after it in name order. Blocks are joined; anything else
  given twice is an error.
- Values may hold `${credential:NAME}` (systemd's credentials), `${env:NAME}` and `${file:PATH}`. A
  secret must be one such reference and nothing else; the file behind it must not be readable by
  everybody.
- A text that looks like something else (`no`, `0123`, `12:30`) stands in quotes. YAML anchors,
  aliases, tags and merge keys are errors.
- A relative path starts at the folder of the file that it is written in.
- Durations are `250ms 30s 15m 2h 2d 3w 3y`, sizes `512B 64KiB 2MiB 1GiB`, percentages `5% 2.5%`.
- A rule is `newest`, `{ newest: FIELD }`, `manual`, `union`, `max`, `min`, `state`, `{ owner: X }`
  or `{ prefer: [X, Y] }`, where X is an endpoint, a role, or `issuer`, the side that the record
  came from first. Guards may stand before it in a list:
  `[ignore_blank, ignore_ascii_repeat, { owner: X }]`; `append_only` is one, too.
)";

// A cell of a Markdown table.
std::string cell(std::string_view text)
{
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string path_of(const Option& option, const std::string& path)
{
  std::string whole =
      path.empty() ? std::string(option.name) : fmt::format("{}.{}", path, option.name);
  for (const std::string_view name : option.names)
    whole += fmt::format(".<{}>", name);
  return whole;
}

std::string meaning(const Option& option)
{
  std::string text(option.help);
  if (!option.choices.empty())
    text += fmt::format(". One of `{}`", fmt::join(option.choices, "`, `"));
  if (!option.min.empty() && !option.max.empty())
    text += fmt::format(". From {} to {}", option.min, option.max);
  else if (!option.min.empty())
    text += fmt::format(". At least {}", option.min);
  else if (!option.max.empty())
    text += fmt::format(". At most {}", option.max);
  if (!option.example.empty()) text += fmt::format(". Example: `{}`", option.example);
  return text + ".";
}

std::string otherwise(const Option& option)
{
  if (option.required) return "**required**";
  return option.default_text.empty() ? "" : fmt::format("`{}`", option.default_text);
}

void write_block(std::string& out, const Option* block, const Table& table, const std::string& path)
{
  if (table.options.empty()) return;
  out += fmt::format("\n## {}\n\n", path.empty() ? "The file" : fmt::format("`{}`", path));
  if (block)
    out += fmt::format("{}.{}\n\n", block->help, table.one_of ? " Exactly one of these." : "");
  out += "| option | value | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const Option& option : table.options)
    out += fmt::format("| `{}` | {} | {} | {} |\n", option.name, cell(describe(option.kind)),
                       otherwise(option), cell(meaning(option)));
  for (const Option& option : table.options)
    if (option.members) write_block(out, &option, *option.members, path_of(option, path));
}

} // namespace

std::string reference_page()
{
  std::string out(kIntroduction);
  write_block(out, nullptr, operator_file(), "");
  return out;
}

} // namespace gramsetu::config
