-- Fields of one record that a person had erased, and that are not taken in again until the mark is lifted.
CREATE TABLE gs_erasure (
  entity TEXT NOT NULL,
  key    TEXT NOT NULL,
  fields TEXT NOT NULL,    -- names, by blanks
  hashes TEXT NOT NULL,    -- JSON: field -> keyed hash; the key is not in the store
  at     INTEGER NOT NULL,
  by     TEXT NOT NULL,
  note   TEXT NOT NULL,
  PRIMARY KEY (entity, key)
) STRICT, WITHOUT ROWID;

-- One removal: an erasure, its end, or what retention took. The account is kept; it holds no value.
CREATE TABLE gs_removal (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  at     INTEGER NOT NULL,
  kind   TEXT NOT NULL, -- erasure, lifted, retention
  entity TEXT NOT NULL,
  key    TEXT NOT NULL,
  rule   TEXT NOT NULL,
  counts TEXT NOT NULL, -- JSON: where -> how many
  by     TEXT NOT NULL,
  note   TEXT NOT NULL,
  before INTEGER        -- what is older than that is gone
) STRICT;
