// Asking for a page, and believing of the answer only what it proves.
#include "connectors/http/pull.hpp"

#include "connectors/http/page_reader.hpp"
#include "schema/scalar.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

namespace gramsetu::connectors::http {

namespace {

Result<schema::Value> since_value(const PullPlan& plan, const PullRequest& request)
{
  std::string since = request.since;
  if (!plan.since_format.empty()) {
    TRY(const std::string canonical, schema::read_timestamp(since, "iso", std::nullopt));
    since =
        schema::write_timestamp(canonical, plan.since_format,
                                request.stream->modified_zone.value_or(std::chrono::minutes(0)));
  }
  const auto number = schema::read_integer(since);
  if (number && request.stream->cursor_type == "integer") return schema::Value(*number);
  return schema::Value(std::move(since));
}

Values values_of(const Context& context, const PullRequest& request)
{
  Values values = context.values;
  for (const auto& [name, value] : request.slice.part)
    values["slice." + name] = value;
  values["since"] = request.since;
  return values;
}

bool is_by_link(const PagesPlan& pages)
{
  return pages.by == PagesPlan::By::next_link || pages.by == PagesPlan::By::link_header;
}

// Where the next page is, as the answer to `asked` means it; only where the endpoint itself is.
Result<std::string> next_address(const Context& context, const Request& asked,
                                 const std::string& reference)
{
  if (reference.empty()) return std::string();
  TRY(const Url from, parse_url(asked.url));
  TRY(const Url target, resolve(from, reference));
  if (!target.same_origin(context.gateway.base()))
    return fail(ErrorKind::unsupported,
                asked.label + ": the next page is said to be at another place");
  return target.text();
}

Result<Request> page_request(const Context& context, const PullPlan& plan,
                             const PullRequest& request, const Position& position)
{
  const Values values = values_of(context, request);
  TRY(std::vector<Extra> extras, page_extras(plan.pages, position, values));
  if (!plan.since.empty() && !request.since.empty()) {
    TRY(schema::Value since, since_value(plan, request));
    extras.push_back({plan.since, std::move(since)});
  }
  TRY(Request made, context.request(plan.request, values, extras));
  made.repeatable = true; // a read, whatever its method
  if (is_by_link(plan.pages) && !position.at.empty()) {
    TRY(made.url, next_address(context, made, position.at));
  }
  return made;
}

// A good answer that says that there is nothing (more).
Page empty_page(const PullRequest& request, const Position& position, std::size_t bytes)
{
  Page page;
  page.cursor = request.seen;
  page.bytes = bytes;
  page.total = position.total;
  page.damaged = position.total && *position.total != position.records;
  return page;
}

std::size_t page_size(const Context& context, const PagesPlan& pages)
{
  const auto text = pages.size.fill(context.values);
  const auto size = text ? schema::read_integer(*text) : std::nullopt;
  return size && *size > 0 ? static_cast<std::size_t>(*size) : 0;
}

} // namespace

Result<Page> pull(const Context& context, const PullRequest& request, std::stop_token stop)
{
  TRY(const StreamPlan* stream, context.plan_of(*request.stream));
  if (!stream->pull)
    return fail(ErrorKind::unsupported,
                fmt::format("stream '{}' cannot be read", request.stream->name));
  const PullPlan& plan = *stream->pull;
  TRY(const Position position, decode_position(request.page));
  TRY(Request asked, page_request(context, plan, request, position));

  Outcome outcome = context.gateway.ask(asked, stop);
  auto* response = std::get_if<Response>(&outcome);
  if (!response) return tl::unexpected<Error>(error_of(std::move(outcome)));
  if (auto verdict = judge(plan.rules, asked, *response, context.gateway.now())) {
    if (verdict->action == Action::empty)
      return empty_page(request, position, response->body.size());
    return tl::unexpected<Error>(std::move(verdict->error));
  }
  if (response->status == 204) return empty_page(request, position, 0);
  Later later;
  if (response->status == 202 && plan.later) {
    later = await_outcome(context, {*plan.later, plan.rules, asked, *response}, stop);
    if (later.became != Later::Became::done)
      return fail(stop.stop_requested() ? ErrorKind::cancelled : ErrorKind::transient,
                  fmt::format("{}: {}", asked.label, later.why));
    response = &later.response;
    asked = later.request;
  }

  Page page;
  page.cursor = request.seen;
  page.bytes = response->body.size();
  Sheet sheet;
  PageReader reader(plan, request, page, sheet);
  TRY_VOID(reader.prepare(values_of(context, request)));
  TRY_VOID(reader.read(asked, *response));
  if (plan.pages.by == PagesPlan::By::link_header) sheet.next = next_link(*response);
  if (is_by_link(plan.pages)) {
    TRY(sheet.next, next_address(context, asked, sheet.next));
  }
  const auto step = advance(plan.pages, position, sheet, page_size(context, plan.pages));
  if (!step) return within(asked.label, step.error());
  page.last = step->last;
  page.damaged = page.damaged || step->damaged;
  page.total = sheet.total ? sheet.total : position.total;
  if (!page.last) page.next = encode(step->next);
  return page;
}

} // namespace gramsetu::connectors::http
