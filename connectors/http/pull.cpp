// Asking for a page, and believing of the answer only what it proves.
#include "connectors/http/pull.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/http/salvage.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace gramsetu::connectors::http {

namespace {

constexpr std::size_t kPiece = 1 << 20; // bytes of a bad piece that are kept: the contract's bound

// Short and quick: it only has to tell a page from the one before it.
std::string short_digest(std::string_view text)
{
  return fmt::format("{:x}", std::hash<std::string_view>{}(text));
}

BadPiece bad_piece(std::string_view bytes, std::string pointer, std::string code, std::string text)
{
  return {std::string(bytes.substr(0, kPiece)), std::move(pointer), std::move(code),
          std::move(text)};
}

// Turns the body of one answer into a page.
class PageReader {
public:
  PageReader(const PullPlan& plan, const PullRequest& request, Page& page, Sheet& sheet)
      : plan_(plan), request_(request), page_(page), sheet_(sheet)
  {
  }

  // What every record is given besides what it says (the district that was asked for, say), and what
  // it must say to be one that was asked for.
  Result<void> prepare(const Values& values)
  {
    for (const auto& [pointer, text] : plan_.add) {
      TRY(std::string value, text.fill(values));
      added_.emplace_back(pointer, schema::Value(std::move(value)));
    }
    for (const auto& [pointer, text] : plan_.only) {
      TRY(std::string value, text.fill(values));
      wanted_.emplace_back(pointer, std::move(value));
    }
    return {};
  }

  // An error when the answer is no page at all; a body that is no JSON makes a damaged page.
  Result<void> read(const Request& asked, const Response& response)
  {
    sheet_.body_digest = short_digest(response.body);
    std::string patched;
    std::string_view text = response.body;
    if (!schema::is_utf8(text)) {
      if (auto disguised = disguise(text)) patched = std::move(*disguised);
      if (!patched.empty()) text = patched;
      disguised_ = !patched.empty();
    }
    auto rest = schema::parse_json_records(
        text, plan_.records, [this](schema::Value value) { return take(std::move(value)); });
    if (!rest) return unreadable(asked, response, rest.error());
    if (newest_) page_.cursor = std::max(page_.cursor, to_rfc3339(*newest_));
    return read_envelope(asked, *rest);
  }

private:
  Result<void> take(schema::Value value)
  {
    const std::string pointer = fmt::format("{}/{}", plan_.records, sheet_.elements);
    if (sheet_.elements++ == 0) sheet_.first_digest = short_digest(schema::to_json(value));
    if (disguised_) {
      const std::string json = schema::to_json(value);
      if (is_disguised(json)) {
        set_aside(bad_piece(undisguise(json), pointer, "bad_encoding",
                            "a text of this record is not UTF-8"));
        return {};
      }
    }
    if (!value.is_object()) {
      set_aside(bad_piece(schema::to_json(value), pointer, "malformed",
                          fmt::format("a record is an object, not {}", name_of(value.kind()))));
      return {};
    }
    if (!is_wanted(value)) return {};
    for (const auto& [pointer_in, added] : added_) {
      const schema::Value* there = schema::at_pointer(value, pointer_in);
      if (!there || there->is_empty()) schema::set_at_pointer(value, pointer_in, added);
    }
    page_.records.push_back(extract(*request_.stream, std::move(value)));
    raise(page_.records.back());
    return {};
  }

  bool is_wanted(const schema::Value& value) const
  {
    return std::all_of(wanted_.begin(), wanted_.end(), [&](const auto& wanted) {
      const schema::Value* said = schema::at_pointer(value, wanted.first);
      return said && scalar_text(*said) == wanted.second;
    });
  }

  // A time in a form of the endpoint's own does not sort, so the cursor is the time that it means.
  void raise(const RemoteRecord& record)
  {
    const Stream& stream = *request_.stream;
    const bool is_time = stream.cursor_type == "timestamp" && !stream.cursor_pointer.empty() &&
                         stream.cursor_pointer == stream.modified_pointer;
    if (!is_time)
      raise_cursor(stream, record.body, page_.cursor);
    else if (record.modified)
      newest_ = std::max(newest_.value_or(*record.modified), *record.modified);
  }

  void set_aside(BadPiece piece)
  {
    page_.bad.push_back(std::move(piece));
    page_.damaged = true;
  }

  // A cut body without a stated length cannot be told from a malformed one: it is asked for again.
  Result<void> unreadable(const Request& asked, const Response& response, const Error& error)
  {
    const bool whole = response.header("Content-Length") || response.header("Transfer-Encoding");
    const bool blank = response.body.find_first_not_of(" \t\r\n") == std::string::npos;
    if (!whole || blank)
      return fail(ErrorKind::transient,
                  fmt::format("{}: the answer is cut: {}", asked.label, error.what));
    // Good JSON without the list is no page: an error document, say.
    if (schema::parse_json(response.body))
      return fail(ErrorKind::transient, fmt::format("{}: {}", asked.label, error.what));
    page_.records.clear();
    page_.bad.clear();
    page_.cursor = request_.seen;
    sheet_.elements = 0;
    sheet_.first_digest.clear();
    sheet_.readable = false;
    const bool text = schema::is_utf8(response.body);
    set_aside(bad_piece(response.body, "", text ? "malformed" : "bad_encoding", error.what));
    return {};
  }

  Result<void> read_envelope(const Request& asked, const schema::Value& rest)
  {
    if (!succeeded(plan_.rules, rest))
      return fail(ErrorKind::invalid, fmt::format("{}: answered 200, and {} says that it failed",
                                                  asked.label, plan_.rules.success->pointer));
    const schema::Value* list = schema::at_pointer(rest, plan_.records);
    if (!list && sheet_.elements == 0)
      return fail(ErrorKind::transient,
                  fmt::format("{}: the answer has no {}", asked.label, plan_.records));
    const PagesPlan& pages = plan_.pages;
    sheet_.total = count_at(rest, pages.total);
    sheet_.last_page = count_at(rest, pages.last_page);
    sheet_.next = text_at(rest, pages.next);
    if (const auto more = schema::read_flag(text_at(rest, pages.more))) sheet_.more = *more;
    return {};
  }

  static std::string text_at(const schema::Value& rest, const std::string& pointer)
  {
    const schema::Value* value = pointer.empty() ? nullptr : schema::at_pointer(rest, pointer);
    return value ? scalar_text(*value) : std::string();
  }

  static std::optional<std::size_t> count_at(const schema::Value& rest, const std::string& pointer)
  {
    const auto number = schema::read_integer(text_at(rest, pointer));
    if (!number || *number < 0) return std::nullopt;
    return static_cast<std::size_t>(*number);
  }

  const PullPlan& plan_;
  const PullRequest& request_;
  Page& page_;
  Sheet& sheet_;
  std::vector<std::pair<std::string, schema::Value>> added_;
  std::vector<std::pair<std::string, std::string>> wanted_;
  std::optional<Instant> newest_; // of the records: written out once, for the cursor
  bool disguised_ = false;
};

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
  const auto by = plan.pages.by;
  const bool by_link = by == PagesPlan::By::next_link || by == PagesPlan::By::link_header;
  if (by_link && !position.at.empty()) {
    TRY(const Url target, resolve(context.gateway.base(), position.at));
    if (!target.same_origin(context.gateway.base()))
      return fail(ErrorKind::unsupported,
                  made.label + ": the next page is said to be at another place");
    made.url = target.text();
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
  TRY(const Request asked, page_request(context, plan, request, position));

  Outcome outcome = context.gateway.ask(asked, stop);
  auto* response = std::get_if<Response>(&outcome);
  if (!response) return tl::unexpected<Error>(error_of(std::move(outcome)));
  if (auto verdict = judge(plan.rules, asked, *response, context.gateway.now())) {
    if (verdict->action == Action::empty)
      return empty_page(request, position, response->body.size());
    return tl::unexpected<Error>(std::move(verdict->error));
  }
  if (response->status == 204) return empty_page(request, position, 0);
  if (!looks_like_json(*response))
    return fail(ErrorKind::transient,
                fmt::format("{}: answered {} with something that is not JSON: '{}'", asked.label,
                            response->status, excerpt(response->body)));

  Page page;
  page.cursor = request.seen;
  page.bytes = response->body.size();
  Sheet sheet;
  PageReader reader(plan, request, page, sheet);
  TRY_VOID(reader.prepare(values_of(context, request)));
  TRY_VOID(reader.read(asked, *response));
  if (plan.pages.by == PagesPlan::By::link_header) sheet.next = next_link(*response);
  const auto step = advance(plan.pages, position, sheet, page_size(context, plan.pages));
  if (!step) return within(asked.label, step.error());
  page.last = step->last;
  page.damaged = page.damaged || step->damaged;
  page.total = sheet.total ? sheet.total : position.total;
  if (!page.last) page.next = encode(step->next);
  return page;
}

} // namespace gramsetu::connectors::http
