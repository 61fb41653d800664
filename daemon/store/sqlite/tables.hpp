// The tables whose rows carry a checksum, and how it names a row: for the doctor.
#pragma once

#include <array>
#include <string_view>

namespace gramsetu::store {

struct TableOfRows {
  std::string_view word, name, label; // label: an SQL expression over the row
};

// By the names that the row has numbers of; where one is gone, it is read as empty, too.
inline constexpr std::string_view
    kOfEntity = "coalesce((SELECT name FROM main.gs_name WHERE id = entity), '') || '/' || key",
    kOfFlow = "coalesce((SELECT name FROM main.gs_name WHERE id = flow), '') || '/' || key";
// A shadow has two halves, so its word is there twice.
inline constexpr std::array kTables = {
    TableOfRows{"record", "gs_record", kOfEntity},
    TableOfRows{"shadow", "gs_shadow_base", kOfFlow},
    TableOfRows{"shadow", "gs_shadow", kOfFlow},
    TableOfRows{"inbox", "gs_inbox", "flow || '/' || key"},
    TableOfRows{"outbox", "gs_outbox", "flow || '/' || key"},
    TableOfRows{"conflict", "gs_conflict", "CAST(id AS TEXT)"},
    TableOfRows{"quarantine", "gs_quarantine", "CAST(id AS TEXT)"},
    TableOfRows{"change", "gs_change", "CAST(sequence AS TEXT)"},
    TableOfRows{"planned", "gs_planned", "run || '/' || key"},
    TableOfRows{"place", "gs_place", "kind || '/' || code"},
    TableOfRows{"succession", "gs_succession", "source"},
};

} // namespace gramsetu::store
