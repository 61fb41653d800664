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

// One page of one slice, and of one window of time where there are windows.
struct Wanted {
  const Context& context;
  const PullPlan& plan;
  const PullRequest& request;
  std::vector<Extra> window;
  PageSizes& sizes;
};

// How many records one page is asked for, and what becomes of that.
class Sizing {
public:
  Sizing(const Wanted& wanted, SizeRange range, const Position& position)
      : wanted_(wanted), range_(range), asked_(size_for(position))
  {
  }

  std::size_t asked() const { return asked_; }
  std::size_t to_carry() const { return range_.varies() ? asked_ : 0; }

  // The line did not carry it: the next attempt asks for less, and the error says so.
  Error broke(Error error) const
  {
    const auto next = wanted_.sizes.broke(stream(), range_, asked_);
    if (next < asked_)
      error.what += fmt::format("; {} records were asked for, and {} from now on", asked_, next);
    return error;
  }

  void came(std::size_t records, std::chrono::milliseconds took) const
  {
    if (range_.slow > std::chrono::milliseconds(0) && took > range_.slow)
      wanted_.sizes.broke(stream(), range_, asked_);
    else
      wanted_.sizes.came(stream(), range_, asked_, records);
  }

private:
  std::size_t size_for(const Position& position) const
  {
    const bool bound = position.pages > 0 && !may_resize(wanted_.plan.pages);
    if (bound && range_.varies() && position.size > 0) return position.size;
    return bound ? range_.most : wanted_.sizes.size_of(stream(), range_, position.size);
  }
  const std::string& stream() const { return wanted_.request.stream->name; }

  const Wanted& wanted_;
  SizeRange range_;
  std::size_t asked_;
};

// A part of the answer may have come, or only the word of whoever waited for it on our behalf.
bool broke_on_the_line(const Outcome& outcome)
{
  if (const auto* response = std::get_if<Response>(&outcome)) return response->status == 504;
  const auto* unclear = std::get_if<Indeterminate>(&outcome);
  return unclear && unclear->error.kind == ErrorKind::transient;
}

constexpr std::string_view kTagged = "tag ", kTimed = "time "; // what a slice's tag begins with

// Ask only for what is not as it was when the slice was read last.
void add_condition(const std::string& tag, Request& request)
{
  if (tag.starts_with(kTagged))
    request.headers.push_back({"If-None-Match", tag.substr(kTagged.size())});
  if (tag.starts_with(kTimed))
    request.headers.push_back({"If-Modified-Since", tag.substr(kTimed.size())});
}

std::string tag_of(const Response& response)
{
  const std::string* tag = response.header("ETag");
  if (tag && !tag->empty()) return std::string(kTagged) + *tag;
  const std::string* time = response.header("Last-Modified");
  return time && !time->empty() ? std::string(kTimed) + *time : std::string();
}

Result<Request> page_request(const Wanted& wanted, const Position& position, std::size_t size)
{
  const auto& [context, plan, request, window, sizes] = wanted;
  const Values values = values_of(context, request);
  std::vector<Extra> extras = page_extras(plan.pages, position, size);
  extras.insert(extras.end(), window.begin(), window.end());
  if (!plan.since.empty() && !request.since.empty()) {
    TRY(schema::Value since, since_value(plan, request));
    extras.push_back({plan.since, std::move(since)});
  }
  TRY(Request made, context.request(plan.request, values, extras));
  made.repeatable = true; // a read, whatever its method
  if (plan.conditional) add_condition(request.tag, made);
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

// What the next page is asked by.
Result<std::string> next_of(const Wanted& wanted, const Request& asked, const Response& response,
                            const std::string& said)
{
  const PagesPlan& pages = wanted.plan.pages;
  if (pages.by == PagesPlan::By::link_header)
    return next_address(wanted.context, asked, next_link(response));
  if (is_by_link(pages)) return next_address(wanted.context, asked, said);
  if (!pages.from_link || said.empty()) return said;
  // Only the token of the address is used, so it does not matter where the endpoint thinks that it is.
  const auto mark = said.find('?');
  const auto token = query_value(mark == said.npos ? "" : said.substr(mark + 1), pages.param);
  if (token && !token->empty()) return *token;
  return fail(ErrorKind::transient,
              fmt::format("{}: the next page's address has no {}", asked.label, pages.param));
}

// The answer that holds the page, once it is there.
struct Answered {
  Request request;
  Response response;
  bool empty = false;                // a good answer: there is nothing
  std::chrono::milliseconds took{0}; // on the line; 0 where it was made first
};

Result<Answered> answer_to(const Wanted& wanted, const Sizing& sizing, Request asked,
                           const std::stop_token& stop)
{
  const auto& [context, plan, request, window, sizes] = wanted;
  const Ticks began = context.gateway.ticks();
  Outcome outcome = context.gateway.ask(asked, stop);
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(context.gateway.ticks() - began);
  const auto failed = [&, broke = broke_on_the_line(outcome)](Error error) {
    return tl::unexpected<Error>(broke ? sizing.broke(std::move(error)) : std::move(error));
  };
  auto* response = std::get_if<Response>(&outcome);
  if (!response) return failed(error_of(std::move(outcome)));
  if (response->status == 304 && plan.conditional && !request.tag.empty())
    return Answered{std::move(asked), std::move(*response), true};
  if (auto verdict = judge(plan.rules, asked, *response, context.gateway.now())) {
    if (verdict->action != Action::empty) return failed(std::move(verdict->error));
    return Answered{std::move(asked), std::move(*response), true};
  }
  if (response->status != 202 || !plan.later) {
    const bool empty = response->status == 204;
    return Answered{std::move(asked), std::move(*response), empty, took};
  }
  Later later = await_outcome(context, {*plan.later, plan.rules, asked, *response}, stop);
  if (later.became == Later::Became::done)
    return Answered{std::move(later.request), std::move(later.response)};
  return fail(stop.stop_requested() ? ErrorKind::cancelled : ErrorKind::transient,
              fmt::format("{}: {}", asked.label, later.why));
}

// A page's place in the walk.
struct Standing {
  const Wanted& wanted;
  const Position& position;
  const Sizing& sizing;
};

// Where the walk goes on after `answered`, whose sheet this is.
Result<Step> step_from(const Standing& standing, const Answered& answered, Sheet sheet)
{
  const auto& [wanted, position, sizing] = standing;
  const auto& asked = answered.request;
  TRY(sheet.next, next_of(wanted, asked, answered.response, sheet.next));
  auto step = advance(wanted.plan.pages, position, sheet, sizing.asked());
  if (!step) return within(asked.label, step.error());
  step->next.size = sizing.to_carry();
  return step;
}

Result<Page> pull_page(const Wanted& wanted, const std::stop_token& stop)
{
  const auto& [context, plan, request, window, sizes] = wanted;
  TRY(const Position position, decode_position(request.page));
  TRY(const SizeRange range, size_range(plan.pages, values_of(context, request)));
  const Sizing sizing(wanted, range, position);
  TRY(Request first, page_request(wanted, position, sizing.asked()));
  TRY(const Answered answered, answer_to(wanted, sizing, std::move(first), stop));
  const auto& [asked, response, empty, took] = answered;
  if (empty) {
    Page page = empty_page(request, position, response.body.size());
    page.not_modified = response.status == 304;
    if (page.not_modified) page.tag = request.tag;
    return page;
  }
  Page page;
  page.cursor = request.seen;
  page.bytes = response.body.size();
  if (plan.conditional) page.tag = tag_of(response);
  Sheet sheet;
  PageReader reader(plan, request, page, sheet);
  TRY_VOID(reader.prepare(values_of(context, request)));
  const auto step_now = [&] { return step_from({wanted, position, sizing}, answered, sheet); };
  const auto tell_onward = [&] {
    if (!request.onward) return;
    const auto step = step_now();
    if (step && !step->last) request.onward(encode(step->next));
  };
  if (auto read = reader.read(asked, response, tell_onward); !read) {
    const bool cut = read.error().kind == ErrorKind::transient && !is_delimited(response);
    return tl::unexpected<Error>(cut ? sizing.broke(std::move(read.error()))
                                     : std::move(read.error()));
  }
  sizing.came(sheet.elements, took);
  TRY(const Step step, step_now());
  page.last = step.last;
  page.damaged = page.damaged || step.damaged;
  page.total = sheet.total ? sheet.total : position.total;
  if (!page.last) page.next = encode(step.next);
  return page;
}

// Window after window, each page by page. What a window's end covers has come with its last page.
Result<Page> pull_windows(const Wanted& whole, const std::stop_token& stop)
{
  const auto& [context, plan, request, none, sizes] = whole;
  TRY(Delta delta, request.page.empty()
                       ? begin_delta(*plan.delta, request.since, context.gateway.now())
                       : decode_delta(request.page));
  PullRequest inside = request;
  inside.page = delta.inner;
  if (request.onward) {
    inside.onward = [&](const std::string& next) {
      Delta further = delta;
      further.inner = next;
      request.onward(encode(further));
    };
  }
  TRY(Page page, pull_page({context, plan, inside, delta_extras(*plan.delta, delta), sizes}, stop));
  page.total.reset(); // of a window; how many the slice has nobody says
  if (!page.last) {
    delta.inner = page.next;
    page.next = encode(delta);
    return page;
  }
  page.cursor = to_rfc3339(delta.to(*plan.delta));
  page.covers = true;
  if (delta.last(*plan.delta)) return page;
  page.last = false;
  page.next = encode({delta.to(*plan.delta), delta.until, ""});
  return page;
}

} // namespace

Result<Page> pull(const Context& context, PageSizes& sizes, const PullRequest& request,
                  std::stop_token stop)
{
  TRY(const StreamPlan* stream, context.plan_of(*request.stream));
  if (!stream->pull)
    return fail(ErrorKind::unsupported,
                fmt::format("stream '{}' cannot be read", request.stream->name));
  const Wanted wanted{context, *stream->pull, request, {}, sizes};
  return stream->pull->delta ? pull_windows(wanted, stop) : pull_page(wanted, stop);
}

} // namespace gramsetu::connectors::http
