// What must hold when lists of panchayats and of elected heads are loaded, by whatever way.
#pragma once

#include "schema/json.hpp"
#include "tests/real_data/hub.hpp"

#include <functional>
#include <string>

namespace gramsetu::real_data {

inline std::string member(const std::string& body, const std::string& name)
{
  const auto value = schema::parse_json(body);
  REQUIRE(value);
  const auto* found = value->object().find(name);
  return found && found->is_text() ? found->text() : "";
}

inline std::string escaped(const std::string& part)
{
  std::string text;
  for (const char c : part) {
    if (c == '~' || c == '/')
      text += c == '~' ? "~0" : "~1";
    else
      text.push_back(c);
  }
  return text;
}

// Where a head sits: the row has no other identity.
inline std::string seat_of(const Cells& row)
{
  return escaped(row[0]) + "/" + escaped(row[1]) + "/" + escaped(row[2]);
}

// The second encoding of a nukta letter: every composed one taken apart.
inline std::string taken_apart(std::string text)
{
  // U+095B, za, as ja and nukta.
  const std::string composed = "\xE0\xA5\x9B", apart = "\xE0\xA4\x9C\xE0\xA4\xBC";
  for (std::size_t at = text.find(composed); at != std::string::npos; at = text.find(composed, at))
    text.replace(at, composed.size(), apart);
  return text;
}

// A second run finds nothing new.
inline void check_nothing_new(Hub& hub, const Feed& feed, std::size_t count)
{
  const auto again = hub.run(feed).counts;
  CHECK(again.unchanged == count);
  CHECK(again.created + again.updated + again.deleted + again.kept == 0);
}

inline void load_panchayats(Hub& hub, const Feed& feed, const std::string& file, std::size_t count)
{
  const auto report = hub.run(feed);
  CHECK_MESSAGE(report.state == engine::RunState::done, report.reason);
  CHECK(report.counts.created == count);
  const Table table = read_table(file);
  CHECK(table.rows.size() == count);
  std::size_t wrong = 0;
  const auto bodies = hub.bodies("local_body");
  CHECK(bodies.size() == count);
  for (const auto& row : table.rows) {
    REQUIRE(bodies.contains(row[0]));
    const std::string& body = bodies.at(row[0]);
    wrong += member(body, "name") != row[1] || member(body, "block_panchayat") != row[2] ||
             member(body, "district_panchayat") != row[4];
  }
  CHECK(wrong == 0);
  check_nothing_new(hub, feed, count);
}

// `offer` gives the endpoint the list's text. Both encodings of its nukta letters are one record.
inline void load_heads(Hub& hub, const Feed& feed, const std::string& text,
                       const std::function<void(const std::string& text)>& offer)
{
  offer(text);
  const auto report = hub.run(feed);
  CHECK_MESSAGE(report.state == engine::RunState::done, report.reason);
  const Table table = parse(text);
  CHECK(report.counts.created == table.rows.size());
  CHECK(report.counts.quarantined == 0);

  std::size_t wrong = 0, uncontested = 0, composed = 0;
  const auto bodies = hub.bodies("elected_representative");
  for (const auto& row : table.rows) {
    const std::string key = nfc(seat_of(row));
    REQUIRE_MESSAGE(bodies.contains(key), key);
    const std::string& body = bodies.at(key);
    wrong += member(body, "district_name") != row[0] || member(body, "block_name") != row[1] ||
             member(body, "local_body_name") != row[2] || member(body, "name_local") != row[4];
    uncontested += body.find("\"is_uncontested\":true") != std::string::npos;
    for (const auto& cell : row)
      composed += nfc(cell) != cell;
  }
  CHECK(wrong == 0);
  CHECK(uncontested == 194);
  CHECK(composed > 2'000); // there is something to be equal about

  // The same list as another machine would write it: each za taken apart. Nothing has changed.
  const std::string apart = taken_apart(text);
  REQUIRE(apart != text);
  offer(apart);
  check_nothing_new(hub, feed, table.rows.size());
}

} // namespace gramsetu::real_data
