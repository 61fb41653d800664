// What may go is asked first; only then is the store read for what names it.
#include "daemon/runtime/attachments.hpp"

#include "base/files.hpp"
#include "daemon/store/care.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace gramsetu::runtime {

namespace {

constexpr std::chrono::hours kAtLeast{7 * 24}; // a run may yet bring what names it
constexpr std::chrono::hours kBetween{24};
constexpr const char* kSwept = "attachments/swept";
constexpr std::size_t kRows = 1000; // in one transaction

class FolderKeeper final : public connectors::Keeper {
public:
  explicit FolderKeeper(store::Attachments folder) : folder_(std::move(folder)) {}

  Result<void> keep(const Digest& digest, std::string_view bytes) override
  {
    return folder_.keep(digest, bytes);
  }

  std::optional<std::uint64_t> size_of(const Digest& digest) override
  {
    const auto bytes = folder_.read(digest);
    if (!bytes || !*bytes || !folder_.keep(digest, **bytes)) return std::nullopt;
    return (*bytes)->size();
  }

private:
  store::Attachments folder_;
};

// Takes from `loose` what a text names.
class Names {
public:
  explicit Names(std::set<std::string>& loose) : loose_(loose) {}

  void in(std::string_view text) const
  {
    // In a change, or a record inside of a conflict, quotes have backslashes before them.
    static constexpr std::string_view kMember = "sha256";
    for (auto at = text.find(kMember); at != text.npos; at = text.find(kMember, at + 1)) {
      const auto from = text.find_first_of("0123456789abcdef", at + kMember.size());
      if (from != text.npos) loose_.erase(std::string(text.substr(from, 64)));
    }
  }

private:
  std::set<std::string>& loose_;
};

// Page after page, each in a transaction of its own, until one is not full.
Result<void> page_by_page(store::Store& store,
                          const std::function<Result<std::size_t>(store::Tx&)>& page)
{
  for (std::size_t rows = kRows; rows == kRows;)
    TRY_VOID(store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(rows, page(tx));
      return {};
    }));
  return {};
}

Result<void> named_by_entity(store::Store& store, const std::string& entity, const Names& names)
{
  store::RecordQuery records;
  records.entity = entity;
  records.with_deleted = true;
  records.limit = kRows;
  TRY_VOID(page_by_page(store, [&](store::Tx& tx) -> Result<std::size_t> {
    TRY(const auto rows, tx.records(records));
    for (const auto& row : rows)
      names.in(row.body);
    if (!rows.empty()) records.after_key = rows.back().key;
    return rows.size();
  }));
  store::ChangeQuery changes;
  changes.entity = entity;
  changes.limit = kRows;
  return page_by_page(store, [&](store::Tx& tx) -> Result<std::size_t> {
    TRY(const auto rows, tx.changes(changes));
    for (const auto& row : rows)
      names.in(row.fields);
    if (!rows.empty()) changes.after = rows.back().sequence;
    return rows.size();
  });
}

Result<void> named_by_flow(store::Store& store, const std::string& flow, const Names& names)
{
  std::string after;
  TRY_VOID(page_by_page(store, [&](store::Tx& tx) -> Result<std::size_t> {
    TRY(const auto rows, tx.inbox(flow, "", after, kRows));
    for (const auto& row : rows)
      names.in(row.body);
    if (!rows.empty()) after = rows.back().key;
    return rows.size();
  }));
  store::ConflictQuery conflicts;
  conflicts.flow = flow;
  TRY_VOID(page_by_page(store, [&](store::Tx& tx) -> Result<std::size_t> {
    TRY(const auto rows, tx.conflicts(conflicts));
    for (const auto& row : rows)
      for (const auto* value : {&row.base, &row.hub, &row.remote, &row.winner})
        names.in(*value);
    if (!rows.empty()) conflicts.after_id = rows.back().id;
    return rows.size();
  }));
  store::QuarantineQuery parked;
  parked.flow = flow;
  return page_by_page(store, [&](store::Tx& tx) -> Result<std::size_t> {
    TRY(const auto rows, tx.quarantine(parked));
    for (const auto& row : rows)
      names.in(row.payload);
    if (!rows.empty()) parked.after_id = rows.back().id;
    return rows.size();
  });
}

} // namespace

store::Attachments attachments_beside(const std::string& store_path)
{
  return store::Attachments(store_path + ".attachments");
}

store::Attachments attachments_of(const config::Config& config)
{
  return attachments_beside(config.store_path);
}

std::unique_ptr<connectors::Keeper> make_keeper(const config::Config& config)
{
  return std::make_unique<FolderKeeper>(attachments_of(config));
}

Result<std::size_t> sweep_attachments(const Setup& setup, store::Store& store, Instant now)
{
  const auto folder = attachments_of(setup.config());
  bool due = false;
  TRY_VOID(store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto swept, tx.fact(kSwept));
    const auto last = from_rfc3339(swept.value_or(""));
    due = !last || now - *last >= kBetween;
    return due ? tx.put_fact(kSwept, to_rfc3339(now)) : Result<void>();
  }));
  if (!due) return std::size_t{0};
  TRY(auto loose, folder.unseen_since(now - kAtLeast));
  if (loose.empty()) return std::size_t{0};
  const Names names(loose);
  // A hub may have been told to read a kind of record from elsewhere: all entities may name some.
  for (const auto* entity : setup.entities().all())
    TRY_VOID(named_by_entity(store, entity->name, names));
  for (const auto& flow : setup.flows)
    TRY_VOID(named_by_flow(store, flow->id, names));
  for (const auto& name : loose)
    folder.remove(name);
  return loose.size();
}

Result<DocumentsCopied> documents_into(const std::string& copy, const store::Attachments& folder)
{
  DocumentsCopied done;
  TRY(const auto names, folder.all());
  TRY_VOID(store::put_documents(copy, names,
                                [&](const Digest& name) -> Result<std::optional<std::string>> {
                                  auto bytes = folder.read(name);
                                  if (bytes || bytes.error().kind != ErrorKind::invalid)
                                    return bytes;
                                  // One document that the disk has spoilt must not keep all else out of a backup.
                                  done.damaged.push_back(to_hex(name));
                                  return std::optional<std::string>();
                                }));
  TRY(done.copied,
      store::each_document(copy, [](const Digest&, std::string_view) { return Result<void>(); }));
  return done;
}

Result<std::size_t> documents_from(const std::string& copy, store::Attachments folder)
{
  const auto keep = [&](const Digest& name, std::string_view bytes) -> Result<void> {
    // One that the disk has spoilt makes room for what it was.
    if (!folder.read(name)) folder.remove(to_hex(name));
    TRY_VOID(folder.keep(name, bytes));
    give_to_owner_of_folder(folder.folder());
    give_to_owner_of_folder(folder.folder() + "/" + to_hex(name));
    return {};
  };
  TRY(const auto count, store::take_documents(copy, keep));
  return count;
}

} // namespace gramsetu::runtime
