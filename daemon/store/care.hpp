// What keeps a store in a file well, beside its transactions: copies, numbers, and files that nobody uses.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "daemon/store/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

// How far a store has come: the newest numbers that it gave out. They only grow, also when rows go.
struct Heads {
  std::int64_t change = 0, conflict = 0, quarantine = 0, log = 0;
  bool operator==(const Heads&) const = default;
};

// True when a store that had come as far as `then` has lost something.
inline bool is_behind(const Heads& now, const Heads& then)
{
  return now.change < then.change || now.conflict < then.conflict ||
         now.quarantine < then.quarantine || now.log < then.log;
}

struct Copying {
  std::string path;                         // of the copy; must not exist
  std::map<std::string, std::string> facts; // that the copy has besides
  std::function<void()> between;            // called between steps, while others use the store
};

// A copy of all that is committed, made in short steps: transactions go on between them, and what they
// commit is in the copy. One file without a log, for its owner alone; not yet durable, nor checked.
// `transient` when the copy cannot be written, and then it is gone; `cancelled`.
Result<void> copy_to(Store& store, const Copying& copying, std::stop_token stop);

Result<Heads> heads_of(Tx& tx);
// Numbers up to these are not given out, or not again: others may have seen them.
Result<void> pass_heads(Tx& tx, const Heads& heads);

// For a time in which nobody needs the store: what its log has is written where it belongs, which a run had to wait for
// otherwise, and the next one begins the log anew. Takes up to a second of a large one; others wait. Errors as of a
// transaction.
Result<void> copy_log(Store& store);

// Bytes that a store in a database takes there, with its indexes; nothing of one that is a file.
Result<std::optional<std::uint64_t>> bytes_in_database(Store& store);

// The fact that says that the store is older than it was, until a person accepts it.
inline constexpr const char* kRewoundFact = "store/rewound";

// Integrity, schema version and every checksum of a copy that nobody has open. Changes nothing.
Result<void> check_copy(const std::string& path);

// Documents in a copy that nobody has open, beside its records; a program that knows of none reads past them.
using DocumentSource = std::function<Result<std::optional<std::string>>(const Digest&)>;
using OnDocument = std::function<Result<void>(const Digest&, std::string_view bytes)>;
Result<void> put_documents(const std::string& path, const std::vector<Digest>& names,
                           const DocumentSource& read);
// Hands them out one by one, and says how many they were. `corrupt`, naming it, when one is not what its name says.
Result<std::size_t> each_document(const std::string& path, const OnDocument& each);
// The same, after which the copy holds none and is as small as it was without.
Result<std::size_t> take_documents(const std::string& path, const OnDocument& each);

// Makes a store that nobody has open one file, without a log beside it.
Result<void> fold_log(const std::string& path);

// While this file stands beside a store, something that was to take its place was cut off in the middle: the
// store does not open until that was done again.
std::string unfinished_mark(const std::string& path);

// True when the file is a database of this program, whatever its version.
bool is_store(const std::string& path);

} // namespace gramsetu::store
