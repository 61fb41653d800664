// The inbox's little sister.
#include "daemon/engine/stage/news.hpp"

#include "connectors/api/attachment.hpp"
#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/store/erasure.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace gramsetu::engine {

namespace {

using store::InboxRow;

// What a row takes beside its rest, with what the map and the heap add to it.
constexpr std::size_t kRowBytes = sizeof(HeldNews::Rows::value_type) + 96;

std::size_t& count_of(const HeldNews::Held& held, store::InboxSize& size)
{
  return held.deleted || held.absent ? size.gone : size.there;
}

const char* const kNewerCame = "newer news came before it was applied";

bool says_the_same(const InboxRow& a, const InboxRow& b)
{
  return a.digest == b.digest && a.deleted == b.deleted && a.absent == b.absent &&
         a.version == b.version;
}

// A row's rest begins with this; its texts follow, one behind the other.
struct Head {
  Digest digest{};
  std::optional<Instant> modified = {};
  Instant received_at{};
  // Of remote id, version and fingerprint; the body is what is left.
  std::array<std::uint32_t, 3> sizes{};
};
static_assert(std::is_trivially_copyable_v<Head>);

std::string rest_of(const InboxRow& row)
{
  const auto size = [](const std::string& text) { return static_cast<std::uint32_t>(text.size()); };
  const Head head{row.digest,
                  row.modified,
                  row.received_at,
                  {size(row.remote_id), size(row.version), size(row.fingerprint)}};
  std::string rest;
  rest.reserve(sizeof head + row.remote_id.size() + row.version.size() + row.fingerprint.size() +
               row.body.size());
  rest.append(reinterpret_cast<const char*>(&head), sizeof head);
  return rest.append(row.remote_id).append(row.version).append(row.fingerprint).append(row.body);
}

void put_rest(std::string_view rest, InboxRow& row)
{
  Head head;
  std::memcpy(&head, rest.data(), sizeof head);
  rest.remove_prefix(sizeof head);
  const auto take = [&](std::size_t size) {
    const auto text = rest.substr(0, size);
    rest.remove_prefix(size);
    return std::string(text);
  };
  row.digest = head.digest;
  row.modified = head.modified;
  row.received_at = head.received_at;
  row.remote_id = take(head.sizes[0]);
  row.version = take(head.sizes[1]);
  row.fingerprint = take(head.sizes[2]);
  row.body = take(rest.size());
}

// News that is never applied says so in the change log: no value that was ever received vanishes.
Result<void> supersede(store::Tx& tx, const Run& run, const InboxRow& waiting, std::string why)
{
  if (waiting.body.empty()) return {};
  store::ChangeRow change;
  change.entity = run.flow.entity->name;
  change.key = waiting.key;
  change.kind = "superseded";
  change.fields = waiting.body;
  change.origin = run.flow.side.endpoint;
  change.run = run.options.run_id;
  change.rule = std::move(why);
  change.at = run.services.clock.now();
  TRY_VOID(tx.add_change(change));
  return {};
}

} // namespace

void HeldNews::open(const std::string& flow, const std::string& run)
{
  open_ = true;
  flow_ = flow;
  run_ = run;
}

bool HeldNews::is_much() const
{
  return file_failed_ || rest_ + rows_.size() * kRowBytes > kHeldNewsBytes ||
         (file_ && file_->size() > kHeldFileBytes);
}

Result<InboxRow> HeldNews::whole(const Rows::value_type& held) const
{
  const auto& [key, what] = held;
  InboxRow row;
  row.flow = flow_;
  row.slice = *what.slice;
  row.key = key;
  row.deleted = what.deleted;
  row.absent = what.absent;
  row.run = run_;
  std::string read;
  if (what.aside) {
    TRY(read, file_->read(*what.aside));
  }
  put_rest(what.aside ? read : what.rest, row);
  return row;
}

bool HeldNews::has(std::string_view slice) const
{
  return sizes_.contains(slice);
}

std::set<std::string> HeldNews::slices() const
{
  std::set<std::string> slices;
  for (const auto& [slice, size] : sizes_)
    slices.insert(slice);
  return slices;
}

store::InboxSize HeldNews::size(std::string_view slice) const
{
  const auto found = sizes_.find(slice);
  return found == sizes_.end() ? store::InboxSize() : found->second;
}

void HeldNews::put(const InboxRow& row, std::optional<Instant> erased)
{
  const auto [at, is_new] = rows_.try_emplace(row.key);
  auto& held = at->second;
  if (!is_new) leave(held);
  held = {&*slices_.insert(row.slice).first, row.deleted, row.absent, erased, rest_of(row)};
  set_aside(held);
  rest_ += held.rest.size();
  ++count_of(held, sizes_[row.slice]);
}

void HeldNews::set_aside(Held& held)
{
  if (file_failed_ || rest_ + held.rest.size() <= kHeldWholeBytes) return;
  if (!file_) {
    if (auto made = ScratchFile::make(); made) file_ = std::move(*made);
  }
  auto place = file_ ? file_->append(held.rest) : fail(ErrorKind::transient, "");
  file_failed_ = !place;
  if (!place) return;
  held.aside = *place;
  std::string().swap(held.rest); // with its memory, which an assignment would keep
}

void HeldNews::leave(const Held& held)
{
  rest_ -= held.rest.size();
  const auto size = sizes_.find(*held.slice);
  --count_of(held, size->second);
  if (size->second.there + size->second.gone == 0) sizes_.erase(size);
}

void HeldNews::drop(std::size_t rows)
{
  for (; rows > 0; --rows) {
    leave(rows_.begin()->second);
    rows_.erase(rows_.begin());
  }
}

void HeldNews::close()
{
  open_ = false;
  rows_.clear();
  slices_.clear();
  rest_ = 0;
  file_.reset();
  file_failed_ = false;
  sizes_.clear();
}

Result<std::optional<Instant>> erased_at(store::Tx& tx, const Run& run, std::string_view key)
{
  TRY(const auto mark, store::erasure_of(tx, run.flow.entity->name, key));
  return mark ? std::optional(mark->at) : std::nullopt;
}

Result<void> hold_news(Run& run)
{
  const auto& entity = *run.flow.entity;
  // Closed books and histories of places ask the inbox, and documents are kept as long as it names them.
  const bool asked = entity.closing || entity.versions || entity.succession ||
                     (run.flow.stream && !connectors::attachments_of(*run.flow.stream).empty());
  if (run.options.plan_only || asked) return {};
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto waiting, tx.inbox(run.flow.id, "", "", 1));
    if (waiting.empty()) run.news.open(run.flow.id, run.options.run_id);
    return {};
  });
}

Result<void> store_held_news(Run& run)
{
  if (!run.news.rows().empty()) {
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      for (const auto& held : run.news.rows()) {
        TRY(const auto row, run.news.whole(held));
        TRY_VOID(tx.put_inbox(row));
      }
      return {};
    }));
  }
  run.news.close();
  return {};
}

namespace {

Result<void> hold(store::Tx& tx, Run& run, const InboxRow& news)
{
  TRY(const auto erased, erased_at(tx, run, news.key));
  const auto waiting = run.news.rows().find(news.key);
  // What was erased meanwhile is kept nowhere.
  if (waiting != run.news.rows().end() && waiting->second.erased == erased) {
    TRY(const auto row, run.news.whole(*waiting));
    if (row.digest != news.digest) TRY_VOID(supersede(tx, run, row, kNewerCame));
  }
  run.news.put(news, erased);
  return {};
}

} // namespace

Result<void> put_into_inbox(store::Tx& tx, Run& run, const InboxRow& news)
{
  if (run.news.is_open()) return hold(tx, run, news);
  TRY(auto waiting, tx.inbox_of(news.flow, news.key));
  if (!waiting) return tx.put_inbox(news);
  if (says_the_same(*waiting, news)) {
    if (is_current(run, *waiting)) return {};
    waiting->slice = news.slice;
    waiting->run = news.run;
    return tx.put_inbox(*waiting);
  }
  if (waiting->digest != news.digest) TRY_VOID(supersede(tx, run, *waiting, kNewerCame));
  return tx.put_inbox(news);
}

Result<void> take_back_unsaid(Run& run, const std::string& slice)
{
  std::string after;
  bool more = true;
  while (more) {
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.inbox(run.flow.id, slice, after, kBatchRecords));
      more = rows.size() == kBatchRecords;
      for (const auto& row : rows) {
        after = row.key;
        if (is_current(run, row)) continue;
        TRY_VOID(supersede(tx, run, row, "the endpoint took it back before it was applied"));
        TRY_VOID(tx.erase_inbox(row.flow, row.key));
      }
      return {};
    }));
  }
  return {};
}

Result<bool> has_news(store::Tx& tx, const Run& run, const std::string& slice)
{
  if (run.news.has(slice)) return true;
  TRY(const auto waiting, tx.inbox(run.flow.id, slice, "", 1));
  return !waiting.empty();
}

Result<void> drop_outdated(store::Tx& tx, Run& run, const InboxRow& news)
{
  TRY(const auto waiting, tx.inbox_of(news.flow, news.key));
  if (!waiting) return {};
  TRY_VOID(put_into_inbox(tx, run, news));
  return tx.erase_inbox(news.flow, news.key);
}

} // namespace gramsetu::engine
