-- Names that every row repeats are kept once, and rows and their indexes have a number in their place: entities, flows
-- and runs. 0 is the empty one. A checksum is over the names, so that those of older rows stay good.
CREATE TABLE gs_name (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  sum  INTEGER               -- none: a migration made it, and its checksum is still to be written
) STRICT;
INSERT INTO gs_name (id, name) VALUES (0, '');
-- Entities and flows come first, as small numbers take a byte, and in their order, in which rows are copied.
INSERT OR IGNORE INTO gs_name (name)
  SELECT entity FROM gs_record UNION SELECT entity FROM gs_change UNION
  SELECT flow FROM gs_shadow UNION SELECT flow FROM gs_shadow_base ORDER BY 1;
INSERT OR IGNORE INTO gs_name (name) SELECT DISTINCT run FROM gs_change ORDER BY 1;

-- Origins of records that were taken in by one run differ in two times alone: the rest of them is kept once, with
-- nothing in the times' places. No person is named in them.
CREATE TABLE gs_origin (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE,
  sum  INTEGER NOT NULL
) STRICT;

CREATE TABLE gs_record_6 (
  id         INTEGER PRIMARY KEY,
  entity     INTEGER NOT NULL, -- gs_name
  key        TEXT NOT NULL,
  body       TEXT NOT NULL,    -- canonical JSON; of a tombstone: what it was
  origin     TEXT NOT NULL,    -- JSON: who set each field, when, by which rule and run
  origin_of  INTEGER NOT NULL DEFAULT 0, -- gs_origin, which says it but for changed_at and origin_at; 0: `origin` does
  origin_at  INTEGER,
  place      TEXT NOT NULL,    -- LGD code, or empty
  revision   INTEGER NOT NULL, -- counts the record's changes from 1
  sequence   INTEGER NOT NULL, -- of its newest row in gs_change
  deleted    INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  dead_until INTEGER,
  sum        INTEGER NOT NULL
) STRICT;
INSERT INTO gs_record_6 (id, entity, key, body, origin, place, revision, sequence, deleted, changed_at, dead_until, sum)
  SELECT id, (SELECT n.id FROM gs_name n WHERE n.name = entity), key, body, origin, place, revision, sequence, deleted,
         changed_at, dead_until, sum
  FROM gs_record ORDER BY id;
DROP TABLE gs_record;
ALTER TABLE gs_record_6 RENAME TO gs_record;
CREATE UNIQUE INDEX gs_record_key ON gs_record (entity, key);
CREATE INDEX gs_record_place ON gs_record (entity, place, key) WHERE place <> '';
CREATE INDEX gs_record_dead ON gs_record (dead_until) WHERE dead_until IS NOT NULL;
CREATE INDEX gs_record_feed ON gs_record (entity, sequence);

CREATE TABLE gs_shadow_6 (
  flow        INTEGER NOT NULL, -- gs_name
  key         TEXT NOT NULL,
  digest      BLOB NOT NULL,    -- of the remote's mapped fields when it was last taken in or written
  version     TEXT NOT NULL,    -- as last seen
  deleted     INTEGER NOT NULL, -- the remote's record is known to be gone
  slice       INTEGER NOT NULL, -- gs_slice_name: where it was last pulled
  base        INTEGER NOT NULL, -- gs_shadow_base; 0: the record says it, and the remote's id is the key; -1: it has none
  fingerprint BLOB NOT NULL DEFAULT x'',
  sum         INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (flow, key)
) STRICT, WITHOUT ROWID;
INSERT INTO gs_shadow_6 (flow, key, digest, version, deleted, slice, base, fingerprint, sum)
  SELECT (SELECT n.id FROM gs_name n WHERE n.name = flow), key, digest, version, deleted, slice, base, fingerprint, sum
  FROM gs_shadow ORDER BY flow, key;
DROP TABLE gs_shadow;
ALTER TABLE gs_shadow_6 RENAME TO gs_shadow;
CREATE INDEX gs_shadow_slice ON gs_shadow (slice, deleted, key);

CREATE TABLE gs_shadow_base_6 (
  id        INTEGER PRIMARY KEY,
  flow      INTEGER NOT NULL, -- gs_name
  key       TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  base      TEXT NOT NULL,    -- canonical JSON of what both sides agreed on
  absences  INTEGER NOT NULL, -- complete slices in a row that lacked it
  sum       INTEGER NOT NULL  -- over both halves, but for slice and absences
) STRICT;
INSERT INTO gs_shadow_base_6 (id, flow, key, remote_id, base, absences, sum)
  SELECT id, (SELECT n.id FROM gs_name n WHERE n.name = flow), key, remote_id, base, absences, sum
  FROM gs_shadow_base ORDER BY id;
DROP TABLE gs_shadow_base;
ALTER TABLE gs_shadow_base_6 RENAME TO gs_shadow_base;
CREATE INDEX gs_shadow_remote ON gs_shadow_base (flow, remote_id)
  WHERE remote_id <> '' AND remote_id <> key;
CREATE INDEX gs_shadow_absent ON gs_shadow_base (flow, key) WHERE absences > 0;

CREATE TABLE gs_change_6 (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  entity   INTEGER NOT NULL, -- gs_name
  key      TEXT NOT NULL,
  kind     TEXT NOT NULL,    -- created, updated, deleted, restored
  fields   TEXT NOT NULL,    -- JSON: field -> [before, after]; null for a creation
  origin   TEXT NOT NULL,    -- endpoint name, or "local"
  actor    TEXT NOT NULL,
  run      INTEGER NOT NULL, -- gs_name; 0: none
  rule     TEXT NOT NULL,
  at       INTEGER NOT NULL,
  note     TEXT NOT NULL,    -- the reason that the actor gave
  sum      INTEGER NOT NULL
) STRICT;
INSERT INTO gs_change_6 (sequence, entity, key, kind, fields, origin, actor, run, rule, at, note, sum)
  SELECT sequence, (SELECT n.id FROM gs_name n WHERE n.name = entity), key, kind, fields, origin, actor,
         (SELECT n.id FROM gs_name n WHERE n.name = run), rule, at, note, sum
  FROM gs_change ORDER BY sequence;
-- Numbers that were given out are not given out again, also where their rows are gone.
DELETE FROM sqlite_sequence WHERE name = 'gs_change_6';
INSERT INTO sqlite_sequence (name, seq) SELECT 'gs_change_6', seq FROM sqlite_sequence WHERE name = 'gs_change';
DROP TABLE gs_change;
ALTER TABLE gs_change_6 RENAME TO gs_change;
CREATE INDEX gs_change_record ON gs_change (entity, key);
CREATE INDEX gs_change_run ON gs_change (run) WHERE run <> 0;
