// Stamps acts, seals them into the chain, and keeps what cannot be written until it can.
#include "daemon/audit/audit.hpp"

#include "base/clock_state.hpp"
#include "base/log_text.hpp"
#include "daemon/audit/reading.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace gramsetu::audit {

namespace {

// What waits for a disk must not eat the memory; beyond this it is counted.
constexpr std::size_t kWaitingMax = 10'000;
constexpr std::size_t kDaySize = 10; // "2026-11-23"

schema::Value safe(const std::string& text)
{
  return escaped(text, false);
}

} // namespace

Audit::Audit(Options options, Clock& clock)
    : options_(std::move(options)), clock_(clock), files_(options_.folder, options_.on_touch)
{
}

Audit::~Audit() = default;

std::unique_ptr<Audit> Audit::open(Options options, Clock& clock)
{
  std::unique_ptr<Audit> audit(new Audit(std::move(options), clock));
  if (const auto opened = audit->ready(); !opened) return audit; // blocked, and says so
  return audit;
}

Members Audit::stamped(std::string kind) const
{
  const auto now = clock_.now();
  return {{"kind", std::move(kind)},
          {"at", local(now)},
          {"utc", to_rfc3339(now)},
          {"clock", clock_state()}};
}

Members Audit::members_of(const Act& act) const
{
  auto members = stamped("act");
  members["who"] = safe(act.who);
  members["role"] = safe(act.role);
  members["from"] = safe(act.from);
  members["what"] = safe(act.what);
  members["object"] = safe(act.object);
  members["reason"] = safe(act.reason);
  members["request"] = safe(act.request);
  members["outcome"] = safe(act.outcome);
  members["detail"] = safe(act.detail);
  return members;
}

Result<void> Audit::locked(const std::function<Result<void>()>& work)
{
  Result<void> worked;
  State state;
  bool changed = false;
  std::optional<Head> head;
  {
    const std::lock_guard lock(mutex_);
    if (!opened_) worked = files_.open();
    opened_ = opened_ || worked;
    if (worked) worked = work();
    changed = state_.blocked != !worked;
    if (changed) state_.since = worked ? std::nullopt : std::optional(clock_.now());
    state_.blocked = !worked;
    state_.reason = worked ? "" : worked.error().what;
    state_.waiting = waiting_.size() + uncounted_;
    state = state_;
    head = std::exchange(written_head_, std::nullopt);
  }
  if (changed && on_change_) on_change_(state);
  if (head && on_head_) on_head_(*head);
  if (worked) return {};
  return fail(ErrorKind::transient, std::string(kBlocked) + worked.error().what);
}

// In their order, each with the time at which it happened.
Result<void> Audit::write_waiting()
{
  if (files_.torn() > 0 && files_.newest().sequence > 0 && !std::exchange(told_torn_, true)) {
    Act torn;
    torn.what = "audit.recovered";
    torn.detail = fmt::format("the process ended while it wrote a line; {} bytes of it that had "
                              "been promised to nobody were taken away",
                              files_.torn());
    waiting_.push_front(members_of(torn));
  }
  if (uncounted_ > 0 && waiting_.size() < kWaitingMax) {
    Act more;
    more.what = "audit.gap";
    more.detail = fmt::format("{} acts more happened while nothing could be written", uncounted_);
    waiting_.push_back(members_of(more));
    uncounted_ = 0;
  }
  while (!waiting_.empty()) {
    TRY_VOID(write(waiting_.front(), waiting_.size() == 1));
    waiting_.pop_front();
  }
  return {};
}

Result<void> Audit::append(const Act& act)
{
  return locked([&]() -> Result<void> {
    TRY_VOID(write_waiting());
    return write(members_of(act), true);
  });
}

void Audit::note(const Act& act, bool sync)
{
  const auto members = members_of(act);
  const auto written = locked([&]() -> Result<void> {
    auto done = write_waiting();
    if (done) done = write(members, sync);
    if (!done && waiting_.size() < kWaitingMax)
      waiting_.push_back(members);
    else if (!done)
      ++uncounted_;
    return done;
  });
  static_cast<void>(written); // it waits, and `on_change` has told
}

Result<void> Audit::ready()
{
  return locked([&] { return write_waiting(); });
}

Result<void> Audit::write(Members members, bool sync)
{
  TRY_VOID(make_room());
  return files_.append(seal(std::move(members), files_.newest()), sync);
}

// The first file, and one after another by month and size. The old one ends with a signed head, and the new
// one begins with a line that names how the old one ended.
Result<void> Audit::make_room()
{
  const auto month = local(clock_.now()).substr(0, 7);
  const bool fits = files_.size() < options_.file_bytes && month <= month_of(files_.name());
  TRY(const bool other_key, has_other_key());
  if (!files_.name().empty() && fits && !other_key) return {};
  TRY_VOID(files_.make_folder());
  TRY_VOID(load_key());
  if (!files_.name().empty() && !other_key) TRY_VOID(sign_and_write());
  const auto name = name_after(files_.name(), month);
  auto first = stamped("file");
  first["file"] = name;
  first["hub"] = safe(options_.hub);
  first["key"] = key_->public_hex();
  first["last_file"] = files_.name();
  first["last_digest"] = files_.newest().hash;
  return files_.begin(name, seal(std::move(first), files_.newest()));
}

// Whether the file that is appended to names another key than the one that signs now: a file has one.
Result<bool> Audit::has_other_key()
{
  if (key_compared_ || files_.name().empty()) return false;
  TRY_VOID(load_key());
  std::ifstream file(options_.folder + "/" + files_.name(), std::ios::binary);
  std::string first;
  if (!std::getline(file, first)) return fail(ErrorKind::transient, "cannot read " + files_.name());
  const bool other = first.find(key_->public_hex()) == std::string::npos;
  key_compared_ = !other;
  return other;
}

// Made once, readable by nobody else; whole or not there.
Result<void> Audit::load_key()
{
  if (key_) return {};
  if (!options_.key_pem.empty()) {
    TRY(key_, SigningKey::from_pem(options_.key_pem));
    return {};
  }
  TRY_VOID(files_.make_folder());
  const auto path = options_.folder + "/audit.key", next = path + ".next";
  if (std::ifstream file(path, std::ios::binary); file) {
    auto read = SigningKey::from_pem(std::string(std::istreambuf_iterator<char>(file), {}));
    if (!read) return within(path, std::move(read.error()));
    key_ = std::move(*read);
    return {};
  }
  TRY(auto made, SigningKey::generate());
  const auto pem = made.pem();
  const Descriptor file(
      ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  const bool written =
      file.is_open() &&
      ::write(file.number(), pem.data(), pem.size()) == static_cast<ssize_t>(pem.size()) &&
      ::fsync(file.number()) == 0 && ::rename(next.c_str(), path.c_str()) == 0;
  if (!written) return fail(ErrorKind::transient, "cannot write " + path);
  key_ = std::move(made);
  return {};
}

// Without making room: a file may grow past its size by a head.
Result<void> Audit::sign_and_write()
{
  TRY_VOID(load_key());
  const auto head =
      sign_head(*key_, {files_.newest(), options_.hub, to_rfc3339(clock_.now()), "", ""});
  auto members = stamped("head");
  const auto at = text_of(members, "utc");
  members["head"] = head_json(head);
  TRY_VOID(files_.append(seal(std::move(members), files_.newest()), true));
  files_.is_head(at);
  written_head_ = head;
  return {};
}

void Audit::tend()
{
  const auto tended = locked([&]() -> Result<void> {
    TRY_VOID(write_waiting());
    if (files_.newest().sequence == files_.newest_head().sequence) return {};
    const auto last = from_rfc3339(files_.head_at());
    const auto today = local(clock_.now()).substr(0, kDaySize);
    if (last && local(*last).substr(0, kDaySize) >= today) return {};
    return sign_and_write();
  });
  static_cast<void>(tended);
}

void Audit::finish()
{
  const auto finished = locked([&]() -> Result<void> {
    TRY_VOID(write_waiting());
    if (files_.newest().sequence == files_.newest_head().sequence) return {};
    return sign_and_write();
  });
  static_cast<void>(finished);
}

Result<Head> Audit::head()
{
  std::optional<Head> head;
  TRY_VOID(locked([&]() -> Result<void> {
    TRY_VOID(write_waiting());
    if (files_.newest().sequence == 0) return {};
    TRY_VOID(load_key());
    head = sign_head(*key_, {files_.newest(), options_.hub, to_rfc3339(clock_.now()), "", ""});
    return {};
  }));
  if (head) return std::move(*head);
  return fail(ErrorKind::not_found, "the audit log has no entry yet");
}

State Audit::state() const
{
  const std::lock_guard lock(mutex_);
  return state_;
}

Result<std::size_t> Audit::purge(Instant before)
{
  const auto names = names_in(options_.folder);
  std::vector<std::string> old;
  std::string anchor; // the entry before the first one that is kept
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    const auto next = options_.folder + "/" + names[i + 1];
    const auto begin = begin_of(next);
    if (!begin || *begin >= before) break;
    std::ifstream file(next, std::ios::binary);
    std::string text;
    std::getline(file, text);
    TRY(const auto line, parse_line(text));
    anchor = fmt::format("{} {}", line.link.sequence - 1, line.previous);
    old.push_back(options_.folder + "/" + names[i]);
  }
  if (old.empty()) return 0;
  Act act;
  act.what = "audit.purge";
  act.object = anchor;
  act.detail = fmt::format("{} files are past the retention", old.size());
  TRY_VOID(append(act));
  std::error_code none;
  for (const auto& path : old)
    std::filesystem::remove(path, none);
  return old.size();
}

} // namespace gramsetu::audit
