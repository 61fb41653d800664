// Answers on a terminal: tables, pairs and times, without a byte that a terminal would obey.
#pragma once

#include "base/clock.hpp"
#include "schema/value.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::commands {

// Text with every control character written out (\x1b, \u202e): those of C0 and C1, and those that turn
// the direction of writing, which can make one text look like another. Bytes that are no UTF-8 too.
std::string escaped(std::string_view text);

// One value in a few words: text escaped, numbers, "-" for nothing, lists and objects as JSON.
std::string shown_value(const schema::Value& value);

// A member of an object, or absent.
const schema::Value& member(const schema::Value& object, std::string_view name);
std::string member_text(const schema::Value& object, std::string_view name);   // empty: no text
std::int64_t member_count(const schema::Value& object, std::string_view name); // 0: no number

// Now, and where the hub is: for local times and ages.
struct Times {
  Instant now{};
  std::chrono::minutes offset{};
};
// "3 min ago", "2 d ago", "in 5 min"; "-" for what is no time.
std::string age(const schema::Value& rfc3339, const Times& times);
// "2026-11-23 10:04 (3 min ago)", in local time.
std::string when(const schema::Value& rfc3339, const Times& times);
// "2026-11-23 10:04:05" in local time.
std::string local_time(const schema::Value& rfc3339, const Times& times);

// A column: its title, and its text for an item.
struct Column {
  std::string title;
  std::function<std::string(const schema::Value&)> text;
};
Column plain(std::string name); // the member of that name
Column aged(std::string title, std::string name, Times times);

// Aligned as a terminal shows letters, marks that stand on others not counted. Says "none" when there
// are no items.
void print_table(const schema::Value& items, const std::vector<Column>& columns);

// Every member on a line of its own; objects inside are indented.
void print_pairs(const schema::Value& object, int indent = 0);

// What one person has decided about money and another one has to decide as well; nothing when it is not so.
void print_proposal(const schema::Value& object, const Times& times);

void print_json(const schema::Value& value);
// What a person is told besides the answer: on standard error, escaped.
void complain(std::string_view text);

} // namespace gramsetu::commands
