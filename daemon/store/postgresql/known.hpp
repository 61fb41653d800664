// Rows that a transaction has read or written, by scope and key, and those of them that are still to be sent.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gramsetu::store::postgresql {

// With one writer, what was read in a transaction is so until the transaction itself changes it.
template <typename Row>
class Known {
public:
  struct Entry {
    std::optional<Row> row; // nothing: there is none
    bool waits = false;     // to be sent
    bool is_new = false;    // the database has none, for certain
  };

  const Entry* find(std::string_view scope, std::string_view key) const
  {
    const auto of = entries_.find(scope);
    if (of == entries_.end()) return nullptr;
    const auto one = of->second.find(key);
    return one == of->second.end() ? nullptr : &one->second;
  }

  // What the database has; what waits is newer and stays.
  void read(std::string_view scope, std::string_view key, std::optional<Row> row)
  {
    Entry& entry = at(scope, key);
    entry.is_new = !row;
    if (!entry.waits) entry.row = std::move(row);
  }

  void put(std::string_view scope, std::string_view key, const Row& row)
  {
    Entry& entry = at(scope, key);
    entry.row = row;
    if (!std::exchange(entry.waits, true)) waiting_.push_back(&entry);
  }

  // It is gone, and the database is told by a statement of its own.
  void erase(std::string_view scope, std::string_view key)
  {
    Entry& entry = at(scope, key);
    entry.row.reset();
    entry.is_new = true;
    if (std::exchange(entry.waits, false)) std::erase(waiting_, &entry);
  }

  std::size_t size() const { return size_; }
  const std::vector<Entry*>& waiting() const { return waiting_; }
  void sent() { leave(std::exchange(waiting_, {})); }

  // Of those that wait the new ones, when they are so many at least: they count as sent.
  std::vector<Entry*> take_new(std::size_t least)
  {
    const auto is_new = [](const Entry* entry) { return entry->is_new; };
    const auto count = std::count_if(waiting_.begin(), waiting_.end(), is_new);
    if (static_cast<std::size_t>(count) < least) return {};
    const auto old = std::stable_partition(waiting_.begin(), waiting_.end(), is_new);
    std::vector<Entry*> taken(waiting_.begin(), old);
    waiting_.erase(waiting_.begin(), old);
    leave(taken);
    return taken;
  }

  // Only when nothing waits.
  void forget()
  {
    entries_.clear();
    size_ = 0;
  }

private:
  static void leave(const std::vector<Entry*>& entries)
  {
    for (Entry* entry : entries)
      entry->waits = entry->is_new = false;
  }

  Entry& at(std::string_view scope, std::string_view key)
  {
    auto of = entries_.find(scope);
    if (of == entries_.end()) of = entries_.try_emplace(std::string(scope)).first;
    auto one = of->second.lower_bound(key);
    if (one == of->second.end() || one->first != key) {
      one = of->second.try_emplace(one, std::string(key));
      ++size_;
    }
    return one->second;
  }

  std::map<std::string, std::map<std::string, Entry, std::less<>>, std::less<>> entries_;
  std::vector<Entry*> waiting_;
  std::size_t size_ = 0;
};

} // namespace gramsetu::store::postgresql
