// The lint of one value. A value that came through a reference is never repeated in a finding.
#include "config/check_scalar.hpp"

#include "config/check.hpp"
#include "config/values.hpp"
#include "daemon/schedule/cron.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::config {

using schema::Node;

namespace {

class ScalarCheck {
public:
  ScalarCheck(const Option& option, const std::string& path, std::vector<schema::Finding>& findings)
      : option_(option), path_(path), findings_(findings)
  {
  }

  void secret(const Node& node)
  {
    if (References::is_one(node.scalar)) return;
    if (References::in(node.scalar))
      wrong(node, fmt::format("{} is not one whole reference", path_));
    else
      wrong(node, fmt::format("{} is written into the file", path_),
            "keep it elsewhere and write ${credential:NAME}, ${env:NAME} or ${file:PATH}");
  }

  void value(const Node& node, bool came_by_reference)
  {
    shown_ = came_by_reference ? "what its reference gives" : fmt::format("'{}'", node.scalar);
    if (came_by_reference && node.scalar.empty()) return wrong(node, is());
    const bool literal = node.quoted && !came_by_reference;
    switch (option_.kind) {
    case Kind::integer:
    case Kind::flag: return bare(node, literal);
    case Kind::duration:
    case Kind::size:
    case Kind::percent: return ordered(node);
    case Kind::limit: return limit(node);
    case Kind::choice: return choice(node);
    case Kind::text:
    case Kind::name:
      if (!node.quoted && !came_by_reference && is_ambiguous(node.scalar))
        return wrong(
            node,
            fmt::format("{} is {} without quotes, which programs read differently", path_, shown_),
            fmt::format("{}: \"{}\"", option_.name, node.scalar));
      if (option_.kind == Kind::name && !is_name(node.scalar)) return wrong(node, is());
      if (node.scalar.empty()) wrong(node, fmt::format("{} is empty", path_));
      return;
    default: return shaped(node);
    }
  }

  void wrong(const Node& node, std::string what, std::string right = "")
  {
    if (right.empty()) right = fmt::format("write {}", describe(option_.kind));
    findings_.push_back({node.place, std::move(what), std::move(right)});
  }

private:
  std::string is() const { return fmt::format("{} is {}", path_, shown_); }

  void bare(const Node& node, bool quoted)
  {
    const bool fits = option_.kind == Kind::flag ? schema::read_flag(node.scalar).has_value()
                                                 : schema::read_integer(node.scalar).has_value();
    if (fits && quoted)
      return wrong(node, fmt::format("{} is in quotes, which make it a text", path_),
                   fmt::format("{}: {}", option_.name, node.scalar));
    if (!fits) return wrong(node, is());
    if (option_.kind == Kind::integer) ordered(node);
  }

  // As one number, whatever the unit; nothing when it cannot be read.
  std::optional<std::int64_t> number(std::string_view text) const
  {
    switch (option_.kind) {
    case Kind::duration: {
      const auto value = schema::read_duration(text);
      return value ? std::optional<std::int64_t>(value->count()) : std::nullopt;
    }
    case Kind::size: {
      const auto value = schema::read_size(text);
      return value ? std::optional<std::int64_t>(static_cast<std::int64_t>(*value)) : std::nullopt;
    }
    case Kind::percent: return schema::read_percent(text);
    default: return schema::read_integer(text);
    }
  }

  void ordered(const Node& node)
  {
    const auto value = number(node.scalar);
    if (!value) return wrong(node, is());
    const bool low = *value < (option_.min.empty() ? 0 : number(option_.min).value_or(0));
    const bool high = !option_.max.empty() && *value > number(option_.max).value_or(INT64_MAX);
    if (!low && !high) return;
    const std::string_view min = option_.min.empty() ? "0" : option_.min;
    wrong(node, is(),
          option_.max.empty() ? fmt::format("{} or more", min)
                              : fmt::format("{} to {}", min, option_.max));
  }

  void limit(const Node& node)
  {
    const auto share = schema::read_percent(node.scalar);
    const auto records = schema::read_integer(node.scalar);
    if (!share && !records) return wrong(node, is());
    if (records && *records < 0) return wrong(node, is(), "0 or more");
    const auto max = schema::read_percent(option_.max);
    if (share && max && *share > *max) wrong(node, is(), fmt::format("0% to {}", option_.max));
  }

  void choice(const Node& node)
  {
    const auto& choices = option_.choices;
    if (std::find(choices.begin(), choices.end(), node.scalar) != choices.end()) return;
    wrong(node, is(), suggest(node.scalar, {choices.begin(), choices.end()}));
  }

  void shaped(const Node& node)
  {
    switch (option_.kind) {
    case Kind::code: {
      const std::string_view text = node.scalar;
      const bool digits = !text.empty() && text.size() <= 10 && text.front() != '0' &&
                          text.find_first_not_of("0123456789") == text.npos;
      if (!digits) wrong(node, is());
      return;
    }
    case Kind::url:
      if (is_database_url(node.scalar) || read_url(node.scalar)) return;
      // It may hold a password, so it is not repeated.
      if (node.scalar.starts_with("postgresql:"))
        wrong(node, fmt::format("{} is no address of a database, or holds a password", path_),
              fmt::format("write postgresql://user@host/database; a password goes into {}",
                          path_.starts_with("store.") ? "password" : "auth"));
      else
        wrong(node, is(), "write https://host/path, without user, query and fragment");
      return;
    case Kind::path:
      if (node.scalar.empty()) wrong(node, fmt::format("{} is empty", path_));
      return;
    case Kind::window:
      if (!read_window(node.scalar)) wrong(node, is());
      return;
    case Kind::cron: return cron(node);
    case Kind::listen:
      if (!read_listen(node.scalar)) wrong(node, is());
      return;
    default: return;
    }
  }

  void cron(const Node& node)
  {
    const auto cron = schedule::parse_cron(node.scalar);
    if (!cron) return wrong(node, is() + ": " + cron.error().what);
    // Any instant will do: an expression that matches at all does so within a leap year's cycle.
    if (!schedule::next_after(*cron, Instant{}, std::chrono::minutes(0)))
      wrong(node, is() + ", a day that no calendar has");
  }

  const Option& option_;
  const std::string& path_;
  std::vector<schema::Finding>& findings_;
  std::string shown_;
};

} // namespace

void check_scalar(Node& node, const Option& option, const std::string& path, References& references,
                  std::vector<schema::Finding>& findings)
{
  ScalarCheck check(option, path, findings);
  if (node.is_null()) return check.wrong(node, fmt::format("{} has no value", path));
  if (!node.is_scalar())
    return check.wrong(node, fmt::format("{} is a {}", path, node.is_list() ? "list" : "block"));
  if (option.kind == Kind::secret) return check.secret(node);
  const bool by_reference = References::in(node.scalar);
  if (by_reference) {
    auto text = references.expand(node);
    if (!text) return;
    node.scalar = std::move(*text);
  }
  check.value(node, by_reference);
}

} // namespace gramsetu::config
