// Page arithmetic and its guards.
#include "connectors/http/pages.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

namespace gramsetu::connectors::http {

using schema::Node;
using By = PagesPlan::By;

namespace {

// More pages than any slice has: 20,000 of 500 are ten million records.
constexpr std::size_t kMostPages = 20'000;
// Pages in a row without a record, after which an endpoint is not believed to come to an end.
constexpr std::size_t kMostBarren = 10;

By by_of(const std::string& word)
{
  if (word == "offset") return By::offset;
  if (word == "page") return By::page;
  if (word == "cursor") return By::cursor;
  if (word == "next_link" || word == "odata") return By::next_link;
  if (word == "link_header") return By::link_header;
  return By::none;
}

void need(const Node& block, const std::string& value, const std::string& key, NodeReader& reader)
{
  if (value.empty())
    reader.wrong(block.place, fmt::format("pages by {} need '{}'", reader.text(block, "by"), key));
}

void check_sizes(const Node& block, const PagesPlan& plan, NodeReader& reader)
{
  const Node* least = block.find("least");
  if (!least) {
    if (const Node* slow = block.find("slow"))
      reader.wrong(slow->place, "'slow' says when pages shrink, but not how far", "least: 50");
    return;
  }
  if (plan.by == By::none)
    reader.wrong(least->place, "one page that shrinks leaves records out", "leave 'least' out");
  if (plan.limit.empty() || plan.size.empty())
    reader.wrong(least->place, "'least' needs a size that is asked for", "limit: limit, size: 500");
  if (!plan.last_page.empty() && plan.by == By::offset)
    reader.wrong(least->place, "a number of pages says nothing when their size changes",
                 "total instead of 'pages'");
}

void check_pages(const Node& block, const PagesPlan& plan, NodeReader& reader)
{
  const std::string by = reader.text(block, "by");
  if (plan.by == By::offset || plan.by == By::page || plan.by == By::cursor)
    need(block, plan.param, by, reader);
  if (plan.by == By::cursor || plan.by == By::next_link) need(block, plan.next, "next", reader);
  if (!plan.limit.empty() && plan.size.empty())
    reader.wrong(block.place, "'limit' names a parameter, but there is no 'size' for it",
                 "size: 500 or \"{options.page_size}\"");
  check_sizes(block, plan, reader);
}

std::size_t number_or(const std::string& text, std::size_t otherwise)
{
  const auto number = schema::read_integer(text);
  return number && *number >= 0 ? static_cast<std::size_t>(*number) : otherwise;
}

std::vector<std::string> split(const std::string& text, std::size_t parts)
{
  std::vector<std::string> all;
  std::size_t from = 0;
  while (all.size() + 1 < parts) {
    const auto bar = text.find('|', from);
    if (bar == std::string::npos) break;
    all.push_back(text.substr(from, bar - from));
    from = bar + 1;
  }
  all.push_back(text.substr(from));
  return all;
}

Error looping(std::string what)
{
  return {ErrorKind::transient, "paging goes wrong: " + std::move(what), std::nullopt};
}

// Why this page cannot be part of an honest walk, or nothing.
std::optional<Error> guard(const Position& position, const Sheet& sheet)
{
  if (position.pages + 1 >= kMostPages)
    return looping(fmt::format("still no end after {} pages", kMostPages));
  if (sheet.elements > 0 && position.pages > 0) {
    if (sheet.body_digest == position.body_seen) return looping("the same page came twice");
    if (sheet.first_digest == position.first_seen)
      return looping("a page begins with the same record as the page before");
  }
  if (sheet.elements == 0 && position.barren + 1 >= kMostBarren)
    return looping(fmt::format("{} pages in a row hold no record", kMostBarren));
  return std::nullopt;
}

// Brent: compare with an anchor that moves up at powers of two. Finds a cycle of any length without
// keeping every token of the walk.
bool cycles(const Position& position, Position& next)
{
  if (next.at == position.at || next.at == position.anchor) return true;
  next.anchor = position.anchor;
  next.anchor_page = position.anchor_page;
  if (next.pages >= 2 * std::max<std::size_t>(position.anchor_page, 1)) {
    next.anchor = next.at;
    next.anchor_page = next.pages;
  }
  return false;
}

std::string next_at(const PagesPlan& plan, const Position& position, const Sheet& sheet,
                    std::size_t size)
{
  const std::size_t step = sheet.readable ? sheet.elements : size;
  switch (plan.by) {
  case By::offset: return std::to_string(number_or(position.at, 0) + step);
  case By::page:
    return std::to_string(number_or(position.at, static_cast<std::size_t>(plan.first)) + 1);
  default: return sheet.next;
  }
}

// Whether the endpoint, or arithmetic, says that this page was the last. A short page says nothing:
// servers cap the page size as they like.
bool at_end(const PagesPlan& plan, const Position& position, const Sheet& sheet,
            const Position& next)
{
  if (plan.by == By::none) return true;
  if (sheet.more && !*sheet.more) return true;
  if (plan.by == By::offset || plan.by == By::page) {
    const auto total = sheet.total ? sheet.total : position.total;
    if (total && next.records >= *total) return true;
    if (sheet.last_page) return position.pages + 1 >= *sheet.last_page;
    return sheet.readable && sheet.elements == 0;
  }
  return sheet.next.empty();
}

} // namespace

PagesPlan read_pages(const Node& pull, const std::vector<std::string>& names, NodeReader& reader)
{
  PagesPlan plan;
  const Node* block = reader.block(pull, "pages");
  if (!block) return plan;
  const std::vector<std::string> kinds = {"none",      "offset",      "page", "cursor",
                                          "next_link", "link_header", "odata"};
  const std::string by = reader.choice(*block, "by", kinds);
  reader.only(*block,
              {"by", "offset", "page", "cursor", "limit", "size", "least", "slow", "first", "total",
               "pages", "next", "more"},
              "'pages'");
  if (!block->find("by")) reader.wrong(block->place, "'pages' do not say by what", "by: offset");
  plan.by = by_of(by);
  plan.param = reader.text(*block, by);
  plan.limit = reader.text(*block, "limit");
  if (const Node* size = block->find("size")) plan.size = Template::read(*size, names, reader);
  if (const Node* least = block->find("least")) plan.least = Template::read(*least, names, reader);
  plan.slow = reader.duration(*block, "slow").value_or(plan.slow);
  plan.first = reader.integer(*block, "first", 0).value_or(1);
  plan.total = reader.text(*block, "total");
  plan.last_page = reader.text(*block, "pages");
  plan.next = reader.text(*block, "next", by == "odata" ? "/@odata.nextLink" : "");
  plan.more = reader.text(*block, "more");
  if (by == "odata" && block->find("cursor")) {
    plan.by = By::cursor;
    plan.param = reader.text(*block, "cursor");
    plan.from_link = true;
    check_sizes(*block, plan, reader);
    return plan;
  }
  check_pages(*block, plan, reader);
  return plan;
}

std::string encode(const Position& p)
{
  const auto form = p.size > 0 ? fmt::format("2|{}", p.size) : std::string("1");
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", form, p.pages, p.records, p.barren,
                     p.total ? std::to_string(*p.total) : "", p.first_seen, p.body_seen,
                     p.anchor_page, p.anchor.size(), p.anchor, p.at);
}

Result<Position> decode_position(const std::string& text)
{
  Position position;
  if (text.empty()) return position;
  // The second form has a size, and then what the first has.
  const bool sized = text.starts_with("2|");
  auto parts = split(text, sized ? 11 : 10);
  if (sized && parts.size() == 11) {
    position.size = number_or(parts[1], 0);
    parts.erase(parts.begin());
  }
  const auto anchor = parts.size() == 10 ? schema::read_integer(parts[8]) : std::nullopt;
  if (!anchor || *anchor < 0 || (!sized && parts[0] != "1") ||
      parts[9].size() < static_cast<std::size_t>(*anchor) + 1)
    return fail(ErrorKind::invalid, "the place in the pages cannot be read");
  position.pages = number_or(parts[1], 0);
  position.records = number_or(parts[2], 0);
  position.barren = number_or(parts[3], 0);
  if (!parts[4].empty()) position.total = number_or(parts[4], 0);
  position.first_seen = parts[5];
  position.body_seen = parts[6];
  position.anchor_page = number_or(parts[7], 0);
  position.anchor = parts[9].substr(0, static_cast<std::size_t>(*anchor));
  position.at = parts[9].substr(static_cast<std::size_t>(*anchor) + 1);
  return position;
}

Result<SizeRange> size_range(const PagesPlan& plan, const Values& values)
{
  SizeRange range;
  range.slow = plan.slow;
  const auto read = [&](const Template& text) -> Result<std::size_t> {
    TRY(const std::string filled, text.fill(values));
    const auto number = schema::read_integer(filled);
    if (!number || *number < 1)
      return fail(ErrorKind::invalid, fmt::format("'{}' is no page size", filled));
    return static_cast<std::size_t>(*number);
  };
  if (plan.limit.empty()) { // not asked for: it only tells how long a page is that cannot be read
    range.most = read(plan.size).value_or(0);
    return range;
  }
  TRY(range.most, read(plan.size));
  if (!plan.least.empty()) {
    TRY(range.least, read(plan.least));
  }
  return range;
}

bool may_resize(const PagesPlan& plan)
{
  return plan.by == By::offset || plan.by == By::cursor;
}

std::vector<Extra> page_extras(const PagesPlan& plan, const Position& position, std::size_t size)
{
  std::vector<Extra> extras;
  const auto as_number = [](const std::string& text, std::int64_t otherwise) {
    return schema::Value(schema::read_integer(text).value_or(otherwise));
  };
  if (plan.by == By::offset) extras.push_back({plan.param, as_number(position.at, 0)});
  if (plan.by == By::page) extras.push_back({plan.param, as_number(position.at, plan.first)});
  if (plan.by == By::cursor && !position.at.empty())
    extras.push_back({plan.param, schema::Value(position.at)});
  if (!plan.limit.empty())
    extras.push_back({plan.limit, schema::Value(static_cast<std::int64_t>(size))});
  return extras;
}

Result<Step> advance(const PagesPlan& plan, const Position& position, const Sheet& sheet,
                     std::size_t size)
{
  if (plan.by != By::none) {
    if (auto error = guard(position, sheet)) return tl::unexpected<Error>(std::move(*error));
  }
  Step step;
  Position& next = step.next;
  next.at = next_at(plan, position, sheet, size);
  next.pages = position.pages + 1;
  next.records = position.records + (sheet.readable ? sheet.elements : size);
  next.barren = sheet.elements == 0 ? position.barren + 1 : 0;
  next.total = position.total ? position.total : sheet.total;
  next.first_seen = sheet.first_digest;
  next.body_seen = sheet.body_digest;

  const bool by_number = plan.by == By::offset || plan.by == By::page;
  // After an unreadable page only numbers know the way; and only when a page's size is known.
  const bool lost = !sheet.readable && (!by_number || size == 0);
  step.last = lost || at_end(plan, position, sheet, next);
  step.damaged = !sheet.readable;
  if (step.last) {
    const auto total = sheet.total ? sheet.total : next.total;
    const bool drifted = next.total && sheet.total && *next.total != *sheet.total;
    step.damaged = step.damaged || drifted || (total && *total != next.records);
    return step;
  }
  if (cycles(position, next))
    return tl::unexpected<Error>(looping("the next page is one that was read before"));
  return step;
}

} // namespace gramsetu::connectors::http
