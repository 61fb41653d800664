// Objects, emptiness and pointers.
#include "schema/value.hpp"

#include <doctest/doctest.h>

using namespace gramsetu::schema;

namespace {

Object object(std::initializer_list<std::pair<std::string, Value>> members)
{
  Object result;
  for (const auto& [name, value] : members)
    result.append(name, value);
  return result;
}

} // namespace

TEST_CASE("objects are equal whatever the order of their members")
{
  CHECK(object({{"a", 1}, {"b", "x"}}) == object({{"b", "x"}, {"a", 1}}));
  CHECK_FALSE(object({{"a", 1}}) == object({{"a", 2}}));
  CHECK_FALSE(object({{"a", 1}}) == object({{"b", 1}}));
  CHECK_FALSE(object({{"a", 1}}) == object({{"a", 1}, {"b", 1}}));
  CHECK_FALSE(Value(object({{"a", Null{}}})) == Value(object({{"a", ""}})));
}

TEST_CASE("lists are equal only in the same order")
{
  CHECK(Value(List{1, 2}) == Value(List{1, 2}));
  CHECK_FALSE(Value(List{1, 2}) == Value(List{2, 1}));
}

TEST_CASE("setting a member replaces it in its place or appends it")
{
  Object o = object({{"a", 1}, {"b", 2}});
  o.set("a", 3);
  o.set("c", 4);
  REQUIRE(o.size() == 3);
  CHECK(o.members()[0].name == "a");
  CHECK(o.members()[0].value == Value(3));
  CHECK(o.members()[2].name == "c");
  CHECK(o.erase("b"));
  CHECK_FALSE(o.erase("b"));
  CHECK(o.find("b") == nullptr);
}

TEST_CASE("absent, null and blank text are empty and nothing else is")
{
  CHECK(Value().is_empty());
  CHECK(Value(Null{}).is_empty());
  CHECK(Value("").is_empty());
  CHECK(Value(" \t\r\n").is_empty());
  CHECK(Value("\xC2\xA0").is_empty());           // no-break space
  CHECK(Value("\xE2\x80\x8B ").is_empty());      // zero-width space
  CHECK_FALSE(Value("\xE2\x80\x8C").is_empty()); // a joiner is part of a word
  CHECK_FALSE(Value("0").is_empty());
  CHECK_FALSE(Value(0).is_empty());
  CHECK_FALSE(Value(false).is_empty());
  CHECK_FALSE(Value(List{}).is_empty());
  CHECK_FALSE(Value(Object{}).is_empty());
}

TEST_CASE("a pointer leads through objects and lists, with its escapes")
{
  const Value root(object({{"a", object({{"b", List{10, object({{"c", "deep"}})}}})},
                           {"x/y", 1},
                           {"m~n", 2},
                           {"", 3}}));
  REQUIRE(at_pointer(root, "/a/b/1/c") != nullptr);
  CHECK(*at_pointer(root, "/a/b/1/c") == Value("deep"));
  CHECK(*at_pointer(root, "a/b/0") == Value(10)); // without its first slash
  CHECK(*at_pointer(root, "/x~1y") == Value(1));
  CHECK(*at_pointer(root, "/m~0n") == Value(2));
  CHECK(*at_pointer(root, "/") == Value(3)); // the member without a name
  CHECK(at_pointer(root, "") == &root);
  for (const char* nowhere : {"/b", "/a/b/2", "/a/b/-1", "/a/b/01", "/a/b/1/c/d", "/m~2n", "/a~"})
    CHECK_MESSAGE(at_pointer(root, nowhere) == nullptr, nowhere);
}

TEST_CASE("setting at a pointer makes the objects on the way")
{
  Value root;
  CHECK(set_at_pointer(root, "/a/b/c", 1));
  CHECK(set_at_pointer(root, "a/b/d", 2));
  CHECK(*at_pointer(root, "/a/b/c") == Value(1));
  CHECK(*at_pointer(root, "/a/b/d") == Value(2));
  CHECK(set_at_pointer(root, "/a/b/c", 3));
  CHECK(*at_pointer(root, "/a/b/c") == Value(3));
  CHECK_FALSE(set_at_pointer(root, "/a/b/c/x", 4)); // an integer stands in the way
  CHECK(*at_pointer(root, "/a/b/c") == Value(3));
  CHECK(set_at_pointer(root, "", "all"));
  CHECK(root == Value("all"));
}
