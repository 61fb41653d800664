// The statements that make a database ready.
#include "connectors/sql/prepare.hpp"

#include "connectors/sql/mapped.hpp"
#include "connectors/sql/ours.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace gramsetu::connectors::sql {

namespace {

class Preparing {
public:
  explicit Preparing(Session& session) : session_(session), dialect_(session.dialect()) {}

  Result<void> add(const Stream& stream, const Words& words)
  {
    auto table = session_.describe(words.table);
    if (!table && table.error().kind == ErrorKind::not_found) {
      made_.remarks.push_back(fmt::format("stream {}: {}", stream.name, table.error().what));
      return {};
    }
    if (!table) return tl::unexpected<Error>(table.error());
    Mapped mapped{stream, words, std::move(*table)};
    TRY_VOID(add_version(mapped));
    for (const auto& own : tables_of(mapped, dialect_))
      TRY_VOID(add_table(mapped, own));
    TRY_VOID(add_triggers(mapped));
    // Only now is everything there that the manifest names.
    if (!added_column_) TRY_VOID(look_up(session_, stream, words));
    return {};
  }

  Preparation& made() { return made_; }

private:
  void say(std::string statement)
  {
    auto& all = made_.statements;
    // Streams may share a table; what it needs is said once.
    if (std::find(all.begin(), all.end(), statement) == all.end())
      all.push_back(std::move(statement));
  }

  Result<void> add_version(const Mapped& mapped)
  {
    const std::string& version = mapped.words.version;
    const bool ours =
        mapped.words.push && mapped.words.push->version_by != PushWords::VersionBy::database;
    added_column_ = ours && !version.empty() && !mapped.table.find(version);
    if (added_column_)
      say(fmt::format("ALTER TABLE {} ADD COLUMN {} {} NOT NULL DEFAULT 1",
                      quoted(mapped.table.name), quoted(version),
                      dialect_ == Dialect::sqlite ? "INTEGER" : "bigint"));
    return {};
  }

  // SQLite's tables are described, PostgreSQL's sequence is a relation like them.
  Result<bool> is_there(const Mapped& mapped, const std::string& name)
  {
    const auto found = session_.describe({mapped.table.name.front(), name});
    if (found) return true;
    if (found.error().kind == ErrorKind::not_found) return false;
    return tl::unexpected<Error>(found.error());
  }

  Result<void> add_table(const Mapped& mapped, const OwnTable& own)
  {
    TRY(const bool there, is_there(mapped, own.name));
    if (!there) say(own.sql);
    if (own.name == kChanges && there) had_changes_ = true;
    return {};
  }

  // New versions are higher than any that is there.
  std::string raise_versions(const Mapped& mapped) const
  {
    const auto highest = fmt::format("(SELECT coalesce(max({}), 1) FROM {})",
                                     quoted(mapped.words.version), quoted(mapped.table.name));
    const auto counter = mapped.beside(kVersions);
    if (dialect_ == Dialect::sqlite)
      return fmt::format("UPDATE {} SET number = max(number, {})", counter, highest);
    return fmt::format("SELECT setval({}, greatest((SELECT last_value FROM {}), {} + 1), false)",
                       literal(counter), counter, highest);
  }

  Result<void> add_triggers(const Mapped& mapped)
  {
    const auto wanted = triggers_of(mapped, dialect_);
    TRY(const auto there, session_.triggers(mapped.table));
    auto& kept = kept_[mapped.table.name];
    for (const auto& trigger : wanted) {
      kept.insert(trigger.name);
      if (std::find(there.begin(), there.end(), trigger.name) != there.end()) continue;
      if (trigger.name.starts_with("gramsetu_version")) say(raise_versions(mapped));
      say(trigger.sql);
      if (trigger.name.starts_with("gramsetu_capture") && had_changes_)
        again_.insert(mapped.stream.name);
    }
    for (const auto& name : there)
      old_.push_back({mapped.table.name, name, drop_trigger(mapped, dialect_, name)});
    return {};
  }

public:
  // Triggers of ours that nothing needs any more: of another key, or of an older text.
  void finish()
  {
    for (const auto& [table, name, drop] : old_)
      if (!kept_[table].contains(name)) say(drop);
    for (const auto& stream : again_)
      made_.remarks.push_back(
          fmt::format("stream {}: changes made while its triggers were missing "
                      "were not captured; afterwards: gramsetu sync FLOW --full",
                      stream));
  }

private:
  struct Old {
    std::vector<std::string> table;
    std::string name, drop;
  };

  Session& session_;
  const Dialect dialect_;
  Preparation made_;
  bool had_changes_ = false, added_column_ = false;
  std::set<std::string> again_;
  std::map<std::vector<std::string>, std::set<std::string>> kept_; // by table: triggers
  std::vector<Old> old_;
};

} // namespace

Result<Preparation> prepare(Session& session, const Manifest& manifest,
                            const std::map<std::string, Words>& words, bool apply)
{
  Preparing preparing(session);
  for (const Stream& stream : manifest.streams)
    TRY_VOID(preparing.add(stream, words.at(stream.name)));
  preparing.finish();
  auto made = std::move(preparing.made());
  if (!apply || made.statements.empty()) return made;
  TRY_VOID(session.begin());
  for (const auto& statement : made.statements)
    TRY_VOID(session.script(statement));
  const Ending ending = session.commit();
  if (ending.kind != Ending::Kind::committed) return tl::unexpected<Error>(ending.error);
  made.applied = true;
  return made;
}

} // namespace gramsetu::connectors::sql
