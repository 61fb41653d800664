// A store of its own, and one-line transactions. What is tested through it is the contract of
// daemon/store/store.hpp; only `chosen` knows which engine it is.
#pragma once

#include "daemon/store/store.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/store_engine.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace gramsetu::test {

inline const Instant kNow = at("2026-11-23T10:00:00+05:30");

struct StoreFixture {
  TempDir dir;
  store::StoreOptions options = chosen({dir.file("hub.db"), {}, 8 << 20});
  std::unique_ptr<store::Store> store = open();

  std::unique_ptr<store::Store> open() const
  {
    auto opened = store::open_store(options);
    REQUIRE_MESSAGE(opened.has_value(), opened.error().what);
    return std::move(*opened);
  }

  static store::StoreOptions chosen(store::StoreOptions of)
  {
    choose_engine(of);
    return of;
  }

  // Dies and comes back, as far as one process can.
  void reopen()
  {
    store.reset();
    store = open();
  }

  // What `work(tx)` gives, in a transaction of its own that must commit.
  template <typename Work>
  auto in(Work work)
  {
    using Given = decltype(work(std::declval<store::Tx&>()));
    Given given = tl::unexpected<Error>(Error{ErrorKind::cancelled, "not run", {}});
    const auto done = store->transact([&](store::Tx& tx) -> Result<void> {
      given = work(tx);
      if (!given) return tl::unexpected<Error>(given.error());
      return {};
    });
    REQUIRE_MESSAGE(done.has_value(), done.error().what);
    if constexpr (!std::is_same_v<Given, Result<void>>) return std::move(*given);
  }
};

inline Digest digest_of(std::string_view text)
{
  return sha256(text);
}

} // namespace gramsetu::test
