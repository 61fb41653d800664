// records: one record at a time.
#include "base/base64.hpp"
#include "daemon/commands/attachment.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/files.hpp"
#include "daemon/commands/requests.hpp"
#include "schema/json.hpp"

#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

Ask ask_for(const RecordOptions& options, std::string method, std::string_view rest = "")
{
  Ask what;
  what.method = std::move(method);
  what.path =
      "/api/v1/records" + segment(options.entity) + segment(options.key) + std::string(rest);
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  if (!options.note.empty()) what.query["note"] = options.note;
  if (options.revision) what.headers["if-match"] = "\"" + std::to_string(*options.revision) + "\"";
  return what;
}

void print_edited(const Value& answer, const Times&)
{
  const bool changed = member(answer, "changed") == Value(true);
  std::printf("%s: %s, revision %ld\n", shown_value(member(answer, "key")).c_str(),
              changed ? "changed" : "as it was", member_count(answer, "revision"));
}

void print_change(const Value& change, const Times& times)
{
  const auto actor = member_text(change, "actor");
  std::printf("%s  %s  from %s%s%s  %s\n", when(member(change, "at"), times).c_str(),
              shown_value(member(change, "kind")).c_str(),
              shown_value(member(change, "origin")).c_str(), actor.empty() ? "" : " by ",
              escaped(actor).c_str(), shown_value(member(change, "run")).c_str());
  const auto& fields = member(change, "fields");
  if (!fields.is_object()) return;
  for (const auto& field : fields.object().members()) {
    const bool pair = field.value.is_list() && field.value.list().size() == 2;
    const auto before = pair ? shown_value(field.value.list()[0]) : "-";
    const auto after = pair ? shown_value(field.value.list()[1]) : shown_value(field.value);
    std::printf("    %s: %s -> %s\n", escaped(field.name).c_str(), before.c_str(), after.c_str());
  }
}

} // namespace

int records_get(const Common& common, const RecordOptions& options)
{
  return ask_and_print(
      common, ask_for(options, "GET"), [](const Value& answer, const Times& times) {
        std::printf("%s, revision %ld%s, changed %s\n", shown_value(member(answer, "key")).c_str(),
                    member_count(answer, "revision"),
                    member(answer, "deleted") == Value(true) ? ", deleted" : "",
                    when(member(answer, "changed_at"), times).c_str());
        print_pairs(member(answer, "record"), 2);
      });
}

int records_put(const Common& common, const RecordOptions& options)
{
  const auto text = read_input(options.file);
  if (!text) return refuse(common, kUsage, text.error().what);
  auto document = schema::parse_json(*text);
  if (!document) return refuse(common, kUsage, document.error().what);
  if (!document->is_object()) return refuse(common, kUsage, "the record is not a JSON object");
  auto what = ask_for(options, "PUT");
  what.body = std::move(document->object());
  return ask_and_print(common, what, print_edited);
}

int records_delete(const Common& common, const RecordOptions& options)
{
  return ask_and_print(common, ask_for(options, "DELETE"), print_edited);
}

int records_attachment(const Common& common, const RecordOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  const auto answer =
      session->ask(ask_for(options, "GET", "/attachments" + segment(options.field)));
  if (!answer) return session->exit_code();
  if (common.json) {
    print_json(*answer);
    return kDone;
  }
  const auto bytes = from_base64(member_text(*answer, "content"));
  if (!bytes) return refuse(common, kFailed, bytes.error().what);
  if (options.file == "-")
    return std::fwrite(bytes->data(), 1, bytes->size(), stdout) ? kDone : kFailed;
  auto file = own_file(options.file);
  file.write(bytes->data(), static_cast<std::streamsize>(bytes->size()));
  file.close();
  if (!file) return refuse(common, kFailed, "cannot write " + options.file);
  std::printf("%s: %s, %ld bytes\n", escaped(options.file).c_str(),
              escaped(member_text(*answer, "media_type")).c_str(), member_count(*answer, "bytes"));
  return kDone;
}

int records_history(const Common& common, const RecordOptions& options)
{
  return ask_and_print(common, ask_for(options, "GET", "/history"),
                       [](const Value& answer, const Times& times) {
                         const auto& changes = member(answer, "changes");
                         if (!changes.is_list() || changes.list().empty()) std::printf("none\n");
                         if (!changes.is_list()) return;
                         for (const auto& change : changes.list())
                           print_change(change, times);
                       });
}

} // namespace gramsetu::commands
