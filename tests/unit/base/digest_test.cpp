// Digests are SHA-256, and their sum says whether two sets are the same, in any order.
#include "base/digest.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;

TEST_CASE("the digest is SHA-256, as its standard's examples have it")
{
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a digest goes to hex and to bytes and back; nothing else is taken for one")
{
  const Digest digest = sha256("abc");
  CHECK(digest_from_hex(to_hex(digest)) == digest);
  CHECK(digest_from_bytes(as_bytes(digest)) == digest);
  CHECK_FALSE(digest_from_hex("ba78"));
  CHECK_FALSE(digest_from_hex(std::string(64, 'g')));
  CHECK_FALSE(digest_from_bytes("short"));
}

TEST_CASE("the sum of a set does not depend on its order, and counts what is there twice")
{
  const Digest a = sha256("a"), b = sha256("b"), c = sha256("c");
  const auto sum = [](std::initializer_list<Digest> all) {
    Digest total{};
    for (const Digest& digest : all)
      accumulate(total, digest);
    return total;
  };
  CHECK(sum({a, b, c}) == sum({c, a, b}));
  CHECK(sum({a, b}) != sum({a, c}));
  CHECK(sum({a, b, b}) != sum({a}));
  CHECK(sum({a, a}) != sum({b, b}));
  CHECK(sum({}) == Digest{});
  Digest ones;
  ones.fill(0xFF);
  Digest one{};
  one.back() = 1;
  Digest front{};
  front.front() = 1;
  // Modulo 2^256, whichever end is the small one.
  CHECK((sum({ones, one}) == Digest{} || sum({ones, front}) == Digest{}));
}
