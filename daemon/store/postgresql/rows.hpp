// The rows of the large tables within one transaction: gathered and sent many at once, and read along ahead.
//
// A round trip costs more than a row. So writes wait here until SQL has to see them, and of the keys that a page
// was asked about together, the next ones are read along with the one that is asked for.
#pragma once

#include "daemon/store/postgresql/known.hpp"
#include "daemon/store/postgresql/query.hpp"
#include "daemon/store/store.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gramsetu::store::postgresql {

class Rows {
public:
  explicit Rows(Connection& connection) : db_(connection) {}

  Result<std::optional<RecordRow>> record(std::string_view entity, std::string_view key);
  Result<std::optional<ShadowRow>> shadow(std::string_view flow, std::string_view key);
  Result<std::optional<InboxRow>> inbox(std::string_view flow, std::string_view key);
  Result<std::optional<OutboxRow>> outbox(std::string_view flow, std::string_view key);

  Result<void> put(const RecordRow& row);
  Result<void> put(const ShadowRow& row);
  Result<void> put(const InboxRow& row);
  Result<void> put(const OutboxRow& row);
  Result<void> add(ChangeRow row);
  Result<void> erase_inbox(std::string_view flow, std::string_view key);
  Result<void> erase_outbox(std::string_view flow, std::string_view key);

  // These keys of a flow, which are sorted, will be asked for one by one.
  void announce(std::string_view flow, std::vector<std::string> keys);
  // The flow has no shadow with that key.
  void no_shadow(std::string_view flow, std::string_view key) { shadows_.read(flow, key, {}); }
  // A shadow that is not in the database yet, or is another there by now.
  const ShadowRow* waiting_shadow(std::string_view flow, std::string_view key) const;

  Result<void> flush(); // what waits goes out: what follows works on these tables by SQL
  void forget();        // after `flush`: SQL has changed these tables

  // The number of a slice's name; it is made when it is new.
  Result<std::int64_t> slice_number(std::string_view flow, std::string_view slice);

private:
  enum Table { kRecords, kShadows, kInbox, kOutbox };
  struct Lookup {
    Table table;
    const std::string& one; // its SQL for one key, and for a list of them
    const std::string& many;
  };
  template <typename Row, typename Read>
  Result<std::optional<Row>> find(Known<Row>& known, const Lookup& lookup,
                                  std::pair<std::string_view, std::string_view> name, Read read);
  template <typename Row>
  std::vector<std::string> next_keys(const Known<Row>& known, Table table, std::string_view scope,
                                     std::string_view key);
  bool has_no_shadow(std::string_view key) const; // in the flow that is read ahead: it is known
  Result<void> keep_small(); // a transaction may touch more than memory should hold
  Result<void> copy_new();   // of what waits, where it is enough
  Result<void> flush_records(), flush_changes(), flush_shadows(), flush_inbox(), flush_outbox();
  Result<void> make_partition(std::string_view flow, std::int64_t number);

  Connection& db_;
  Known<RecordRow> records_;
  Known<ShadowRow> shadows_;
  Known<InboxRow> inbox_;
  Known<OutboxRow> outbox_;
  std::vector<ChangeRow> changes_; // to be sent
  std::map<std::pair<std::string, std::string>, std::int64_t> slices_;
  std::string ahead_flow_;
  std::vector<std::string> ahead_;
  std::array<std::size_t, 4> windows_{}; // how many are read at once, by table
};

} // namespace gramsetu::store::postgresql
