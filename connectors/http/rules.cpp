// Error rules, and the default meaning of every status.
#include "connectors/http/rules.hpp"

#include "connectors/api/extract.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

using schema::Node;

namespace {

constexpr std::size_t kRuleBody = 16 << 10; // bytes of a body that rules look at

const std::vector<std::string> kActions = {"empty",  "throttled",    "retry", "fail",
                                           "refuse", "unauthorized", "moved", "not_found"};

std::string folded(std::string_view text)
{
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::vector<std::string> pieces_of(const std::string& pattern)
{
  std::vector<std::string> pieces;
  std::string_view rest = pattern;
  while (!rest.empty()) {
    const auto star = rest.find('*');
    if (star != 0) pieces.push_back(folded(rest.substr(0, star)));
    rest.remove_prefix(star == rest.npos ? rest.size() : star + 1);
  }
  return pieces;
}

bool has_pieces(const std::vector<std::string>& pieces, const std::string& body)
{
  std::size_t from = 0;
  for (const std::string& piece : pieces) {
    const auto at = body.find(piece, from);
    if (at == std::string::npos) return false;
    from = at + piece.size();
  }
  return true;
}

void read_status(const Node& rule, ErrorRule& made, NodeReader& reader)
{
  for (const std::string& text : reader.texts(rule, "status")) {
    const auto status = schema::read_integer(text);
    if (status && *status >= 100 && *status <= 599)
      made.statuses.push_back(static_cast<int>(*status));
    else
      reader.wrong(rule.find("status")->place, fmt::format("'{}' is no HTTP status", text),
                   "404 or [502, 503]");
  }
}

void read_header(const Node& rule, ErrorRule& made, NodeReader& reader)
{
  const Node* header = reader.block(rule, "header");
  if (!header) return;
  if (header->entries.size() != 1 || !header->entries.front().value.is_scalar()) {
    reader.wrong(header->place, "a rule looks at one header", "header: { X-Reason: quota }");
    return;
  }
  made.header = header->entries.front().key;
  made.header_has = folded(header->entries.front().value.scalar);
}

bool matches(const ErrorRule& rule, const Response& response, const std::string& body)
{
  const bool status = rule.statuses.empty() ? response.status >= 400
                                            : std::find(rule.statuses.begin(), rule.statuses.end(),
                                                        response.status) != rule.statuses.end();
  if (!status || !has_pieces(rule.body, body)) return false;
  if (rule.header.empty()) return true;
  const std::string* value = response.header(rule.header);
  return value && folded(*value).find(rule.header_has) != std::string::npos;
}

// What a status means when no rule speaks; nothing for a good answer.
std::optional<Action> default_action(int status)
{
  if (status >= 200 && status < 300) return std::nullopt;
  switch (status) {
  case 401:
  case 403:
  case 407: return Action::unauthorized;
  case 404:
  case 410: return Action::not_found;
  case 408:
  case 500:
  case 502:
  case 503:
  case 504:
  case 507: return Action::retry;
  case 409:
  case 412: return Action::moved;
  case 425:
  case 429: return Action::throttled;
  case 400:
  case 413:
  case 415:
  case 422: return Action::refuse;
  default: return status >= 500 ? Action::retry : Action::fail;
  }
}

// "Not found" as a page for people is the word of a proxy whose backend is away, or of a wrong address. It
// proves nothing about a record; a manifest whose endpoint does answer so says it with a rule.
bool is_markup(const Response& response)
{
  const auto first = response.body.find_first_not_of(" \t\r\n");
  return first != std::string::npos && response.body[first] == '<';
}

ErrorKind kind_of(Action action)
{
  switch (action) {
  case Action::throttled: return ErrorKind::throttled;
  case Action::retry: return ErrorKind::transient;
  case Action::unauthorized: return ErrorKind::unauthorized;
  case Action::moved: return ErrorKind::precondition;
  case Action::not_found:
  case Action::empty: return ErrorKind::not_found;
  case Action::fail:
  case Action::refuse: return ErrorKind::invalid;
  }
  return ErrorKind::invalid;
}

} // namespace

std::vector<ErrorRule> read_rules(const Node& errors, NodeReader& reader)
{
  std::vector<ErrorRule> rules;
  for (const Node& item : errors.items) {
    if (!item.is_map()) {
      reader.wrong(item.place, "an error rule must be a block of keys",
                   "{ status: 429, action: throttled }");
      continue;
    }
    reader.only(item, {"status", "body", "header", "action"}, "an error rule");
    ErrorRule rule;
    read_status(item, rule, reader);
    rule.body = pieces_of(reader.text(item, "body"));
    read_header(item, rule, reader);
    const std::string action = reader.choice(item, "action", kActions);
    const auto at = std::find(kActions.begin(), kActions.end(), action) - kActions.begin();
    rule.action = static_cast<Action>(at);
    if (!item.find("action"))
      reader.wrong(item.place, "the error rule names no action", "action: retry");
    if (!item.find("status") && !item.find("body") && !item.find("header"))
      reader.wrong(item.place, "the error rule matches every answer", "give it a status or a body");
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::optional<Success> read_success(const Node& node, NodeReader& reader)
{
  const Node* block = reader.block(node, "success");
  if (!block) return std::nullopt;
  reader.only(*block, {"pointer", "equals", "of"}, "'success'");
  Success success{reader.texts(*block, "pointer"), reader.texts(*block, "equals"),
                  reader.choice(*block, "of", {"all", "writes"}) == "writes"};
  if (success.pointers.empty() || success.equals.empty())
    reader.wrong(block->place, "'success' needs a pointer and what it must equal",
                 "{ pointer: /status, equals: [OK] }");
  return success;
}

std::optional<Verdict> judge(const Rules& rules, const Request& request, const Response& response,
                             Instant now)
{
  std::optional<Action> action;
  const std::string body = folded(std::string_view(response.body).substr(0, kRuleBody));
  for (const ErrorRule& rule : rules.errors) {
    if (!matches(rule, response, body)) continue;
    action = rule.action;
    break;
  }
  const bool said_by_rule = action.has_value();
  if (!action) action = default_action(response.status);
  if (!action) return std::nullopt;
  if (action == Action::not_found && !said_by_rule && is_markup(response)) action = Action::retry;
  // Part of an answer does not prove that there is nothing.
  if (action == Action::empty && response.cut) action = Action::retry;
  std::string what = fmt::format("{}: answered {}", request.label, response.status);
  if (!response.body.empty()) what += fmt::format(" '{}'", excerpt(response.body));
  return Verdict{*action, {kind_of(*action), std::move(what), retry_after(response, now)}};
}

bool succeeded(const Rules& rules, const schema::Value& body)
{
  if (!rules.success) return true;
  const schema::Value* value = nullptr;
  for (const std::string& pointer : rules.success->pointers)
    if (!value) value = schema::at_pointer(body, pointer);
  const std::string text = value ? scalar_text(*value) : std::string();
  const auto& good = rules.success->equals;
  return value && std::find(good.begin(), good.end(), text) != good.end();
}

} // namespace gramsetu::connectors::http
