// Follows runs and says what they came to.
#include "daemon/commands/flow_words.hpp"

#include "daemon/commands/progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace gramsetu::commands {

namespace {

using schema::Value;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{20}, kLastPause{500};
// Records that are named on a terminal; --json has more.
constexpr std::size_t kDifferencesShown = 10;

bool is_over(const Value& run)
{
  const auto state = member_text(run, "state");
  return state != "waiting" && state != "running";
}

std::string progress_text(const Value& run)
{
  const auto& progress = member(run, "progress");
  const auto expected = member_count(progress, "expected"),
             slices = member_count(progress, "slice_count");
  auto line = member_text(run, "flow") + ": ";
  if (member_text(run, "state") == "waiting") return line + "waits for its turn";
  line += member_text(progress, "stage") + ", " + grouped(member_count(progress, "records"));
  if (expected > 0) line += " of " + grouped(expected);
  line += " records";
  if (slices > 1)
    line += fmt::format(", slice {} of {}", member_count(progress, "slice_index") + 1, slices);
  return line;
}

// A run that was stopped before it began left no trace.
Value never_ran(const Value& ticket)
{
  schema::Object run;
  run.append("run", member_text(ticket, "run"));
  run.append("flow", member_text(ticket, "flow"));
  run.append("state", "cancelled");
  run.append("reason", "stopped before it began");
  return run;
}

std::optional<Value> look(Session& session, const Value& ticket)
{
  const Ask what{"GET", "/api/v1/runs" + segment(member_text(ticket, "run")), {}, {}, {}};
  if (auto answer = session.send(what); answer && answer->status == 404)
    return never_ran(ticket);
  else if (answer && answer->status < 400)
    return std::move(answer->body);
  return session.ask(what);
}

bool is_kind(const Value& run, std::string_view kind)
{
  return member_text(member(run, "counts"), "kind") == kind;
}

void print_trips(const Value& trips)
{
  if (!trips.is_list()) return;
  for (const auto& trip : trips.list())
    std::printf("    held by %s\n", escaped(member_text(trip, "why")).c_str());
}

void print_plan(const Value& plan)
{
  if (!plan.is_list()) return;
  for (const auto& slice : plan.list()) {
    const auto count = [&](const char* name) { return grouped(member_count(slice, name)); };
    const auto name = escaped(member_text(slice, "slice"));
    std::printf("  %s: of %s known, would create %s, update %s, delete %s, push %s; "
                "conflicts %s\n",
                name.empty() ? "in no slice" : ("slice " + name).c_str(), count("known").c_str(),
                count("creates").c_str(), count("updates").c_str(), count("deletes").c_str(),
                count("pushes").c_str(), count("conflicts").c_str());
    print_trips(member(slice, "trips"));
    const auto& samples = member(slice, "samples");
    if (!samples.is_list()) continue;
    for (const auto& sample : samples.list()) {
      const auto values = member_text(sample, "values");
      std::printf("    %s %s  %s\n", shown_value(member(sample, "change")).c_str(),
                  shown_value(member(sample, "key")).c_str(),
                  values.empty() ? shown_value(member(sample, "what")).c_str()
                                 : escaped(values).c_str());
    }
  }
}

// Since when a run is held, who has let it go, and what is to be done or has become of it.
void print_hold(const Value& run, const Times& times)
{
  const auto& hold = member(run, "hold");
  if (!hold.is_object()) return;
  if (const auto more = member_count(hold, "more_slices"); more > 0)
    std::printf("  and %s more slices are held\n", grouped(more).c_str());
  std::printf("  held since %s; would change %s records in all\n",
              when(member(hold, "since"), times).c_str(),
              grouped(member_count(hold, "records")).c_str());
  std::int64_t approved = 0;
  for (const auto& approver : member(hold, "approvals").list()) {
    const auto note = escaped(member_text(approver, "note"));
    std::printf("  approved by %s %s%s%s\n", escaped(member_text(approver, "by")).c_str(),
                when(member(approver, "at"), times).c_str(), note.empty() ? "" : ": ",
                note.c_str());
    ++approved;
  }
  const auto state = member_text(run, "state"), id = member_text(run, "run"),
             next = member_text(hold, "followed_by");
  const auto missing = member_count(hold, "needs") - approved;
  if (state == "overtaken") std::printf("  overtaken by run %s\n", next.c_str());
  if (state == "released") std::printf("  released; run %s carried it out\n", next.c_str());
  if (state == "held")
    std::printf("  %s gramsetu runs approve %s\n",
                missing > 1    ? "two people must approve it:"
                : missing < 1  ? "approved; to run it now:"
                : approved > 0 ? "one more person must approve it:"
                               : "to release it:",
                id.c_str());
}

void print_certificate(const Value& certificate)
{
  const auto side = [&](const char* title, const char* name) {
    const auto& sums = member(certificate, name);
    std::printf("  %-8s  %s records  %s\n", title, grouped(member_count(sums, "count")).c_str(),
                shown_value(member(sums, "sum")).c_str());
  };
  side("hub", "hub");
  side("endpoint", "endpoint");
  const auto left_out = member_count(certificate, "left_out"),
             unreadable = member_count(certificate, "unreadable");
  if (left_out > 0)
    std::printf("  left out  %s records with an open conflict or in quarantine\n",
                grouped(left_out).c_str());
  if (unreadable > 0)
    std::printf("  left out  %s records there without a readable key\n",
                grouped(unreadable).c_str());
  std::printf("  certificate %s  %s\n", grouped(member_count(certificate, "number")).c_str(),
              shown_value(member(certificate, "digest")).c_str());
}

std::string fields_text(const Value& difference)
{
  std::string text;
  const auto& fields = member(difference, "fields");
  for (std::size_t i = 0; fields.is_list() && i < fields.list().size(); ++i) {
    const auto& field = fields.list()[i];
    text += fmt::format("{}{}: {} here, {} there", i == 0 ? "" : "; ", member_text(field, "field"),
                        shown_value(member(field, "hub")), shown_value(member(field, "endpoint")));
  }
  return text;
}

void print_differences(const Value& run)
{
  const auto& differences = member(run, "differences");
  if (!differences.is_list() || differences.list().empty()) return;
  const auto& all = differences.list();
  for (std::size_t i = 0; i < std::min(all.size(), kDifferencesShown); ++i) {
    const auto kind = member_text(all[i], "kind");
    const auto note = member_text(all[i], "note");
    const auto what = kind == "only_here"    ? std::string("only here")
                      : kind == "only_there" ? std::string("only there")
                                             : fields_text(all[i]);
    std::printf("  differs   %s  %s%s\n", escaped(member_text(all[i], "key")).c_str(), what.c_str(),
                note.empty() ? "" : fmt::format(" ({})", escaped(note)).c_str());
  }
  const auto count = std::max(member_count(member(run, "certificate"), "differing"),
                              static_cast<std::int64_t>(all.size()));
  if (count > static_cast<std::int64_t>(kDifferencesShown))
    std::printf("  differs   ... %s in all\n", grouped(count).c_str());
}

bool verifies(const Value& run)
{
  return is_kind(run, "verify") || is_kind(run, "repair");
}

bool agrees(const Value& run)
{
  const auto& agree = member(member(run, "certificate"), "agree");
  return agree.kind() == Value::Kind::boolean && agree.boolean();
}

} // namespace

std::optional<Value> wait_for(Session& session, const Value& ticket)
{
  ProgressLine line(member_text(ticket, "flow") + ": begins");
  auto pause = kFirstPause;
  for (;;) {
    auto run = look(session, ticket);
    if (!run || is_over(*run)) return run;
    if (session.has_lost_store()) return std::nullopt;
    if (interrupted() && !session.own_hub()) {
      complain("the daemon goes on with it; gramsetu runs list");
      return run;
    }
    if (interrupted()) session.own_hub()->request_stop();
    line.say(progress_text(*run));
    session.clock().sleep_until(session.clock().ticks() + pause, {});
    pause = std::min(pause * 2, kLastPause);
  }
}

int exit_of(const Value& run)
{
  const auto state = member_text(run, "state");
  if (state == "held") return kHeld;
  if (state != "done" && state != "partial") return kFailed;
  if (verifies(run) && !agrees(run)) return kFailed;
  if (is_kind(run, "verify")) return kDone;
  if (member_count(member(run, "counts"), "left") > 0) return kFailed;
  return state == "partial" ? kPartial : kDone;
}

int worst(int a, int b)
{
  static constexpr int kOrder[] = {kFailed, kHeld, kPartial, kDone};
  const auto* found = std::find_if(std::begin(kOrder), std::end(kOrder),
                                   [&](int code) { return code == a || code == b; });
  return found == std::end(kOrder) ? kFailed : *found;
}

std::string counts_line(const Value& counts)
{
  std::string line;
  for (const auto* name : {"pulled", "created", "updated", "deleted", "conflicts", "quarantined",
                           "waiting", "pushed", "refused", "unknown", "restored", "left",
                           "slices_failed", "differed", "heard", "offered"}) {
    const auto count = member_count(counts, name);
    if (count != 0) line += fmt::format("{}{}={}", line.empty() ? "" : " ", name, count);
  }
  return line.empty() ? "nothing new" : line;
}

void print_run(const Value& run, const Times& times)
{
  const auto& certificate = member(run, "certificate");
  const bool compared = verifies(run) && certificate.is_object();
  auto state = member_text(run, "state");
  if (compared && (state == "done" || state == "partial")) state = agrees(run) ? "agree" : "differ";
  const bool worked = is_over(run) && !(compared && is_kind(run, "verify"));
  const auto words = worked ? counts_line(member(run, "counts")) : "";
  std::printf("%-32s %-8s %s\n", escaped(member_text(run, "flow")).c_str(), state.c_str(),
              words.c_str());
  if (!is_over(run)) std::printf("  since %s\n", when(member(run, "started_at"), times).c_str());
  const auto reason = escaped(member_text(run, "reason"));
  if (!reason.empty()) std::printf("  %s\n", reason.c_str());
  print_plan(member(run, "plan"));
  print_hold(run, times);
  if (compared) print_certificate(certificate);
  print_differences(run);
}

std::optional<Value> remarks_of(Session& session, const Value& run)
{
  schema::List all;
  Ask what{"GET", "/api/v1/runs" + segment(member_text(run, "run")) + "/remarks", {}, {}, {}};
  what.query["limit"] = "1000";
  for (;;) {
    auto page = session.ask(what);
    if (!page) return std::nullopt;
    const auto& remarks = member(*page, "remarks");
    if (!remarks.is_list()) return Value(std::move(all));
    all.insert(all.end(), remarks.list().begin(), remarks.list().end());
    const auto after = member_count(*page, "after");
    if (after == 0) return Value(std::move(all));
    what.query["after"] = std::to_string(after);
  }
}

void print_remarks(const Value& remarks)
{
  if (!remarks.is_list() || remarks.list().empty()) return;
  print_table(remarks, {plain("key"),
                        plain("field"),
                        {"",
                         [](const Value& remark) -> std::string {
                           return member(remark, "left") == Value(true) ? "left" : "put back";
                         }},
                        plain("why")});
}

void print_advice(const Value& runs)
{
  if (!runs.is_list()) return;
  bool parked = false;
  for (const auto& run : runs.list()) {
    const auto id = member_text(run, "run");
    parked = parked || member_text(run, "state") == "partial";
    if (is_kind(run, "verify") && !agrees(run) && member_text(run, "state") == "done")
      std::printf("to bring it in step by the rules: gramsetu verify %s --repair\n",
                  escaped(member_text(run, "flow")).c_str());
    if (member_text(run, "state") == "held")
      std::printf("held: look at it (gramsetu runs show %s), then gramsetu runs approve %s\n",
                  id.c_str(), id.c_str());
  }
  if (parked) std::printf("see: gramsetu conflicts list, gramsetu quarantine list\n");
}

} // namespace gramsetu::commands
