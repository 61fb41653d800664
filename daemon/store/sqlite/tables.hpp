// The tables whose rows carry a checksum, and how it names a row: for the doctor.
#pragma once

#include <array>
#include <string_view>

namespace gramsetu::store {

struct TableOfRows {
  std::string_view word, name, label; // label: an SQL expression over the row
};

// A shadow has two halves, so its word is there twice.
inline constexpr std::array kTables = {
    TableOfRows{"record", "gs_record", "entity || '/' || key"},
    TableOfRows{"shadow", "gs_shadow_base", "flow || '/' || key"},
    TableOfRows{"shadow", "gs_shadow", "flow || '/' || key"},
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
