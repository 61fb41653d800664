// The files of the audit log: one is appended to, those before it are finished.
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "daemon/audit/chain.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::audit {

// Called before each touch of the disk with what it is ("write", "sync", "new file", ...). Empty in the
// daemon; tests return errors from it, or throw, and that is how a hub dies on purpose.
using OnTouch = std::function<Result<void>(std::string_view what)>;

// Owned by one process at a time, which its lock sees to. Not safe for several threads.
class Files {
public:
  // Makes nothing: a log without entries has no folder.
  Files(std::string folder, OnTouch on_touch);

  // Reads the end of the newest file, and cuts off a line that a death left unfinished. Once, before the
  // rest; `precondition` when another process holds the log.
  Result<void> open();

  const Link& newest() const { return newest_; }
  const Link& newest_head() const { return head_; }       // the newest entry that is a signed head
  const std::string& head_at() const { return head_at_; } // when it was signed; empty: never
  const std::string& name() const { return name_; }       // of the file that is appended to
  std::uint64_t size() const { return size_; }
  std::uint64_t torn() const { return torn_; } // bytes that `open` cut off

  // Behind the newest. Durable on return with `sync`, else with what comes next. When it fails the file is
  // as it was before.
  Result<void> append(const Sealed& entry, bool sync);
  // Goes on in a new file, whose first line this is. It is there whole or not at all.
  Result<void> begin(const std::string& name, const Sealed& first);
  // Note that the newest entry is a head.
  void is_head(std::string at);

  const std::string& folder() const { return folder_; }
  Result<void> make_folder();

private:
  Result<void> touch(std::string_view what) const;
  Result<void> lock();
  Result<void> open_newest();
  Result<void> is_as_left() const;
  Result<void> take_back(Error error);
  Result<void> sync_folder() const;

  std::string folder_;
  OnTouch on_touch_;
  Descriptor lock_, file_;
  std::string name_;
  std::uint64_t size_ = 0, torn_ = 0;
  Link newest_, head_;
  std::string head_at_;
};

// The log's files in a folder, in their order.
std::vector<std::string> names_in(const std::string& folder);
// "audit-2026-11-001.ndjson": the file of that month after `last`, which never sorts before it.
std::string name_after(const std::string& last, const std::string& month);
std::string month_of(const std::string& name); // "2026-11"

} // namespace gramsetu::audit
