// Walking the pages of a slice: where the next one starts, when to stop, and when not to believe it.
#pragma once

#include "connectors/http/page_sizes.hpp"
#include "connectors/http/request_plan.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::http {

struct PagesPlan {
  enum class By { none, offset, page, cursor, next_link, link_header };
  By by = By::none;
  std::string param;                 // of the offset, the page number or the token
  std::string limit;                 // parameter of the page size; empty: not sent
  Template size;                     // the page size
  Template least;                    // what a page may shrink to; empty: it does not
  std::chrono::milliseconds slow{0}; // see SizeRange
  std::int64_t first = 1;            // number of the first page
  std::string total;                 // pointer: how many records the slice has
  std::string last_page;             // pointer: how many pages it has
  std::string next;                  // pointer: token or address of the next page
  std::string more;                  // pointer: whether there is a next page
  bool from_link = false;            // the token is what the next page's address has under `param`
};

// The `pages` block of a stream; none when it is missing.
PagesPlan read_pages(const schema::Node& pull, const std::vector<std::string>& names,
                     NodeReader& reader);

// Where in a slice a pull stands: what travels as `Page::next`, so that the connector remembers
// nothing and any page can be asked for twice.
struct Position {
  std::string at;          // offset, page number, token or address; empty on the first page
  std::size_t pages = 0;   // read before this one
  std::size_t records = 0; // read before this page
  std::size_t barren = 0;  // pages without a record just before this one
  std::optional<std::size_t> total;  // as the first page stated it
  std::string first_seen, body_seen; // short digests: the page before's first record, and whole
  std::string anchor;                // an earlier `at`, for Brent's cycle detection
  std::size_t anchor_page = 0;
  std::size_t size = 0; // that the page before was asked for, where sizes vary; else 0
};

std::string encode(const Position& position);
// Empty: the first page. What an older version wrote is read as well.
Result<Position> decode_position(const std::string& text);

// What one page turned out to hold.
struct Sheet {
  bool readable = true;     // false: the body was no JSON
  std::size_t elements = 0; // good and bad ones
  std::string first_digest, body_digest;
  std::optional<std::size_t> total, last_page;
  std::string next;         // token or address; empty: none
  std::optional<bool> more; // as the endpoint says
};

struct Step {
  bool last = true;
  bool damaged = false; // what was seen of the slice is not all of it
  Position next;
};

// The page sizes that the manifest allows; `invalid` when what it says comes to none.
Result<SizeRange> size_range(const PagesPlan& plan, const Values& values);

// True when the next page of a walk may have another size than the one before: an offset counts records, and a
// token stands for a place. A page's number counts pages of one size, and a link says itself how long its page is:
// there, only a new walk begins with another size.
bool may_resize(const PagesPlan& plan);

// The parameters that ask for the page at `position`, of so many records.
std::vector<Extra> page_extras(const PagesPlan& plan, const Position& position, std::size_t size);

// `size` is what was asked for. `transient` when the endpoint repeats pages or never ends: asking again may help,
// going on cannot.
Result<Step> advance(const PagesPlan& plan, const Position& position, const Sheet& sheet,
                     std::size_t size);

} // namespace gramsetu::connectors::http
