// Reading: which request is which, lists page by page, and what a look shows.
#include "tests/contract/mirror.hpp"

#include "connectors/api/extract.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "schema/types.hpp"
#include "schema/xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

namespace gramsetu::contract {

using connectors::scalar_text;
using schema::Value;
using sim::Request;
using sim::Response;
namespace http = connectors::http;

namespace {

// A blank that a request fills, as it stands in a template that was filled with the other values.
constexpr char kMark = '~';

http::Values with_blanks(http::Values values, const connectors::Stream* stream = nullptr)
{
  for (const char* name : {"id", "key", "version", "idempotency_key", "ticket"})
    values[name] = kMark + std::string(name) + kMark;
  if (stream)
    for (const auto field : stream->entity->key) {
      const auto& name = stream->entity->fields[field].name;
      values["key." + name] = kMark + ("key." + name) + kMark;
    }
  values["since"] = "";
  values.try_emplace("now", "~now~");
  values.try_emplace("request_id", "~request_id~");
  return values;
}

// The text between the pattern's blanks stands in `text` in its order, and something in each blank's place.
bool fits(const std::string& pattern, const std::string& text, Blanks& blanks)
{
  const auto first = pattern.find(kMark);
  if (first == pattern.npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, first))) return false;
  std::size_t in_pattern = first, in_text = first;
  while (in_pattern < pattern.size()) {
    const auto closing = pattern.find(kMark, in_pattern + 1);
    const auto name = pattern.substr(in_pattern + 1, closing - in_pattern - 1);
    in_pattern = std::min(pattern.find(kMark, closing + 1), pattern.size());
    const auto literal = pattern.substr(closing + 1, in_pattern - closing - 1);
    const bool last = in_pattern == pattern.size();
    if (last && (text.size() < in_text + literal.size() || !text.ends_with(literal))) return false;
    const auto end = last ? text.size() - literal.size() : text.find(literal, in_text);
    if (end == text.npos || end <= in_text) return false;
    blanks[name] = text.substr(in_text, end - in_text);
    in_text = end + literal.size();
  }
  return true;
}

bool fit_parameters(const std::vector<http::Parameter>& wanted, const http::Values& values,
                    const std::map<std::string, std::string>& came, Blanks& blanks)
{
  return std::all_of(wanted.begin(), wanted.end(), [&](const http::Parameter& parameter) {
    if (parameter.value.is_void(values)) return true;
    const auto pattern = parameter.value.fill(values);
    const auto found = came.find(parameter.name);
    return pattern && found != came.end() && fits(*pattern, found->second, blanks);
  });
}

std::string lower(std::string text)
{
  for (char& letter : text)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

// The number that a parameter holds.
std::size_t number_in(const std::string& text, std::size_t otherwise)
{
  const auto number = schema::read_integer(text);
  return number && *number >= 0 ? static_cast<std::size_t>(*number) : otherwise;
}

std::optional<Instant> time_in(const std::string& text, const std::string& format,
                               std::optional<std::chrono::minutes> zone)
{
  const auto canonical = schema::read_timestamp(text, format, zone);
  if (canonical) return *from_rfc3339(*canonical);
  const auto date = schema::read_date(text, format);
  if (!date) return std::nullopt;
  const auto midnight = from_rfc3339(*date + "T00:00:00.000Z");
  return midnight ? std::optional(*midnight - zone.value_or(std::chrono::minutes(0)))
                  : std::nullopt;
}

} // namespace

std::optional<Blanks> fitting(const http::RequestPlan& plan, const http::Values& values,
                              const Request& request)
{
  Blanks blanks;
  const auto path = plan.path.fill(values);
  if (plan.method != request.method || !path || !fits(*path, request.path, blanks))
    return std::nullopt;
  std::map<std::string, std::string> headers = request.headers;
  const auto own = [&] {
    auto wanted = plan.headers;
    for (auto& header : wanted)
      header.name = lower(header.name);
    return wanted;
  }();
  const bool fit = fit_parameters(plan.query, values, request.query, blanks) &&
                   fit_parameters(own, values, headers, blanks) &&
                   fit_parameters(plan.form, values, sim::parse_form(request.body), blanks);
  return fit ? std::optional(blanks) : std::nullopt;
}

Response Mirror::answer(const Request& request)
{
  Request opened = request;
  if (sealed_ && !request.body.empty()) {
    connectors::kit::Heard heard{request.method, request.path, "", {}, request.body};
    if (!sealed_->open(heard)) return sim::text_response(500, "this cannot be opened");
    opened.body = heard.body;
  }
  const std::scoped_lock lock(mutex_);
  Response response = respond(opened);
  if (sealed_ && response.status == 200)
    response.body = sealed_->seal(response.body).value_or(response.body);
  return response;
}

// A look is told from a list by what it asks besides.
Response Mirror::respond(const Request& request)
{
  const auto values = with_blanks(parts_.values, parts_.stream);
  const auto& push = parts_.plan.push;
  if (push.probe)
    for (const auto* way : {&push.probe->by_id, &push.probe->by_key})
      if (*way)
        if (const auto blanks = fitting((*way)->request, values, request);
            blanks && !blanks->empty())
          return look(**way, *blanks);
  if (push.bulk && fitting(push.bulk->request, values, request)) return batch(*push.bulk, request);
  using connectors::Verb;
  for (const auto& [plan, verb] :
       {std::pair{&push.create, Verb::create}, std::pair{&push.update, Verb::update},
        std::pair{&push.remove, Verb::remove}})
    if (*plan)
      if (const auto blanks = fitting((*plan)->request, values, request))
        return write(**plan, verb, request, *blanks);
  if (parts_.plan.pull && fitting(parts_.plan.pull->request, values, request)) return list(request);
  for (const auto& door : parts_.doors)
    if (fitting(door, values, request)) return document(parts_.around);
  if (request.path == "/") return document(Value(schema::Object()));
  return sim::text_response(404, "no such path");
}

// Where a pull puts what it asks besides: into its document, its form or the query.
std::string Mirror::extra(const Request& request, const std::string& name) const
{
  const auto& plan = parts_.plan.pull->request;
  if (plan.document) {
    const auto body = schema::parse_json(request.body);
    const Value* found = body ? schema::at_pointer(*body, name) : nullptr;
    return found ? scalar_text(*found) : std::string();
  }
  if (!plan.form.empty()) {
    const auto form = sim::parse_form(request.body);
    const auto found = form.find(name);
    return found == form.end() ? std::string() : found->second;
  }
  return request.parameter(name);
}

std::vector<const Mirror::Held*> Mirror::selected(const Request& request) const
{
  const auto& pull = *parts_.plan.pull;
  const auto& stream = *parts_.stream;
  std::optional<Instant> from, to;
  std::optional<std::int64_t> after;
  std::string since = pull.since.empty() ? "" : extra(request, pull.since);
  if (pull.since.empty() && pull.request.uses("since")) { // in a filter of the system's own
    static const std::regex time(R"(\d{4}-\d\d-\d\dT[\d:.]+Z)");
    for (const auto& [name, value] : request.query)
      if (std::smatch found; std::regex_search(value, found, time)) since = found[0];
  }
  if (stream.cursor_type == "integer")
    after = schema::read_integer(since);
  else if (!since.empty())
    from = time_in(since, pull.since_format.empty() ? "iso" : pull.since_format,
                   stream.modified_zone.value_or(std::chrono::minutes(0)));
  if (pull.delta) {
    from = time_in(extra(request, pull.delta->from), pull.delta->format, pull.delta->zone);
    to = time_in(extra(request, pull.delta->to), pull.delta->format, pull.delta->zone);
    if (to) *to += std::chrono::days(1); // a day is meant with all its hours
  }
  std::vector<const Held*> rows;
  for (const auto& held : held_) {
    const Value* number = schema::at_pointer(held.body, stream.cursor_pointer);
    const bool late = after && number && number->is_integer() && number->integer() <= *after;
    const bool shows = !held.deleted || stream.deletes == connectors::Deletes::marker;
    if (shows && !late && (!from || held.modified >= *from) && (!to || held.modified < *to))
      rows.push_back(&held);
  }
  return rows;
}

Response Mirror::list(const Request& request)
{
  const auto& pull = *parts_.plan.pull;
  const auto& pages = pull.pages;
  using By = http::PagesPlan::By;
  auto rows = selected(request);
  if (request.twist == sim::Twist::empty) rows.clear();
  const std::size_t all = rows.size();
  const auto stated = pages.size.empty() ? std::string() : *pages.size.fill(parts_.values);
  std::size_t size = std::max<std::size_t>(all, 1), at = 0;
  if (pages.by != By::none)
    size =
        number_in(pages.limit.empty() ? stated : extra(request, pages.limit), number_in(stated, 3));
  const std::string token = pages.by == By::next_link || pages.by == By::link_header
                                ? request.parameter("at")
                                : extra(request, pages.param);
  if (pages.by == By::page)
    at = (number_in(token, static_cast<std::size_t>(pages.first)) -
          static_cast<std::size_t>(pages.first)) *
         size;
  else
    at = number_in(token, 0);
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(at, rows.size())));
  rows.resize(std::min(rows.size(), size));
  const bool more = at + rows.size() < all;
  if (request.twist == sim::Twist::half_page) rows.resize((rows.size() + 1) / 2);

  schema::List records;
  for (const Held* row : rows)
    records.push_back(row->body);
  Value body = parts_.around;
  if (parts_.single && records.empty()) return trouble(http::Action::empty, 404);
  schema::set_at_pointer(body, pull.records,
                         parts_.single ? records.front() : Value(std::move(records)));
  const auto count = static_cast<std::int64_t>(all);
  if (!pages.total.empty()) schema::set_at_pointer(body, pages.total, Value(count));
  if (!pages.last_page.empty())
    schema::set_at_pointer(body, pages.last_page,
                           Value(static_cast<std::int64_t>((all + size - 1) / size)));
  if (!pages.more.empty()) schema::set_at_pointer(body, pages.more, Value(more));
  const auto next = std::to_string(at + size);
  const bool by_address =
      pages.by == By::next_link || pages.by == By::link_header || pages.from_link;
  const auto where =
      by_address ? url_ + sim::with_parameter(request, pages.from_link ? pages.param : "at", next)
                 : next;
  if (!pages.next.empty())
    schema::set_at_pointer(body, pages.next, more ? Value(where) : Value(""));
  Response response = document(std::move(body));
  if (pages.by == By::link_header && more)
    response.headers.emplace_back("Link", "<" + where + ">; rel=\"next\"");
  return response;
}

Response Mirror::look(const http::ProbeWay& way, const Blanks& blanks)
{
  const Held* held = find(blanks);
  const bool shows =
      held && (!held->deleted || parts_.stream->deletes == connectors::Deletes::marker);
  const bool lists =
      parts_.plan.pull && way.record == parts_.plan.pull->records && !way.record.empty();
  if (!shows && !lists) return trouble(http::Action::not_found, 404);
  Value body = way.record.empty() ? held->body : parts_.around;
  if (lists)
    schema::set_at_pointer(body, way.record, shows ? schema::List{held->body} : schema::List{});
  else if (!way.record.empty())
    schema::set_at_pointer(body, way.record, held->body);
  Response response = document(std::move(body));
  if (shows) response.headers.emplace_back("ETag", fmt::format("\"{}\"", held->version));
  return response;
}

Response Mirror::document(Value body) const
{
  const auto& plan = parts_.plan;
  const auto& rules = plan.pull ? plan.pull->rules : plan.push.rules;
  if (rules.success && body.is_object())
    schema::set_at_pointer(body, rules.success->pointers.front(),
                           Value(rules.success->equals.front()));
  const bool xml = plan.pull && plan.pull->format &&
                   plan.pull->format->format == connectors::formats::Format::xml;
  if (!xml) return sim::json_response(200, body);
  Response response = sim::text_response(200, schema::to_xml(body).value_or("?"));
  response.content_type = "application/xml";
  return response;
}

// In the words that the manifest knows, else in HTTP's.
Response Mirror::trouble(http::Action action, int status) const
{
  const auto& rules = parts_.plan.pull ? parts_.plan.pull->rules : parts_.plan.push.rules;
  for (const auto& rule : rules.errors)
    if (rule.action == action) {
      std::string words;
      for (const auto& piece : rule.body)
        words += piece + " ";
      schema::Object body;
      body.append("error", words);
      const int said = rule.statuses.empty() ? status : rule.statuses.front();
      if (said >= 300 || !rule.body.empty())
        return sim::json_response(said, Value(std::move(body)));
    }
  return sim::json_response(status, Value(schema::Object()));
}

} // namespace gramsetu::contract
