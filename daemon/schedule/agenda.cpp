// When each flow starts next, and which start now.
#include "daemon/schedule/agenda.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace gramsetu::schedule {

namespace chr = std::chrono;

namespace {

constexpr chr::milliseconds kFirstBackoff =
    chr::minutes(1); // a passing fault is often over by then
constexpr chr::milliseconds kLongestBackoff = chr::hours(1); // a long one must not be hammered

// A last start further ahead than this means that the clock was set back, not that two clocks differ.
constexpr chr::milliseconds kClockStep = chr::minutes(1);

constexpr Instant kNever = Instant::max();

chr::milliseconds backoff(unsigned failures)
{
  auto wait = kFirstBackoff;
  for (unsigned i = 1; i < failures && wait < kLongestBackoff; ++i)
    wait *= 2;
  return std::min(wait, kLongestBackoff);
}

// When the schedule alone would have it, jitter and backoff among it; may lie in the past.
Instant scheduled(const Job& job, Instant now, chr::minutes offset)
{
  if (!job.every && !job.cron) return kNever; // only when asked
  if (!job.last_start) return now;
  // After a failure the schedule does not count: what was due then is still due.
  if (job.failures > 0) return *job.last_start + backoff(job.failures) + job.jitter;
  if (job.cron) {
    const auto next = next_after(*job.cron, *job.last_start, offset);
    return next ? *next + job.jitter : kNever;
  }
  return *job.last_start + *job.every + job.jitter;
}

// The first time not before `at` that lies in the window.
Instant in_window(const DayWindow& window, Instant at, chr::minutes offset)
{
  if (window.from == window.to) return at; // the whole day
  const auto day = chr::floor<chr::days>(at + offset);
  const auto time = at + offset - day;
  const bool inside = window.from < window.to ? time >= window.from && time < window.to
                                              : time >= window.from || time < window.to;
  if (inside) return at;
  const auto opens = time < window.from ? day + window.from : day + chr::days(1) + window.from;
  return Instant(opens - offset);
}

} // namespace

Instant next_start(const Job& job, Instant now, chr::minutes offset)
{
  if (job.asked) return now;
  // The clock was set back: waiting until it has caught up would skip runs. A cron time that was
  // served is not served again.
  if (job.every && job.last_start && *job.last_start > now + kClockStep) return now;
  auto due = scheduled(job, now, offset);
  if (due == kNever) return kNever;
  if (job.not_before) due = std::max(due, *job.not_before);
  if (!job.window) return due;
  // What is overdue may start now only if the window is open now.
  const auto earliest = std::max(due, now);
  const auto allowed = in_window(*job.window, earliest, offset);
  return allowed == earliest ? due : allowed;
}

Agenda agenda(const std::vector<Job>& jobs, Instant now, std::size_t slots,
              std::size_t per_endpoint, chr::minutes offset)
{
  Agenda agenda;
  std::map<std::string, std::size_t> busy; // runs at each endpoint
  std::vector<std::pair<Instant, const Job*>> due;
  for (const auto& job : jobs) {
    if (job.running) {
      ++busy[job.endpoint];
      continue;
    }
    const auto start = next_start(job, now, offset);
    if (start <= now)
      due.emplace_back(start, &job);
    else if (start != kNever)
      agenda.wake = std::min(agenda.wake.value_or(start), start);
  }
  // A person who asked is waiting; after that the longest overdue, and names settle what is left.
  std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) {
    return std::tuple(!a.second->asked, a.first, a.second->flow) <
           std::tuple(!b.second->asked, b.first, b.second->flow);
  });
  for (const auto& [start, job] : due) {
    if (agenda.start.size() == slots) break;
    if (busy[job->endpoint] >= per_endpoint) continue; // looked at again when that run ends
    ++busy[job->endpoint];
    agenda.start.push_back(job->flow);
  }
  return agenda;
}

} // namespace gramsetu::schedule
