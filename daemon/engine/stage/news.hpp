// News that a run has read and not applied yet.
#pragma once

#include "base/result.hpp"
#include "base/scratch_file.hpp"
#include "daemon/engine/flow.hpp"
#include "daemon/store/store.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace gramsetu::engine {

struct Run;

// News in memory, while it is little: writing it into the inbox and taking it out again costs as much as applying it.
// A death loses nothing, because a cursor moves once what it covers is applied: the endpoint is asked for it again.
// Closed where that is not so, and once there is much: then news is in the store's inbox. One thread.
class HeldNews {
public:
  // An inbox row without what all of them share; thousands are held at once.
  struct Held {
    const std::string* slice = nullptr;
    bool deleted = false, absent = false;
    std::optional<Instant> erased = {}; // as `erased_at` said when it was stripped
    std::string rest = {};              // what nobody asks for before the row is whole again
    std::optional<ScratchFile::Place> aside = {}; // where that lies, when it is not here
  };
  using Rows = std::map<std::string, Held, std::less<>>; // by key

  // All of it is one flow's, and read by one run.
  void open(const std::string& flow, const std::string& run);
  bool is_open() const { return open_; }
  bool is_much() const;                   // more than is to stay here
  bool has(std::string_view slice) const; // news of it
  std::set<std::string> slices() const;
  store::InboxSize size(std::string_view slice) const;
  const Rows& rows() const { return rows_; } // in key order
  // The news as it was put. `transient` where its rest cannot be read again. Any thread, while nothing is put.
  Result<store::InboxRow> whole(const Rows::value_type& held) const;

  // A newer one of the same key replaces. What memory is too small for goes into a file; where that cannot be written
  // it stays, and it is much.
  void put(const store::InboxRow& row, std::optional<Instant> erased);
  void drop(std::size_t rows); // the first ones
  void close();                // what it has is in the store

private:
  void set_aside(Held& held);
  void leave(const Held& held); // out of what is counted

  bool open_ = false;
  std::string flow_, run_;
  Rows rows_;
  std::set<std::string, std::less<>> slices_; // that rows point to
  std::size_t rest_ = 0;                      // bytes of what lies in memory
  std::optional<ScratchFile> file_;
  bool file_failed_ = false;
  std::map<std::string, store::InboxSize, std::less<>>
      sizes_; // by slice: asked about at the end of each
};

// When something of the record of that key was erased; nothing where nothing was.
Result<std::optional<Instant>> erased_at(store::Tx& tx, const Run& run, std::string_view key);

// Opens it for what `run` reads, where nothing waits already and nobody but the run looks at the flow's news.
Result<void> hold_news(Run& run);

// Into the store: there is much of it, or a person is to look at it.
Result<void> store_held_news(Run& run);

// News waits for its slice to be complete and the rails to have looked, in the run's memory or in the store. The same
// news again is confirmed; other news of the key replaces it, and what was never applied is kept in the change log.
Result<void> put_into_inbox(store::Tx& tx, Run& run, const store::InboxRow& news);

// What an earlier run read of a slice that was now read completely, and that was not said again, is no longer true.
Result<void> take_back_unsaid(Run& run, const std::string& slice);

// Is there news of the slice, in memory or in the store?
Result<bool> has_news(store::Tx& tx, const Run& run, const std::string& slice);

// News that says what is known already, while other news of the same key waits: the endpoint took its change back, and
// what waits is out of date.
Result<void> drop_outdated(store::Tx& tx, Run& run, const store::InboxRow& news);

} // namespace gramsetu::engine
