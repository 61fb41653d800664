// The scheduler: jobs from flows, starts from the agenda.
#include "daemon/runtime/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::runtime {

std::chrono::milliseconds Scheduler::jitter_of(const config::FlowSettings& flow,
                                               std::optional<Instant> last)
{
  if (flow.jitter.count() <= 0) return std::chrono::milliseconds(0);
  const auto [found, is_new] = drawn_.try_emplace(flow.id);
  auto& drawn = found->second;
  if (is_new || drawn.after != last) {
    const auto bound = static_cast<std::uint64_t>(flow.jitter.count()) + 1;
    drawn = {last, std::chrono::milliseconds(ids_.below(bound))};
  }
  return drawn.jitter;
}

Scheduler::Busy Scheduler::busy(const Setup& setup) const
{
  Busy busy;
  for (const auto& run : hub_.live()) {
    ++busy.runs;
    const auto* flow = setup.find(run.ticket.flow);
    if (!flow) continue;
    busy.entities.insert(flow->entity->name);
    ++busy.endpoints[flow->side.endpoint];
  }
  return busy;
}

std::vector<schedule::Job> Scheduler::jobs()
{
  const auto setup = hub_.setup();
  const auto now = hub_.clock().now();
  const auto present = busy(*setup);
  std::vector<schedule::Job> jobs;
  for (const auto& flow : setup->config().flows) {
    const auto state = hub_.state_of(flow.id);
    schedule::Job job;
    job.flow = flow.id;
    job.endpoint = flow.endpoint;
    job.every = flow.every;
    if (!flow.cron.empty()) {
      if (auto cron = schedule::parse_cron(flow.cron)) job.cron = *cron;
    }
    if (flow.window) job.window = schedule::DayWindow{flow.window->from, flow.window->to};
    job.jitter = jitter_of(flow, state.last_start);
    job.last_start = state.last_start;
    job.running = present.entities.count(flow.entity) > 0;
    job.failures = state.failures;
    job.not_before = state.not_before;
    if (state.aside) job.not_before = std::max(job.not_before.value_or(now), state.aside->until);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

void Scheduler::tick()
{
  hub_.meters().ticked(hub_.clock().ticks(), kTick);
  if (hub_.corrupt()) return;
  const auto setup = hub_.setup();
  const auto now = hub_.clock().now();
  auto present = busy(*setup);
  const auto workers = setup->config().workers;
  const auto slots = workers > present.runs ? workers - present.runs : 0;
  const auto agenda = schedule::agenda(jobs(), now, slots, workers, setup->offset);
  for (const auto& id : agenda.start) {
    const auto* flow = setup->find(id);
    const auto& endpoint = flow->side.endpoint;
    const auto most = setup->config().endpoints.at(endpoint).limits.concurrent;
    if (present.endpoints[endpoint] >= most) continue; // looked at again at the next tick
    if (!present.entities.insert(flow->entity->name).second) continue;
    ++present.endpoints[endpoint];
    start(id);
  }
}

void Scheduler::start(const std::string& flow)
{
  const auto announced = hub_.announce(flow, Order{});
  const bool taken =
      loop_.submit([this, announced](std::stop_token stop) { hub_.run(announced, stop); });
  if (!taken) hub_.forget(announced.ticket);
}

std::string Scheduler::summary() const
{
  const auto setup = hub_.setup();
  std::size_t running = 0;
  for (const auto& run : hub_.live())
    running += run.started ? 1 : 0;
  auto text = fmt::format("{} flows, {} running", setup->flows.size(), running);
  std::string_view separator = "; ";
  for (const auto& flow : setup->flows) {
    const auto state = hub_.state_of(flow->id);
    if (state.failures == 0 && !state.aside) continue;
    text += fmt::format("{}{} {}", separator, flow->id, state.aside ? "put aside" : "failed");
    separator = ", ";
  }
  return text;
}

} // namespace gramsetu::runtime
