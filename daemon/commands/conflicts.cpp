// conflicts: what two sides changed, and a person decides.
#include "daemon/commands/progress_line.hpp"
#include "daemon/commands/queue_requests.hpp"
#include "daemon/commands/requests.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <optional>

namespace gramsetu::commands {

namespace {

using schema::Value;

// Base, ours and theirs side by side; of a whole record only the fields that differ.
void print_sides(const Value& conflict)
{
  const auto &base = member(conflict, "base"), &ours = member(conflict, "ours"),
             &theirs = member(conflict, "theirs");
  schema::List rows;
  const auto row = [&](const std::string& field, const Value& b, const Value& o, const Value& t) {
    schema::Object line;
    line.append("field", field);
    line.append("base", b);
    line.append("ours", o);
    line.append("theirs", t);
    rows.emplace_back(std::move(line));
  };
  const auto field = member_text(conflict, "field");
  const auto& wide = ours.is_object() ? ours : theirs;
  if (!field.empty() || !wide.is_object()) {
    row(field.empty() ? "(whole record)" : field, base, ours, theirs);
  } else {
    for (const auto& pair : wide.object().members()) {
      const auto &o = member(ours, pair.name), &t = member(theirs, pair.name);
      if (o != t) row(pair.name, member(base, pair.name), o, t);
    }
  }
  print_table(Value(std::move(rows)),
              {plain("field"), plain("base"), plain("ours"), plain("theirs")});
}

// "csc, 2026-11-23 10:04 (3 min ago)"
std::string side_of(const Value& conflict, const std::string& whose, const Times& times)
{
  const auto& at = member(conflict, whose + "_at");
  return escaped(member_text(conflict, whose + "_from")) +
         (at.is_text() ? ", changed " + when(at, times) : ", which does not say when it changed");
}

void print_settled(const Value& conflict, const Times& times)
{
  const auto by = member_text(conflict, "settled_by"), note = member_text(conflict, "note");
  std::printf("\nsettled %s: %s won%s%s\n", when(member(conflict, "settled_at"), times).c_str(),
              escaped(member_text(conflict, "outcome")).c_str(), by.empty() ? "" : ", decided by ",
              escaped(by).c_str());
  if (!note.empty()) std::printf("note: %s\n", escaped(note).c_str());
}

void print_conflict(const Value& conflict, const Times& times)
{
  std::printf("conflict %ld: %s %s, %s\n", member_count(conflict, "id"),
              shown_value(member(conflict, "entity")).c_str(),
              shown_value(member(conflict, "key")).c_str(),
              shown_value(member(conflict, "flow")).c_str());
  std::printf("opened %s by run %s: %s\n", when(member(conflict, "opened_at"), times).c_str(),
              shown_value(member(conflict, "run")).c_str(),
              shown_value(member(conflict, "rule")).c_str());
  std::printf("ours came from %s\ntheirs from %s\n\n", side_of(conflict, "ours", times).c_str(),
              side_of(conflict, "theirs", times).c_str());
  print_sides(conflict);
  print_proposal(conflict, times);
  if (member_text(conflict, "outcome") == "open")
    std::printf("\ngramsetu conflicts resolve %ld ours|theirs|value\n",
                member_count(conflict, "id"));
  else
    print_settled(conflict, times);
  const auto& also = member(conflict, "also_open");
  if (also.is_list() && !also.list().empty())
    std::printf("other sides dispute the same field: %s\n", shown_value(also).c_str());
}

void print_groups(const Value& answer, const Times& times)
{
  print_table(member(answer, "groups"),
              {plain("count"), plain("flow"), plain("field"), plain("rule"), plain("runs"),
               aged("first", "first_at", times), aged("last", "last_at", times), plain("sample")});
}

// What is not JSON is a text: nobody likes to quote twice in a shell.
Value value_of(const std::string& text)
{
  auto value = schema::parse_json(text);
  return value ? std::move(*value) : Value(text);
}

// "resolve 3 4 7 theirs", "resolve 3 value 12", "resolve theirs" with --all-matching.
struct Decision {
  std::vector<std::int64_t> ids;
  std::string choice;
  std::optional<Value> value;
};

std::optional<Decision> read_decision(const std::vector<std::string>& words)
{
  Decision decision;
  std::size_t at = 0;
  for (; at < words.size(); ++at) {
    const auto id = schema::read_integer(words[at]);
    if (!id) break;
    decision.ids.push_back(*id);
  }
  if (at == words.size()) return std::nullopt;
  decision.choice = words[at++];
  if (decision.choice != "ours" && decision.choice != "theirs" && decision.choice != "value")
    return std::nullopt;
  if ((decision.choice == "value") != (at + 1 == words.size())) return std::nullopt;
  if (at < words.size()) decision.value = value_of(words[at]);
  return decision;
}

schema::Object body_of(const Decision& decision, const std::string& note)
{
  schema::Object body;
  body.append("choice", decision.choice);
  if (!note.empty()) body.append("note", note);
  if (decision.value) body.append("value", *decision.value);
  return body;
}

int summed_up(const Common& common, std::int64_t settled, schema::List failed)
{
  const bool all = failed.empty();
  if (!common.json) {
    for (const auto& row : failed)
      complain(fmt::format("{}: {}", member_count(row, "id"), member_text(row, "title")));
    std::printf("settled %ld, still open %zu\n", settled, failed.size());
    return all ? kDone : kPartial;
  }
  schema::Object body;
  body.append("settled", settled);
  body.append("failed", std::move(failed));
  print_json(Value(std::move(body)));
  return all ? kDone : kPartial;
}

int resolve_one(const Common& common, const QueueOptions& options, const Decision& decision)
{
  auto what =
      queue_request("POST", queue_path("conflicts", decision.ids.front(), "/resolve"), options);
  what.body = body_of(decision, options.note);
  return ask_and_print(common, what, print_conflict);
}

int resolve_several(const Common& common, const QueueOptions& options, const Decision& decision)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  std::int64_t settled = 0;
  schema::List failed;
  for (const auto id : decision.ids) {
    const auto tried = session->send(
        {"POST", queue_path("conflicts", id, "/resolve"), {}, {}, body_of(decision, options.note)});
    const bool waits = tried && tried->status == 202;
    if (tried && tried->status < 400 && !waits) {
      ++settled;
      continue;
    }
    schema::Object row;
    row.append("id", id);
    if (waits)
      row.append("title", "it is about money: one more person must decide the same");
    else
      row.append("title", tried ? member_text(tried->body, "title") : tried.error().what);
    failed.emplace_back(std::move(row));
  }
  return summed_up(common, settled, std::move(failed));
}

// What a decision on many would decide: the groups, and the newest conflict of them, so that none is decided
// that comes after somebody has looked.
struct Matching {
  Value groups;
  std::int64_t count = 0, newest = 0;
};

std::optional<Matching> look(Session& session, const QueueOptions& options)
{
  Matching matching;
  auto what = queue_listing("/api/v1/conflicts", options);
  what.query["newest"] = "true";
  what.query["limit"] = "1";
  const auto newest = session.ask(what);
  if (!newest) return std::nullopt;
  const auto& rows = member(*newest, "conflicts");
  if (rows.is_list() && !rows.list().empty())
    matching.newest = member_count(rows.list().front(), "id");
  auto grouped_options = options;
  grouped_options.group = true;
  auto groups = session.ask(queue_listing("/api/v1/conflicts", grouped_options));
  if (!groups) return std::nullopt;
  matching.groups = member(*groups, "groups");
  if (matching.groups.is_list())
    for (const auto& group : matching.groups.list())
      matching.count += member_count(group, "count");
  return matching;
}

int show_matching(const Common& common, Session& session, const Matching& matching)
{
  schema::Object body;
  body.append("would_settle", matching.count);
  body.append("groups", matching.groups);
  const Value answer(std::move(body));
  if (common.json) {
    print_json(answer);
    return kDone;
  }
  print_groups(answer, session.times());
  std::printf("\nthese %ld would be settled; say --yes to do it\n", matching.count);
  return kDone;
}

int resolve_matching(const Common& common, const QueueOptions& options, const Decision& decision)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  const auto matching = look(*session, options);
  if (!matching) return session->exit_code();
  if (!options.yes || matching->count == 0) return show_matching(common, *session, *matching);
  Ask what{"POST", "/api/v1/conflicts/resolve", {}, {}, body_of(decision, options.note)};
  schema::Object which;
  for (const auto& [word, value] : options.which)
    if (!value.empty()) which.append(word, value);
  what.body.append("which", std::move(which));
  what.body.append("up_to", matching->newest);
  std::int64_t settled = 0;
  schema::List failed;
  std::optional<ProgressLine> line("resolve: begins");
  for (bool more = true; more;) {
    const auto answer = session->ask(what);
    if (!answer) return session->exit_code();
    settled += member_count(*answer, "settled");
    for (const auto& row : member(*answer, "failed").list())
      failed.push_back(row);
    line->say("resolve: " + grouped(settled) + " of " + grouped(matching->count));
    what.body.set("after", member_count(*answer, "after"));
    more = member(*answer, "more") == Value(true);
  }
  line.reset();
  return summed_up(common, settled, std::move(failed));
}

} // namespace

int conflicts_list(const Common& common, const QueueOptions& options)
{
  const auto what = queue_listing("/api/v1/conflicts", options);
  if (options.group) return ask_and_print(common, what, print_groups);
  return ask_and_print(common, what, [](const Value& answer, const Times& times) {
    print_table(member(answer, "conflicts"),
                {plain("id"), plain("flow"), plain("key"), plain("field"), plain("ours"),
                 plain("theirs"), plain("outcome"), aged("opened", "opened_at", times),
                 plain("rule")});
  });
}

int conflicts_show(const Common& common, const QueueOptions& options)
{
  return ask_and_print(common, queue_request("GET", queue_path("conflicts", options.id), options),
                       print_conflict);
}

int conflicts_resolve(const Common& common, const QueueOptions& options)
{
  const auto decision = read_decision(options.words);
  if (!decision)
    return refuse(common, kUsage,
                  fmt::format("'{}' is no decision; write it as: resolve ID... ours, theirs, or "
                              "value VALUE",
                              fmt::join(options.words, " ")));
  const bool filtered = std::any_of(options.which.begin(), options.which.end(),
                                    [](const auto& word) { return !word.second.empty(); });
  if (options.all_matching != decision->ids.empty() || (filtered && !options.all_matching))
    return refuse(common, kUsage, "which conflicts? their numbers, or --all-matching");
  if (options.all_matching) return resolve_matching(common, options, *decision);
  if (decision->ids.size() == 1) return resolve_one(common, options, *decision);
  return resolve_several(common, options, *decision);
}

} // namespace gramsetu::commands
