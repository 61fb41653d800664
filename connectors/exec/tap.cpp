// Running a tap, and judging what it says line by line.
#include "connectors/exec/tap.hpp"

#include "connectors/exec/catalog.hpp"
#include "connectors/exec/message.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gramsetu::connectors::exec {

namespace {

constexpr std::size_t kStateBytes = 256 << 10; // a cursor, not a store
constexpr std::size_t kPieceBytes = 1 << 20;   // what quarantine keeps of a bad line

class Listener {
public:
  Listener(const Context& context, const Stream& stream, const PullPlan& plan, Spool spool)
      : context_(context), stream_(stream), plan_(plan), reading_{std::move(spool), {}, 0, false}
  {
  }

  Result<void> hear(std::string_view line)
  {
    ++line_;
    if (auto* listener = context_.services.listener)
      listener->exchanged({"tap", plan_.stream, "", 0, {}, std::string(line)});
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return {};
    const Message message = read_message(line);
    switch (message.kind) {
    case Message::Kind::record:
      return message.stream == plan_.stream ? record(message) : Result<void>{};
    case Message::Kind::schema:
      return message.stream == plan_.stream ? declared(message) : Result<void>{};
    case Message::Kind::state: return state(message);
    case Message::Kind::activate:
      if (message.stream == plan_.stream) active_ = message.version;
      return {};
    case Message::Kind::batch:
      if (message.stream != plan_.stream) return {};
      return wrong("it sends records in files (BATCH), which cannot be read here");
    case Message::Kind::bad: return wrong(message.problem);
    case Message::Kind::bad_record: return bad(line, message.problem);
    case Message::Kind::other: break;
    }
    return {};
  }

  Result<Reading> end()
  {
    TRY_VOID(reading_.spool.finish());
    // A version that another replaced, or that nobody called complete, proves nothing.
    const bool mixed = !active_.empty() && versions_.size() > 1;
    const bool other = !active_.empty() && !versions_.empty() && !versions_.contains(active_);
    reading_.damaged = stream_.deletes == Deletes::snapshot &&
                       (mixed || other || (plan_.by_version && active_.empty()));
    return std::move(reading_);
  }

private:
  tl::unexpected<Error> wrong(const std::string& what) const
  {
    return fail(ErrorKind::invalid, fmt::format("line {}: {}", line_, what));
  }

  Result<void> record(const Message& message)
  {
    if (!declared_) return wrong("a RECORD came before the SCHEMA of its stream");
    if (!message.version.empty() && versions_.size() < 2) versions_.insert(message.version);
    active_.clear(); // what comes after a mark is not covered by it
    ++reading_.records;
    return reading_.spool.add('R', schema::to_json(message.body));
  }

  Result<void> bad(std::string_view line, const std::string& problem)
  {
    return reading_.spool.add(
        'B', fmt::format("{}\t{}\t{}", line_, problem, line.substr(0, kPieceBytes)));
  }

  Result<void> declared(const Message& message)
  {
    auto ours = plan_.keys, theirs = message.keys;
    std::sort(ours.begin(), ours.end());
    std::sort(theirs.begin(), theirs.end());
    if (!ours.empty() && ours != theirs)
      return wrong(fmt::format("its keys are [{}], and the manifest says [{}]",
                               fmt::join(theirs, ", "), fmt::join(ours, ", ")));
    declared_ = true;
    note_missing(message.body);
    return {};
  }

  // What the manifest reads must be there; a tap that stops sending it is drift.
  void note_missing(const schema::Value& schema) const
  {
    const schema::Value* properties = schema.object().find("properties");
    if (!properties || !properties->is_object()) return;
    const auto is_there = [&](const std::string& pointer) {
      return schema::at_pointer(*properties, pointer.substr(0, pointer.find('/', 1))) != nullptr;
    };
    std::vector<std::string> missing;
    for (const auto& pointer : {stream_.id_pointer, stream_.version_pointer,
                                stream_.modified_pointer, stream_.deleted_pointer})
      if (!pointer.empty() && !is_there(pointer)) missing.push_back(pointer);
    const auto& pulled = stream_.mapping->pulled();
    for (std::size_t field = 0; field < pulled.size(); ++field) {
      const auto pointers = stream_.mapping->pointers(field);
      const bool any = std::any_of(pointers.begin(), pointers.end(), is_there);
      const bool told =
          !pointers.empty() && std::count(missing.begin(), missing.end(), pointers[0]);
      if (pulled[field] && !any && !told) missing.push_back(pointers[0]);
    }
    for (const auto& pointer : missing)
      context_.services.log.event(Event::schema_drift,
                                  "the SCHEMA of the tap lacks what the manifest reads",
                                  {{"endpoint", context_.endpoint}, {"pointer", pointer}});
  }

  Result<void> state(const Message& message)
  {
    reading_.state = schema::to_json(message.body);
    if (reading_.state.size() <= kStateBytes) return {};
    return wrong(fmt::format("its STATE has more than {} bytes", kStateBytes));
  }

  const Context& context_;
  const Stream& stream_;
  const PullPlan& plan_;
  Reading reading_;
  std::size_t line_ = 0;
  bool declared_ = false;
  std::set<std::string> versions_; // of the records; more than two say no more than two
  std::string active_;             // the mark that covers everything so far
};

Result<schema::Value> discover(const Context& context, const Values& filled, std::stop_token stop)
{
  TRY(const PrivateFolder room, PrivateFolder::make());
  TRY(Launch launch, context.prepare(*context.plan.tap, filled, room));
  launch.command.emplace_back("--discover");
  std::string text;
  Talk talk;
  talk.line_bytes = 16 << 20;
  talk.loose_end = true;
  talk.on_line = [&](std::string_view line) -> Result<void> {
    text.append(line).push_back('\n');
    return {};
  };
  const auto outcome = context.run(launch, std::move(talk), std::move(stop));
  if (outcome.error) return tl::unexpected<Error>(*outcome.error);
  auto catalog = schema::parse_json(text);
  if (!catalog) return fail(ErrorKind::invalid, "its catalog is no JSON: " + catalog.error().what);
  return catalog;
}

Result<schema::Value> catalog_of(const Context& context, const PullPlan& plan, const Values& filled,
                                 std::stop_token stop)
{
  const TapPlan& tap = *context.plan.tap;
  if (!tap.discovers) return to_value(tap.catalog, filled);
  TRY(schema::Value catalog, discover(context, filled, std::move(stop)));
  TRY_VOID(select(catalog, plan));
  return catalog;
}

} // namespace

Result<Reading> read_tap(const Context& context, const PullRequest& request, std::stop_token stop)
{
  if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
  TRY(const StreamPlan* plan, context.plan_of(*request.stream));
  if (!context.plan.tap || plan->pull.stream.empty())
    return fail(ErrorKind::unsupported, "this stream is not read");
  const Values filled = context.with(request.slice);
  TRY(const PrivateFolder room, PrivateFolder::make());
  TRY(Launch launch, context.prepare(*context.plan.tap, filled, room));
  if (const auto& flag = context.plan.tap->catalog_flag; !flag.empty()) {
    TRY(const schema::Value catalog, catalog_of(context, plan->pull, filled, stop));
    TRY(const std::string file, room.write("catalog.json", schema::to_json(catalog)));
    launch.command.insert(launch.command.end(), {flag, file});
  }
  if (!request.since.empty()) {
    if (!schema::parse_json(request.since))
      return fail(ErrorKind::invalid, "the cursor is no STATE of a tap; read everything once");
    TRY(const std::string file, room.write("state.json", request.since));
    launch.command.insert(launch.command.end(), {"--state", file});
  }
  TRY(Spool spool, Spool::make(room));
  Listener listener(context, *request.stream, plan->pull, std::move(spool));
  Talk talk;
  talk.line_bytes = context.plan.tap->line_bytes;
  talk.on_line = [&](std::string_view line) { return listener.hear(line); };
  const auto outcome = context.run(launch, std::move(talk), std::move(stop));
  if (outcome.error) return tl::unexpected<Error>(*outcome.error);
  return listener.end();
}

Result<std::vector<std::string>> discover_streams(const Context& context, std::stop_token stop)
{
  TRY(const schema::Value catalog, discover(context, context.values, std::move(stop)));
  return streams_of(catalog);
}

} // namespace gramsetu::connectors::exec
