// A store as an older program left it.
#pragma once

#include "daemon/store/shared/migration.hpp"
#include "tests/unit/store/outside.hpp"

#include <fmt/format.h>

#include <string>

namespace gramsetu::test {

// Makes at `to` a store of schema 5, before names had numbers, with all that the store at `from` has. Its origins must
// be such as are kept where they are said.
inline void leave_as_schema_5(const std::string& from, const std::string& to)
{
  constexpr std::size_t kVersion = 5;
  REQUIRE(sql(from, "SELECT count(*) FROM gs_origin") == "0");
  const auto run = [&](const std::string& text) { REQUIRE(sql(to, text) == ""); };
  const auto migrations = store::sqlite_migrations();
  for (std::size_t i = 0; i < kVersion; ++i)
    run(migrations.at(i).sql);
  run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", 0x47725374, kVersion));
  const auto name = [](const char* column) {
    return fmt::format("(SELECT name FROM now.gs_name WHERE id = {0}) AS {0}", column);
  };
  const auto attach = "ATTACH '" + from + "' AS now;";
  for (const auto* table :
       {"gs_count", "gs_slice_name", "gs_slice", "gs_inbox", "gs_outbox", "gs_conflict",
        "gs_quarantine", "gs_place", "gs_succession", "gs_run", "gs_planned", "gs_remark", "gs_log",
        "gs_fact", "gs_erasure", "gs_removal"})
    run(fmt::format("{0} INSERT INTO main.{1} SELECT * FROM now.{1}", attach, table));
  run(attach + "INSERT INTO main.gs_record SELECT id, " + name("entity") +
      ", key, body, origin, place, revision, sequence, deleted, changed_at, dead_until, sum "
      "FROM now.gs_record");
  run(attach +
      "INSERT INTO main.gs_shadow (flow, key, digest, version, deleted, slice, base, "
      "fingerprint, sum) SELECT " +
      name("flow") +
      ", key, digest, version, deleted, slice, base, fingerprint, sum FROM now.gs_shadow");
  run(attach + "INSERT INTO main.gs_shadow_base SELECT id, " + name("flow") +
      ", key, remote_id, base, absences, sum FROM now.gs_shadow_base");
  run(attach + "INSERT INTO main.gs_change SELECT sequence, " + name("entity") +
      ", key, kind, fields, origin, actor, " + name("run") +
      ", rule, at, note, sum FROM now.gs_change");
  run(attach + "UPDATE main.sqlite_sequence SET seq = (SELECT n.seq FROM now.sqlite_sequence n "
               "WHERE n.name = main.sqlite_sequence.name)");
}

} // namespace gramsetu::test
