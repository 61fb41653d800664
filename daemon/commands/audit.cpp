// audit: who did what, is it all there, and the timeline of an incident.
#include "daemon/commands/audit.hpp"
#include "base/digest.hpp"
#include "daemon/commands/files.hpp"
#include "daemon/commands/moment.hpp"
#include "daemon/commands/requests.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace gramsetu::commands {

namespace {

using schema::Value;

constexpr std::size_t kPage = 1000;

std::string sentence(const Value& entry)
{
  auto text = member_text(entry, "detail");
  if (const auto reason = member_text(entry, "reason"); !reason.empty())
    text += (text.empty() ? "" : "; ") + reason;
  return escaped(text);
}

std::string actor(const Value& entry)
{
  const auto from = member_text(entry, "from");
  return escaped(fmt::format("{} ({}{})", member_text(entry, "who"), member_text(entry, "role"),
                             from.empty() ? "" : ", " + from));
}

// Reads a listing page by page, in its order; one item in hand.
class Pages {
public:
  Pages(Session& session, Ask what, std::string list)
      : session_(session), what_(std::move(what)), list_(std::move(list))
  {
    what_.query["limit"] = std::to_string(kPage);
    what_.query["after"] = "0";
  }

  // False when the hub cannot be asked any more; `item` is null at the end.
  bool next(const Value*& item)
  {
    item = nullptr;
    if (at_ == page_.size() && !over_ && !read_page()) return false;
    if (at_ < page_.size()) item = &page_[at_];
    return true;
  }
  void take() { ++at_; }

private:
  bool read_page()
  {
    auto answer = session_.ask(what_);
    if (!answer) return false;
    const auto& items = member(*answer, list_);
    page_ = items.is_list() ? items.list() : schema::List();
    at_ = 0;
    over_ = page_.size() < kPage;
    what_.query["after"] = std::to_string(member_count(*answer, "after"));
    return true;
  }

  Session& session_;
  Ask what_;
  std::string list_;
  schema::List page_;
  std::size_t at_ = 0;
  bool over_ = false;
};

// A file for its owner alone, and the digest of what is written into it.
class DigestedFile {
public:
  explicit DigestedFile(const std::string& path)
      : path_(path), file_(path, std::ios::trunc | std::ios::binary)
  {
    namespace fs = std::filesystem;
    std::error_code ignored;
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, ignored);
  }

  void line(const Value& value)
  {
    const auto text = schema::to_json(value) + "\n";
    digest_.add(text);
    file_ << text;
  }

  // The digest, in a file beside it too, as sha256sum reads it; nothing when either could not be written.
  std::optional<std::string> finish()
  {
    const auto hex = to_hex(digest_.finish());
    std::ofstream beside(path_ + ".sha256", std::ios::trunc);
    beside << hex << "  " << std::filesystem::path(path_).filename().string() << "\n";
    if (file_.flush() && beside.flush()) return hex;
    return std::nullopt;
  }

private:
  std::string path_;
  std::ofstream file_;
  DigestOfPieces digest_;
};

struct Timeline {
  std::int64_t acts = 0, events = 0;
};

// Both listings are in the order of time; so is what is written.
bool write_timeline(Pages& acts, Pages& events, DigestedFile& file, Timeline& written)
{
  for (;;) {
    const Value *act = nullptr, *event = nullptr;
    if (!acts.next(act) || !events.next(event)) return false;
    if (!act && !event) return true;
    const bool act_first = act && (!event || member_text(*act, "utc") <= member_text(*event, "at"));
    schema::Object line;
    line.append("kind", act_first ? "act" : "event");
    line.append("entry", act_first ? *act : *event);
    file.line(std::move(line));
    (act_first ? acts : events).take();
    ++(act_first ? written.acts : written.events);
  }
}

std::optional<Ask> listing(const Common& common, const AuditOptions& options, const Times& times)
{
  Ask what{"GET", "/api/v1/audit", {}, {}, {}};
  for (const auto& [name, given] : {std::pair("from", options.from), {"till", options.till}})
    if (!given.empty() && !take_moment(common, given, times, what.query[name])) return std::nullopt;
  return what;
}

} // namespace

int audit_list(const Common& common, const AuditOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  const auto times = session->times();
  auto what = listing(common, options, times);
  if (!what) return kUsage;
  what->query["limit"] = std::to_string(options.limit);
  if (!options.from.empty()) what->query["after"] = "0";
  for (const auto& [name, given] :
       {std::pair("who", options.who), {"what", options.what}, {"object", options.object}})
    if (!given.empty()) what->query[name] = given;
  const auto answer = session->ask(*what);
  if (!answer) return session->exit_code();
  const auto& entries = member(*answer, "entries");
  if (common.json) {
    print_json(entries);
    return kDone;
  }
  print_table(entries,
              {plain("sequence"),
               {"when", [&](const auto& entry) { return local_time(member(entry, "utc"), times); }},
               {"who", actor},
               plain("what"),
               plain("object"),
               plain("outcome"),
               {"why", sentence}});
  return kDone;
}

int audit_show(const Common& common, const AuditOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  Ask what{"GET", "/api/v1/audit", {{"limit", "1"}}, {}, {}};
  what.query["after"] = std::to_string(options.sequence - 1);
  const auto answer = session->ask(what);
  if (!answer) return session->exit_code();
  const auto& entries = member(*answer, "entries");
  const bool there = entries.is_list() && !entries.list().empty() &&
                     member_count(entries.list().front(), "sequence") == options.sequence;
  if (!there)
    return refuse(common, kFailed,
                  fmt::format("entry {} is no act that is there", options.sequence));
  if (common.json)
    print_json(entries.list().front());
  else
    print_pairs(entries.list().front());
  return kDone;
}

int audit_verify(const Common& common)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  const auto answer = session->ask({"GET", "/api/v1/audit/verify", {}, {}, {}});
  if (!answer) return session->exit_code();
  const bool good = member(*answer, "good") == Value(true);
  if (common.json) {
    print_json(*answer);
  } else if (good) {
    std::printf("%lld entries, %lld to %lld, %lld signed heads: the chain is whole\n",
                static_cast<long long>(member_count(*answer, "entries")),
                static_cast<long long>(member_count(*answer, "first")),
                static_cast<long long>(member_count(*answer, "last")),
                static_cast<long long>(member_count(*answer, "heads")));
  } else {
    complain(member_text(*answer, "problem") +
             "; keep the folder as it is, and ask gramsetu-audit");
  }
  return good ? kDone : kFailed;
}

int audit_head(const Common& common)
{
  return ask_and_print(common, {"GET", "/api/v1/audit/head", {}, {}, {}}, pairs);
}

int audit_export(const Common& common, const AuditOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  const auto times = session->times();
  const auto window = listing(common, options, times);
  if (!window) return kUsage;
  Ask begin{"POST", "/api/v1/audit/export", {}, {}, {}};
  for (const auto& [name, value] : window->query)
    begin.body.append(name, value);
  begin.body.append("reason", options.reason);
  const auto head = session->ask(begin);
  if (!head) return session->exit_code();
  auto events = *window;
  events.path = "/api/v1/logs";
  DigestedFile file(options.output);
  schema::Object first = begin.body;
  first.append("kind", "incident");
  first.append("head", *head);
  first.append("at", to_rfc3339(times.now, times.offset));
  file.line(std::move(first));
  Timeline written;
  Pages act_pages(*session, *window, "entries"), event_pages(*session, events, "entries");
  if (!write_timeline(act_pages, event_pages, file, written)) return session->exit_code();
  const auto digest = file.finish();
  if (!digest) return refuse(common, kFailed, "cannot write " + options.output);
  schema::Object summary;
  summary.append("file", options.output);
  summary.append("acts", written.acts);
  summary.append("events", written.events);
  summary.append("sha256", *digest);
  if (common.json)
    print_json(Value(std::move(summary)));
  else
    print_pairs(Value(std::move(summary)));
  return kDone;
}

} // namespace gramsetu::commands
