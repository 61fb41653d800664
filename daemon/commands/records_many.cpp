// records list, export and import: many at a time, a page in memory.
#include "daemon/commands/commands.hpp"
#include "daemon/commands/files.hpp"
#include "daemon/commands/print.hpp"
#include "daemon/commands/progress_line.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

constexpr std::int64_t kPage = 500;
// Bytes of records in one request: the daemon takes a mebibyte.
constexpr std::size_t kBatchBytes = 512 * 1024;

// The records of an entity, or with a projection as the endpoint of that flow should hold them.
Ask records_of(const RecordOptions& options)
{
  Ask what{"GET", "/api/v1/records" + segment(options.entity), {}, {}, {}};
  if (!options.projection.empty())
    what.path = "/api/v1/flows" + segment(options.projection) + "/projection";
  if (!options.place.empty()) what.query["place"] = options.place;
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  if (options.deleted) what.query["deleted"] = "true";
  return what;
}

// Every record in key order, page by page, at most `limit`. False when the hub could not be asked.
bool each_record(Session& session, const RecordOptions& options, std::int64_t limit,
                 const std::function<void(const Value&)>& take)
{
  auto what = records_of(options);
  if (limit == INT64_MAX) what.query["export"] = "true"; // for the audit log, once
  while (limit > 0) {
    what.query["limit"] = std::to_string(std::min(limit, kPage));
    const auto answer = session.ask(what);
    if (!answer) return false;
    const auto& records = member(*answer, "records");
    if (!records.is_list()) return true;
    for (const auto& record : records.list())
      take(record);
    limit -= static_cast<std::int64_t>(records.list().size());
    const auto next = member_text(*answer, "next");
    if (next.empty()) return true;
    what.query["cursor"] = next;
    what.query.erase("export");
  }
  return true;
}

// A batch on its way: documents and the lines they stand in.
struct Batch {
  schema::List records;
  std::vector<std::size_t> lines;
  std::size_t bytes = 0;
};

struct Imported {
  std::size_t changed = 0, unchanged = 0, refused = 0;
};

bool send(Session& session, const RecordOptions& options, Batch& batch, Imported& imported)
{
  if (batch.records.empty()) return true;
  Ask what{"POST", "/api/v1/records" + segment(options.entity), {}, {}, {}};
  if (!options.note.empty()) what.query["note"] = options.note;
  what.body.append("records", std::move(batch.records));
  const auto lines = std::move(batch.lines);
  batch = {};
  const auto answer = session.ask(what);
  if (!answer) return false;
  const auto& results = member(*answer, "results");
  if (!results.is_list()) return false;
  for (std::size_t i = 0; i < results.list().size() && i < lines.size(); ++i) {
    const auto& result = results.list()[i];
    const auto error = member_text(result, "error");
    if (!error.empty()) {
      ++imported.refused;
      complain(fmt::format("line {}: {}", lines[i], error));
      continue;
    }
    ++(member(result, "changed") == Value(true) ? imported.changed : imported.unchanged);
  }
  return true;
}

} // namespace

int records_list(const Common& common, const RecordOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  schema::List records;
  if (!each_record(*session, options, options.limit,
                   [&](const Value& record) { records.push_back(record); }))
    return session->exit_code();
  if (common.json) {
    print_json(Value(std::move(records)));
    return kDone;
  }
  const auto times = session->times();
  print_table(Value(std::move(records)), {plain("key"), plain("revision"), plain("place"),
                                          aged("changed", "changed_at", times), plain("record")});
  return kDone;
}

int records_export(const Common& common, const RecordOptions& options)
{
  const bool projected = !options.projection.empty();
  if (projected && !options.projection.starts_with(options.entity + "@"))
    return refuse(common, kUsage, options.projection + " is no flow of " + options.entity);
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  // On a terminal the records themselves show that it goes on.
  std::optional<ProgressLine> progress;
  if (isatty(STDOUT_FILENO) == 0) progress.emplace("export: begins");
  std::int64_t count = 0;
  const bool done = each_record(*session, options, INT64_MAX, [&](const Value& record) {
    // A projection has keys: it is compared with what others have.
    const auto& line = projected ? record : member(record, "record");
    std::printf("%s\n", schema::to_json(line).c_str());
    if (++count % kPage == 0 && progress) progress->say("export: " + grouped(count) + " records");
  });
  return done ? kDone : session->exit_code();
}

int records_import(const Common& common, const RecordOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  Batch batch;
  Imported imported;
  bool reached = true;
  std::optional<ProgressLine> line("import: begins");
  const auto read = read_lines(options.file, [&](std::size_t number, const std::string& text) {
    line->say("import: line " + grouped(static_cast<std::int64_t>(number)));
    auto document = schema::parse_json(text);
    if (!document) {
      ++imported.refused;
      complain(fmt::format("line {}: {}", number, document.error().what));
      return true;
    }
    if (batch.bytes + text.size() > kBatchBytes ||
        batch.records.size() == static_cast<std::size_t>(kPage))
      reached = send(*session, options, batch, imported);
    batch.records.push_back(std::move(*document));
    batch.lines.push_back(number);
    batch.bytes += text.size();
    return reached;
  });
  if (!read) return refuse(common, kUsage, read.error().what);
  if (reached) reached = send(*session, options, batch, imported);
  line.reset();
  if (!reached && common.json) return session->exit_code(); // the problem is the answer
  schema::Object summary;
  summary.append("changed", static_cast<std::int64_t>(imported.changed));
  summary.append("unchanged", static_cast<std::int64_t>(imported.unchanged));
  summary.append("refused", static_cast<std::int64_t>(imported.refused));
  if (common.json)
    print_json(Value(std::move(summary)));
  else
    print_pairs(Value(std::move(summary)));
  if (!reached) return session->exit_code();
  return imported.refused > 0 ? kPartial : kDone;
}

} // namespace gramsetu::commands
