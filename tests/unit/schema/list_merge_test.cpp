// Lists by the identity of their items: what both sides did to one list since they agreed.
#include "schema/list_merge.hpp"

#include "schema/canonical.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace gramsetu::schema;

namespace {

FieldSpec keyed()
{
  FieldSpec field;
  field.name = "payees";
  field.type = FieldType::list;
  field.list_key = "line";
  return field;
}

FieldSpec plain()
{
  FieldSpec field;
  field.name = "agenda";
  field.type = FieldType::list;
  return field;
}

Value item(int line, std::initializer_list<std::pair<const char*, const char*>> members)
{
  Object object;
  object.append("line", line);
  for (const auto& [name, text] : members)
    object.append(name, text);
  return Value(std::move(object));
}

Value words(std::initializer_list<const char*> items)
{
  List list;
  for (const char* text : items)
    list.emplace_back(text);
  return Value(std::move(list));
}

// A value of a few, so that sides often meet.
const char* word(std::mt19937& random)
{
  static const char* const kWords[] = {"a", "b", "c", "d"};
  return kWords[random() % 4];
}

Value any_items(std::mt19937& random)
{
  List list;
  for (int line = 0; line < 4; ++line)
    if (random() % 3) list.push_back(item(line, {{"name", word(random)}, {"mode", word(random)}}));
  return Value(std::move(list));
}

Value any_words(std::mt19937& random)
{
  List list;
  for (auto count = random() % 4; count > 0; --count)
    list.emplace_back(word(random)); // the same word twice, now and then
  return Value(std::move(list));
}

bool same(const FieldSpec& field, const United& a, const United& b)
{
  return a.dispute.empty() == b.dispute.empty() &&
         (!a.dispute.empty() || same_value(field, a.list, b.list));
}

} // namespace

TEST_CASE("an item that both sides edited in different members has both edits")
{
  const Value base = List{item(1, {{"name", "Das"}, {"mode", "cheque"}})};
  const Value hub = List{item(1, {{"name", "Das"}, {"mode", "transfer"}})};
  const Value remote = List{item(1, {{"name", "P. Das"}, {"mode", "cheque"}, {"bank", "SBI"}})};
  const auto merged = united(keyed(), base, hub, remote);
  CHECK(merged.dispute.empty());
  CHECK(merged.list ==
        Value(List{item(1, {{"name", "P. Das"}, {"mode", "transfer"}, {"bank", "SBI"}})}));
}

TEST_CASE("one member that both changed differently is for a person")
{
  const Value base = List{item(1, {{"name", "Das"}})}, hub = List{item(1, {{"name", "Dey"}})},
              remote = List{item(1, {{"name", "Roy"}})};
  CHECK(united(keyed(), base, hub, remote).dispute == "both sides changed 'name' of one item");
  CHECK(united(keyed(), base, hub, base).list == hub);
  CHECK(united(keyed(), base, base, remote).list == remote);
  // Added on both sides under one key.
  CHECK(united(keyed(), Value(), hub, remote).dispute == "both sides changed 'name' of one item");
  CHECK(
      united(keyed(), Value(), List{item(1, {{"name", "Dey"}})}, List{item(1, {{"mode", "cash"}})})
          .list == Value(List{item(1, {{"name", "Dey"}, {"mode", "cash"}})}));
}

TEST_CASE("an item that one side removed and the other changed is for a person")
{
  const Value base = List{item(1, {{"name", "Das"}}), item(2, {{"name", "Roy"}})};
  const Value changed = List{item(1, {{"name", "Dey"}}), item(2, {{"name", "Roy"}})};
  const Value removed = List{item(2, {{"name", "Roy"}})};
  const std::string why = "one side removed an item that the other changed";
  CHECK(united(keyed(), base, changed, removed).dispute == why);
  CHECK(united(keyed(), base, removed, changed).dispute == why);
  CHECK(united(keyed(), base, removed, base).list == removed);
}

TEST_CASE("the hub's order stays, and what the remote added comes behind it")
{
  CHECK(united(plain(), words({"a", "b", "c"}), words({"c", "a", "x"}), words({"y", "b", "c", "a"}))
            .list == words({"c", "a", "x", "y"}));
  // Nothing at all there is a list without items.
  CHECK(united(plain(), words({"a", "b"}), words({"a", "b", "c"}), Null{}).list == words({"c"}));
}

TEST_CASE("it does not matter whose list is whose, nor how often the same is merged")
{
  std::mt19937 random(7);
  for (int round = 0; round < 4000; ++round) {
    CAPTURE(round);
    const bool with_keys = round % 2 == 0;
    const auto field = with_keys ? keyed() : plain();
    const auto any = [&] { return with_keys ? any_items(random) : any_words(random); };
    const auto base = any(), a = any(), b = any(), c = any();
    const auto ab = united(field, base, a, b);
    CHECK(same(field, ab, united(field, base, b, a)));
    if (!ab.dispute.empty()) continue;
    CHECK(same(field, united(field, base, ab.list, ab.list), ab));
    CHECK(same(field, united(field, ab.list, ab.list, ab.list), ab));
    // A third side, in either order.
    const auto bc = united(field, base, b, c);
    if (!bc.dispute.empty()) continue;
    CHECK(same(field, united(field, base, ab.list, c), united(field, base, a, bc.list)));
  }
}
