// Rows that a transaction has read or written, by scope and key, and those of them that are still to be sent.
#pragma once

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
    if (Entry& entry = at(scope, key); !entry.waits) entry.row = std::move(row);
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
    if (std::exchange(entry.waits, false)) std::erase(waiting_, &entry);
  }

  std::size_t size() const { return size_; }
  const std::vector<Entry*>& waiting() const { return waiting_; }
  void sent()
  {
    for (Entry* entry : waiting_)
      entry->waits = false;
    waiting_.clear();
  }

  // Only when nothing waits.
  void forget()
  {
    entries_.clear();
    size_ = 0;
  }

private:
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
