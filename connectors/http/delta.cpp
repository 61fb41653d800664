// Windows of time, one after another.
#include "connectors/http/delta.hpp"

#include "schema/scalar.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

namespace chr = std::chrono;
using schema::Node;

namespace {

// "+05:30"
std::optional<chr::minutes> read_zone(const std::string& text)
{
  const auto at = from_rfc3339("2026-01-01T12:00:00" + text);
  if (!at) return std::nullopt;
  const auto noon = from_rfc3339("2026-01-01T12:00:00Z");
  return chr::duration_cast<chr::minutes>(*noon - *at);
}

std::optional<Instant> instant_of(const std::string& milliseconds)
{
  const auto number = schema::read_integer(milliseconds);
  if (!number) return std::nullopt;
  return Instant(chr::milliseconds(*number));
}

void read_start(const Node& block, DeltaPlan& plan, NodeReader& reader)
{
  const std::string text = reader.text(block, "start");
  if (text.empty()) return;
  const auto date = schema::read_date(text, "yyyy-MM-dd");
  const auto at = date ? from_rfc3339(*date + "T00:00:00Z") : Result<Instant>(Instant());
  if (!date || !at) {
    reader.wrong(block.find("start")->place, fmt::format("'{}' is no day", text),
                 "start: 2019-04-01");
    return;
  }
  plan.start = *at - plan.zone.value_or(chr::minutes(0));
}

} // namespace

std::optional<DeltaPlan> read_delta(const Node& pull, NodeReader& reader)
{
  const Node* block = reader.block(pull, "window");
  if (!block) return std::nullopt;
  reader.only(*block, {"from", "to", "format", "zone", "length", "overlap", "start"}, "'window'");
  DeltaPlan plan;
  plan.from = reader.text(*block, "from");
  plan.to = reader.text(*block, "to");
  plan.format = reader.text(*block, "format", "iso");
  if (const std::string zone = reader.text(*block, "zone"); !zone.empty()) {
    plan.zone = read_zone(zone);
    if (!plan.zone)
      reader.wrong(block->find("zone")->place, fmt::format("'{}' is no zone", zone), "\"+05:30\"");
  }
  plan.length = reader.duration(*block, "length").value_or(plan.length);
  plan.overlap = reader.duration(*block, "overlap").value_or(plan.overlap);
  read_start(*block, plan, reader);
  if (plan.from.empty() || plan.to.empty())
    reader.wrong(block->place, "'window' needs the parameters of both its ends",
                 "window: { from: updatedFrom, to: updatedTo }");
  if (plan.length < chr::minutes(1))
    reader.wrong(block->place, "a window is at least a minute long");
  if (pull.find("cursor"))
    reader.wrong(block->place, "'window' is a cursor of its own: leave 'cursor' out");
  return plan;
}

Instant Delta::to(const DeltaPlan& plan) const
{
  return from ? std::min(*from + plan.length, until) : until;
}

Result<Delta> begin_delta(const DeltaPlan& plan, const std::string& since, Instant now)
{
  Delta delta{plan.start, now, ""};
  if (!since.empty()) {
    TRY(const Instant read, from_rfc3339(since));
    // A clock that was set back must not make a window that ends before it begins.
    delta.from = std::min(read, now) - plan.overlap;
  }
  if (delta.from && *delta.from > now) delta.from = now - plan.overlap;
  return delta;
}

Result<Delta> decode_delta(const std::string& page)
{
  const auto first = page.find('|', 2), second = page.find('|', first + 1);
  const bool shape = page.starts_with("w|") && first != page.npos && second != page.npos;
  const auto until = shape ? instant_of(page.substr(first + 1, second - first - 1)) : std::nullopt;
  if (!until) return fail(ErrorKind::invalid, "the place in the windows cannot be read");
  return Delta{instant_of(page.substr(2, first - 2)), *until, page.substr(second + 1)};
}

std::string encode(const Delta& delta)
{
  return fmt::format("w|{}|{}|{}",
                     delta.from ? std::to_string(delta.from->time_since_epoch().count()) : "",
                     delta.until.time_since_epoch().count(), delta.inner);
}

std::vector<Extra> delta_extras(const DeltaPlan& plan, const Delta& delta)
{
  if (!delta.from) return {};
  const auto written = [&](Instant at) {
    return schema::Value(schema::write_timestamp(to_rfc3339(at), plan.format, plan.zone));
  };
  return {{plan.from, written(*delta.from)}, {plan.to, written(delta.to(plan))}};
}

} // namespace gramsetu::connectors::http
