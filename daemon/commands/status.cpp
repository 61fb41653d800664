// status: how the hub is, what waits, and what to do about it.
#include "daemon/commands/commands.hpp"
#include "daemon/commands/print.hpp"
#include "daemon/commands/requests.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace gramsetu::commands {

namespace {

using schema::Value;

constexpr std::chrono::seconds kWatchEvery{2};

std::string last_run(const Value& flow, const Times& times)
{
  const auto& run = member(flow, "last_run");
  if (!run.is_object()) return "never";
  const auto& ended = member(run, "ended_at");
  return shown_value(member(run, "state")) + " " +
         age(ended.is_text() ? ended : member(run, "started_at"), times);
}

// What a person should know or do, one sentence a line.
void print_flow_notes(const Value& flow, const Times& times)
{
  const auto name = escaped(member_text(flow, "flow")), state = member_text(flow, "state");
  const auto reason = escaped(member_text(member(flow, "last_run"), "reason"));
  const auto& held = member(flow, "held_run");
  if (held.is_object()) {
    const auto id = member_text(held, "run");
    std::printf("%s is held since %s: %s\n  gramsetu runs show %s; then gramsetu runs approve %s\n",
                name.c_str(), when(member(member(held, "hold"), "since"), times).c_str(),
                escaped(member_text(held, "reason")).c_str(), id.c_str(), id.c_str());
  }
  if (state == "failed") std::printf("%s failed: %s\n", name.c_str(), reason.c_str());
  if (state == "aside") {
    std::printf("%s is put aside, tried again %s: its runs ended the process\n", name.c_str(),
                age(member(flow, "aside_until"), times).c_str());
  }
}

// The clock of an endpoint is off: somebody should set it.
std::string clock_note(const Value& endpoint)
{
  const auto ahead = member_count(endpoint, "clock_ahead_ms");
  return fmt::format("the clock of {} is {} s {}: newest asks a person within {} s of both sides",
                     escaped(member_text(endpoint, "endpoint")), std::abs(ahead) / 1000,
                     ahead < 0 ? "behind" : "ahead",
                     member_count(endpoint, "clock_doubt_ms") / 1000);
}

// A certificate that ends within a month; a negative number of days: it has ended.
void print_certificate(const Value& endpoint, const char* name, const char* whose)
{
  if (!member(endpoint, std::string(name) + "_days").is_integer()) return;
  const auto days = member_count(endpoint, std::string(name) + "_days");
  const auto state = days < 0 ? std::string("has ended")
                              : fmt::format("ends in {} {}", days, days == 1 ? "day" : "days");
  std::printf("%s of %s %s: docs/what-to-do.md says how it is renewed\n", whose,
              escaped(member_text(endpoint, "endpoint")).c_str(), state.c_str());
}

// What waits for flows that are not there any more.
void print_left(const Value& left)
{
  if (!left.is_list()) return;
  for (const auto& flow : left.list())
    std::printf("%s is not in the configuration any more: %ld changes to send wait until it is\n",
                escaped(member_text(flow, "flow")).c_str(),
                member_count(flow, "pending") + member_count(flow, "unknown"));
}

void print_notes(const Value& answer, const Times& times)
{
  const auto& flows = member(answer, "flows");
  if (flows.is_list())
    for (const auto& flow : flows.list())
      print_flow_notes(flow, times);
  const auto& endpoints = member(answer, "endpoints");
  if (endpoints.is_list()) {
    for (const auto& endpoint : endpoints.list()) {
      if (member(endpoint, "clock_off") == Value(true))
        std::printf("%s\n", clock_note(endpoint).c_str());
      print_certificate(endpoint, "our_certificate", "our certificate for");
      print_certificate(endpoint, "their_certificate", "the certificate");
      if (member_text(endpoint, "state") != "down") continue;
      std::printf("%s is down since %s: %s\n", escaped(member_text(endpoint, "endpoint")).c_str(),
                  when(member(endpoint, "down_since"), times).c_str(),
                  escaped(member_text(endpoint, "reason")).c_str());
    }
  }
  print_left(member(answer, "left"));
  if (const auto& audit = member(answer, "audit"); member_text(audit, "state") != "good")
    std::printf("AUDIT_BLOCKED since %s: %s; no money is sent\n",
                when(member(audit, "since"), times).c_str(),
                escaped(member_text(audit, "reason")).c_str());
  const auto conflicts = member_count(answer, "conflicts"),
             parked = member_count(answer, "quarantined");
  if (conflicts > 0)
    std::printf("conflicts that wait for a person: %ld; gramsetu conflicts list\n", conflicts);
  if (const auto unknown = member_count(answer, "unknown"); unknown > 0) {
    std::printf(
        "writes whose outcome is unknown: %ld, the oldest sent %s; looked up by the next run, "
        "or asked in gramsetu quarantine list\n",
        unknown, age(member(answer, "oldest_unknown"), times).c_str());
  }
  if (parked > 0) std::printf("records in quarantine: %ld; gramsetu quarantine list\n", parked);
  if (const auto exceptions = member_count(answer, "exceptions"); exceptions > 0)
    std::printf("of these, exceptions of closed books: %ld; gramsetu conflicts list --exceptions\n",
                exceptions);
}

void print_care_notes(const Value& answer, const Times& times)
{
  const auto &backup = member(answer, "backup"), &rewind = member(answer, "rewind");
  if (rewind.is_object()) {
    std::printf("the store went back in time, noticed %s: %s\n  gramsetu rewind show\n",
                when(member(rewind, "since"), times).c_str(),
                escaped(member_text(rewind, "cause")).c_str());
  }
  if (member(backup, "failed_at").is_text()) {
    const auto& good = member(backup, "at");
    std::printf("the last backup failed, %s: %s; the last good one: %s\n",
                when(member(backup, "failed_at"), times).c_str(),
                escaped(member_text(backup, "failure")).c_str(),
                good.is_text() ? when(good, times).c_str() : "none");
  }
}

void print_status(const Value& answer, const Times& times)
{
  std::printf("hub %s at %s\n\n", shown_value(member(answer, "hub")).c_str(),
              local_time(member(answer, "time"), times).c_str());
  if (!member(answer, "stale_since").is_absent())
    std::printf("the store does not answer: this is how it was at %s\n\n",
                local_time(member(answer, "stale_since"), times).c_str());
  print_table(member(answer, "flows"),
              {plain("flow"),
               plain("direction"),
               plain("schedule"),
               plain("state"),
               aged("fresh", "fresh_at", times),
               {"last run", [&](const auto& flow) { return last_run(flow, times); }},
               plain("pending"),
               plain("unknown"),
               plain("conflicts"),
               plain("quarantined")});
  std::printf("\n");
  print_table(member(answer, "endpoints"),
              {plain("endpoint"),
               plain("connector"),
               plain("role"),
               plain("state"),
               {"since", [&](const auto& row) { return when(member(row, "down_since"), times); }}});
  const auto& records = member(answer, "records");
  if (records.is_object() && !records.object().empty()) {
    std::string line = "\nrecords:";
    for (const auto& count : records.object().members())
      line += fmt::format(" {}={}", escaped(count.name), shown_value(count.value));
    std::printf("%s\n", line.c_str());
  }
  std::printf("\n");
  print_notes(answer, times);
  print_care_notes(answer, times);
}

} // namespace

namespace {

int places(const Common& common, const StatusOptions& options)
{
  Ask ask{"GET", "/api/v1/freshness", {{"limit", std::to_string(options.limit)}}, {}, {}};
  if (!options.flow.empty()) ask.query["flow"] = options.flow;
  return ask_and_print(common, ask, [](const Value& answer, const Times& times) {
    print_table(member(answer, "places"),
                {plain("flow"), plain("place"), aged("fresh", "fresh_at", times)});
  });
}

} // namespace

int status(const Common& common, const StatusOptions& options)
{
  if (options.places) return places(common, options);
  const bool watch = options.watch;
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  if (watch) watch_interrupts();
  for (;;) {
    const auto answer = session->ask({"GET", "/api/v1/status", {}, {}, {}});
    if (!answer) return session->exit_code();
    if (watch && isatty(STDOUT_FILENO) != 0) std::printf("\033[H\033[2J");
    if (common.json)
      print_json(*answer);
    else
      print_status(*answer, session->times());
    std::fflush(stdout);
    if (!watch || interrupted()) return kDone;
    session->clock().sleep_until(session->clock().ticks() + kWatchEvery, {});
    if (interrupted()) return kDone;
  }
}

} // namespace gramsetu::commands
