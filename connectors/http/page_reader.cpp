// Records out of JSON, CSV, NDJSON and XML, with what is bad set aside.
#include "connectors/http/page_reader.hpp"

#include "base/quick_hash.hpp"
#include "connectors/api/attachment.hpp"
#include "connectors/api/extract.hpp"
#include "connectors/api/unknown_records.hpp"
#include "connectors/formats/reader.hpp"
#include "connectors/http/salvage.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace gramsetu::connectors::http {

namespace {

constexpr std::size_t kPiece = 1 << 20; // bytes of a bad piece that are kept: the contract's bound

// Short and quick: it only has to tell a page from the one before it.
std::string short_digest(std::string_view text)
{
  return fmt::format("{:x}", quick_hash(text));
}

BadPiece bad_piece(std::string_view bytes, std::string pointer, std::string code, std::string text)
{
  return {std::string(bytes.substr(0, kPiece)), std::move(pointer), std::move(code),
          std::move(text)};
}

std::string text_at(const schema::Value& rest, const std::string& pointer)
{
  const schema::Value* value = pointer.empty() ? nullptr : schema::at_pointer(rest, pointer);
  return value ? scalar_text(*value) : std::string();
}

std::optional<std::size_t> count_at(const schema::Value& rest, const std::string& pointer)
{
  const auto number = schema::read_integer(text_at(rest, pointer));
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

Media media_of(const PullPlan& plan)
{
  if (!plan.format) return Media::json;
  switch (plan.format->format) {
  case formats::Format::csv: return Media::csv;
  case formats::Format::ndjson: return Media::ndjson;
  case formats::Format::xml: return Media::xml;
  case formats::Format::json: // what answers are without a format
  case formats::Format::xlsx: // no choice of this transport
  case formats::Format::html: break;
  }
  return Media::json;
}

bool goes_by_time(const Stream& stream)
{
  return stream.cursor_type == "timestamp" && !stream.cursor_pointer.empty() &&
         stream.cursor_pointer == stream.modified_pointer;
}

} // namespace

Result<void> PageReader::prepare(const Values& values)
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

Result<void> PageReader::take(schema::Value value)
{
  const auto number = sheet_.elements++;
  const auto pointer = [&] { return fmt::format("{}/{}", plan_.records, number); };
  if (number == 0) sheet_.first_digest = short_digest(schema::to_json(value));
  if (disguised_) {
    const std::string json = schema::to_json(value);
    if (is_disguised(json)) {
      set_aside(bad_piece(undisguise(json), pointer(), "bad_encoding",
                          "a text of this record is not UTF-8"));
      return {};
    }
  }
  if (!value.is_object()) {
    set_aside(bad_piece(schema::to_json(value), pointer(), "malformed",
                        fmt::format("a record is an object, not {}", name_of(value.kind()))));
    return {};
  }
  if (!is_wanted(value)) return {};
  for (const auto& [pointer_in, added] : added_) {
    const schema::Value* there = schema::at_pointer(value, pointer_in);
    if (!there || there->is_empty()) schema::set_at_pointer(value, pointer_in, added);
  }
  keep(std::move(value), "");
  return {};
}

void PageReader::keep(schema::Value value, std::string fingerprint)
{
  page_.records.push_back(extract(*request_.stream, std::move(value)));
  page_.records.back().fingerprint = std::move(fingerprint);
  raise(page_.records.back());
}

bool PageReader::is_wanted(const schema::Value& value) const
{
  return std::all_of(wanted_.begin(), wanted_.end(), [&](const auto& wanted) {
    const schema::Value* said = schema::at_pointer(value, wanted.first);
    return said && scalar_text(*said) == wanted.second;
  });
}

// A time in a form of the endpoint's own does not sort, so the cursor is the time that it means.
void PageReader::raise(const RemoteRecord& record)
{
  if (!goes_by_time(*request_.stream))
    raise_cursor(*request_.stream, record.body, page_.cursor);
  else if (record.modified)
    newest_ = std::max(newest_.value_or(*record.modified), *record.modified);
}

void PageReader::raise_to(std::string_view cursor)
{
  const Stream& stream = *request_.stream;
  if (!goes_by_time(stream)) return raise_cursor_to(stream, std::string(cursor), page_.cursor);
  const bool is_form = stream.modified_format == "iso";
  if (cursor.empty() || (is_form && is_no_later(cursor, newest_text_))) return;
  const auto at = modified_at(stream, cursor);
  if (!at) return;
  newest_ = std::max(newest_.value_or(*at), *at);
  newest_text_ = cursor;
}

void PageReader::set_aside(BadPiece piece)
{
  page_.bad.push_back(std::move(piece));
  page_.damaged = true;
}

Result<void> PageReader::read(const Request& asked, const Response& response,
                              const std::function<void()>& known)
{
  const Media wanted = media_of(plan_);
  if (!looks_like(response, wanted))
    return fail(ErrorKind::transient,
                fmt::format("{}: answered {} with something that is not {}: '{}'", asked.label,
                            response.status, name_of(wanted), excerpt(response.body)));
  sheet_.body_digest = short_digest(response.body);
  TRY_VOID(plan_.format ? read_records(asked, response) : read_json(asked, response, known));
  if (newest_) page_.cursor = std::max(page_.cursor, to_rfc3339(*newest_));
  return attach(asked, response);
}

// The answer is itself the document of its record.
Result<void> PageReader::attach(const Request& asked, const Response& response)
{
  for (const auto& attachment : attachments_of(*request_.stream)) {
    if (!attachment.answer || page_.records.empty()) continue;
    if (page_.records.size() > 1)
      return fail(ErrorKind::invalid,
                  fmt::format("{}: the answer has {} records, and is the document of one",
                              asked.label, page_.records.size()));
    schema::set_at_pointer(page_.records.front().body, attachment.field, base64(response.body));
  }
  return {};
}

Result<void> PageReader::read_json(const Request& asked, const Response& response,
                                   const std::function<void()>& known)
{
  TRY(const bool read, read_pieces(asked, response, known));
  if (read) return {};
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
  return read_envelope(asked, *rest);
}

// What the asker knows by its bytes is not read, where nothing but its bytes makes a record what it is.
Result<bool> PageReader::read_pieces(const Request& asked, const Response& response,
                                     const std::function<void()>& known)
{
  if (!request_.look || !added_.empty() || !wanted_.empty()) return false;
  const auto cut = cut_page(response.body, plan_.records);
  if (!cut) return false;
  sheet_.elements = cut->records.size();
  sheet_.first_digest = short_digest(cut->records.front());
  TRY_VOID(read_envelope(asked, cut->rest));
  known();
  TRY(auto found, read_unknown(cut->records, request_.look));
  if (!found) {
    sheet_.elements = 0;
    return false;
  }
  page_.left_out = found->cursors.size();
  for (auto& record : found->records)
    keep(std::move(record.body), std::move(record.fingerprint));
  for (const auto cursor : found->cursors)
    raise_to(cursor);
  return true;
}

// Lines do not close as a document does: where nothing says how long the answer is, nobody knows that it is
// all there.
Result<void> PageReader::read_records(const Request& asked, const Response& response)
{
  const bool closes = plan_.format->format == formats::Format::xml;
  if (!closes && !is_delimited(response))
    return fail(ErrorKind::transient,
                asked.label + ": the answer does not say how long it is, so it may be cut");
  auto opened = formats::Reader::open(std::make_unique<formats::TextBytes>(response.body),
                                      *plan_.format, "the answer");
  if (!opened) return within(asked.label, {ErrorKind::transient, opened.error().what});
  while (true) {
    auto item = (*opened)->next();
    if (!item) return unreadable(asked, response, item.error());
    if (!*item) break;
    if ((*item)->record) {
      TRY_VOID(take(std::move(*(*item)->record)));
      continue;
    }
    if ((*item)->cut_off)
      return fail(ErrorKind::transient, asked.label + ": the answer is cut: " + (*item)->bad.text);
    ++sheet_.elements;
    set_aside(std::move((*item)->bad));
  }
  return read_envelope(asked, (*opened)->envelope());
}

// A cut body without a stated length cannot be told from a malformed one: it is asked for again.
Result<void> PageReader::unreadable(const Request& asked, const Response& response,
                                    const Error& error)
{
  const bool blank = response.body.find_first_not_of(" \t\r\n") == std::string::npos;
  if (!is_delimited(response) || blank)
    return fail(ErrorKind::transient,
                fmt::format("{}: the answer is cut: {}", asked.label, error.what));
  // A good document without the list is no page: an error document, say.
  const bool other = !plan_.format && schema::parse_json(response.body);
  if (other || error.kind == ErrorKind::not_found)
    return fail(ErrorKind::transient, fmt::format("{}: {}", asked.label, error.what));
  set_aside_whole(response, error);
  return {};
}

void PageReader::set_aside_whole(const Response& response, const Error& error)
{
  page_.records.clear();
  page_.left_out = 0;
  page_.bad.clear();
  page_.cursor = request_.seen;
  newest_.reset();
  sheet_.elements = 0;
  sheet_.first_digest.clear();
  sheet_.readable = false;
  const bool text = schema::is_utf8(response.body);
  set_aside(bad_piece(response.body, "", text ? "malformed" : "bad_encoding", error.what));
}

Result<void> PageReader::read_envelope(const Request& asked, const schema::Value& rest)
{
  if (!succeeded(plan_.rules, rest))
    return fail(ErrorKind::invalid,
                fmt::format("{}: answered 200, and {} says that it failed", asked.label,
                            plan_.rules.success->pointers.front()));
  const schema::Value* list = schema::at_pointer(rest, plan_.records);
  if (!plan_.format && !list && sheet_.elements == 0)
    return fail(ErrorKind::transient,
                fmt::format("{}: the answer has no {}", asked.label, plan_.records));
  const PagesPlan& pages = plan_.pages;
  sheet_.total = count_at(rest, pages.total);
  sheet_.last_page = count_at(rest, pages.last_page);
  sheet_.next = text_at(rest, pages.next);
  if (const auto more = schema::read_flag(text_at(rest, pages.more))) sheet_.more = *more;
  return {};
}

} // namespace gramsetu::connectors::http
