// Records are known by their bytes before they are read: the short cut of what has not changed.
#pragma once

#include "connectors/api/glance.hpp"
#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/stage/parents.hpp"
#include "daemon/store/store.hpp"

#include <string>
#include <utility>
#include <vector>

namespace gramsetu::engine {

// What a slice's records are looked at with.
struct LookOf {
  Parents& parents;
  std::vector<std::string>&
      left_out;        // keys of what was known on the page that was asked of last, sorted
  bool direct = false; // of a slice's first load
};

// How a slice's records are looked at; `run` and what `of` names outlive it. A record is known when these bytes, under
// this mapping, are what its shadow was last taken from, and its parents are there. Of a first load, and while news
// waits, nothing is left out. Empty where records cannot be told apart without reading them, and where they carry
// documents, which are kept beside the store.
connectors::Look look_of(Run& run, const LookOf& of);

// A record that means what it meant, and the fingerprint of the bytes that it came in.
struct Seen {
  std::string key, fingerprint;
  bool moved = false; // it has a fingerprint of the same mapping: the bytes have changed
};

// The records of a page of `size` are known by their new fingerprints. Not where most of them have moved: such an
// endpoint's bytes are never the same twice, and this would be a write for each record of each run.
Result<void> remember_bytes(store::Tx& tx, const Flow& flow, const std::vector<Seen>& some,
                            std::size_t size);
// Is there anything to be marked, and what?
void note_fingerprint(std::vector<Seen>& some, const store::InboxRow& news,
                      const store::ShadowMark& mark);

} // namespace gramsetu::engine
