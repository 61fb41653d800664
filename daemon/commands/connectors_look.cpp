// connectors probe --stream and connectors record: one page looked at, an exchange kept.
#include "daemon/commands/commands.hpp"
#include "daemon/commands/progress_line.hpp"
#include "daemon/commands/requests.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace gramsetu::commands {

using schema::Value;

namespace {

std::string joined(const std::vector<std::string>& words)
{
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : ",") + word;
  return all;
}

Ask ask_of(const ConnectorOptions& options, const std::string& what)
{
  Ask ask{"POST", "/api/v1/connectors" + segment(options.name) + what, {}, {}, {}};
  ask.query["stream"] = options.stream;
  if (!options.slice.empty()) ask.query["slice"] = joined(options.slice);
  return ask;
}

void print_list(const Value& answer, const char* name, const char* title)
{
  const auto& list = member(answer, name);
  if (!list.is_list() || list.list().empty()) return;
  std::string all;
  for (const auto& one : list.list())
    all += (all.empty() ? "" : ", ") + shown_value(one);
  std::printf("%s: %s\n", title, all.c_str());
}

void print_look(const Value& answer)
{
  std::printf("%s, %s, slice %s\n", escaped(member_text(answer, "endpoint")).c_str(),
              escaped(member_text(answer, "stream")).c_str(),
              escaped(member_text(answer, "slice")).c_str());
  if (const auto text = member_text(answer, "text"); !text.empty()) {
    std::printf("not read: %s\n", escaped(text).c_str());
    return;
  }
  std::printf("%lld records, %lld deleted, %lld for quarantine%s\n",
              static_cast<long long>(member_count(answer, "records")),
              static_cast<long long>(member_count(answer, "deleted")),
              static_cast<long long>(member_count(answer, "quarantined")),
              member(answer, "last_page") == Value(true) ? "; there is no further page" : "");
  print_list(answer, "keys", "first keys");
  print_list(answer, "unknown_fields", "fields that no line of the mapping mentions");
  if (const auto& misfits = member(answer, "misfits"); misfits.is_list() && !misfits.list().empty())
    print_table(misfits, {plain("pointer"), plain("code"), plain("text")});
  if (const auto& ahead = member(answer, "clock_ahead_ms"); ahead.is_integer())
    std::printf("its clock is %+lld s from ours\n", static_cast<long long>(ahead.integer() / 1000));
}

// Never over a file that is there: somebody may have written down in it what is documented.
Result<std::string> keep(const std::string& folder, const std::string& stream,
                         const std::string& text)
{
  namespace fs = std::filesystem;
  std::error_code error;
  fs::create_directories(folder, error);
  for (int number = 1; number < 1000; ++number) {
    const auto path = fs::path(folder) / fmt::format("{}-{}.yaml", stream, number);
    if (fs::exists(path, error)) continue;
    std::ofstream file(path, std::ios::binary);
    file << text;
    if (file.flush()) return path.string();
    break;
  }
  return fail(ErrorKind::transient, "cannot write to " + folder);
}

} // namespace

int connectors_look(const Common& common, const ConnectorOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  std::optional<ProgressLine> line("probe: reads a page");
  const auto answer = session->ask(ask_of(options, "/look"));
  line.reset();
  if (!answer) return session->exit_code();
  if (common.json)
    print_json(*answer);
  else
    print_look(*answer);
  if (member(*answer, "reachable") != Value(true)) return kFailed;
  return member_count(*answer, "quarantined") > 0 ? kPartial : kDone;
}

int connectors_record(const Common& common, const ConnectorOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  auto ask = ask_of(options, "/recording");
  ask.query["pages"] = std::to_string(options.pages);
  if (options.records > 0) ask.query["records"] = std::to_string(options.records);
  std::optional<ProgressLine> line("record: reads");
  auto answer = session->ask(ask);
  line.reset();
  if (!answer) return session->exit_code();
  const auto path = keep(options.folder, options.stream, member_text(*answer, "fixture"));
  if (!path) return refuse(common, kFailed, path.error().what);
  if (common.json) {
    answer->object().erase("fixture");
    answer->object().append("file", *path);
    print_json(*answer);
    return kDone;
  }
  std::printf("%s: %lld records, %lld for quarantine\n", escaped(*path).c_str(),
              static_cast<long long>(member_count(*answer, "records")),
              static_cast<long long>(member_count(*answer, "quarantined")));
  std::printf("Read it before you share it. gramsetu connectors test %s --fixtures %s\n",
              escaped(member_text(*answer, "connector")).c_str(), escaped(options.folder).c_str());
  return kDone;
}

} // namespace gramsetu::commands
