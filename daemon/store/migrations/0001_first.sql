-- The first schema of the hub's store. Tables are named gs_*, so that each entity's plain view can have
-- the entity's own name. Times are milliseconds since 1970. `sum` is the head of a SHA-256 over the row:
-- SQLite's own check does not see a changed digit in a body, this does.

-- One record of one entity: what the hub holds to be true. A deleted one stays as a tombstone until
-- `dead_until`, so that stale data cannot bring it back. Rows are wide, so this has a rowid.
CREATE TABLE gs_record (
  id         INTEGER PRIMARY KEY,
  entity     TEXT NOT NULL,
  key        TEXT NOT NULL,
  body       TEXT NOT NULL,    -- canonical JSON; of a tombstone: what it was
  origin     TEXT NOT NULL,    -- JSON: who set each field, when, by which rule and run
  place      TEXT NOT NULL,    -- LGD code, or empty
  revision   INTEGER NOT NULL, -- counts the record's changes from 1
  sequence   INTEGER NOT NULL, -- of its newest row in gs_change
  deleted    INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  dead_until INTEGER,
  sum        INTEGER NOT NULL,
  UNIQUE (entity, key)
) STRICT;
CREATE INDEX gs_record_place ON gs_record (entity, place, key) WHERE place <> '';
CREATE INDEX gs_record_dead ON gs_record (dead_until) WHERE dead_until IS NOT NULL;

-- How many live records an entity has. Kept with every change, because counting a million rows is slow.
CREATE TABLE gs_count (
  entity TEXT NOT NULL PRIMARY KEY,
  live   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The names of slices, once: shadows refer to them by number.
CREATE TABLE gs_slice_name (
  id    INTEGER PRIMARY KEY,
  flow  TEXT NOT NULL,
  slice TEXT NOT NULL,
  UNIQUE (flow, slice)
) STRICT;

-- What hub and endpoint last agreed on for a record, the narrow half: what the fast path compares for
-- each record of each page. Kept narrow on purpose: it is scanned in key order.
CREATE TABLE gs_shadow (
  flow    TEXT NOT NULL,
  key     TEXT NOT NULL,
  digest  BLOB NOT NULL,    -- of the remote's mapped fields when it was last taken in or written
  version TEXT NOT NULL,    -- as last seen
  deleted INTEGER NOT NULL, -- the remote's record is known to be gone
  slice   INTEGER NOT NULL, -- gs_slice_name: where it was last pulled
  base    INTEGER NOT NULL, -- gs_shadow_base
  PRIMARY KEY (flow, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX gs_shadow_slice ON gs_shadow (slice, deleted, key);

-- The wide half of a shadow: read only when a record has changed.
CREATE TABLE gs_shadow_base (
  id        INTEGER PRIMARY KEY,
  flow      TEXT NOT NULL,
  key       TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  base      TEXT NOT NULL,    -- canonical JSON of what both sides agreed on
  absences  INTEGER NOT NULL, -- complete slices in a row that lacked it
  sum       INTEGER NOT NULL  -- over both halves, but for slice and absences
) STRICT;
-- Where the endpoint's id is the key, the primary key of gs_shadow finds it.
CREATE INDEX gs_shadow_remote ON gs_shadow_base (flow, remote_id)
  WHERE remote_id <> '' AND remote_id <> key;
CREATE INDEX gs_shadow_absent ON gs_shadow_base (flow, key) WHERE absences > 0;

-- How far a slice has been read. The cursor moves once what it covers is applied, never before; what a rail
-- holds is read again.
CREATE TABLE gs_slice (
  flow        TEXT NOT NULL,
  slice       TEXT NOT NULL,
  cursor      TEXT NOT NULL,
  tag         TEXT NOT NULL,    -- entity tag of the whole, for conditional requests
  loaded      INTEGER NOT NULL, -- was complete once: from then on the inbox is used
  complete_at INTEGER,          -- end of the last complete pull that was applied
  count       INTEGER NOT NULL, -- records of the last that read everything
  PRIMARY KEY (flow, slice)
) STRICT, WITHOUT ROWID;

-- A remote change that waits for its slice to be complete and the rails to have looked. `run` read it last; a
-- later run applies it only when it reads it again. Empty: it came by no reading, and the next run takes it.
CREATE TABLE gs_inbox (
  flow        TEXT NOT NULL,
  key         TEXT NOT NULL,
  slice       TEXT NOT NULL,
  body        TEXT NOT NULL, -- canonical JSON of the remote's mapped fields; empty when it is gone
  remote_id   TEXT NOT NULL,
  version     TEXT NOT NULL,
  digest      BLOB NOT NULL,
  deleted     INTEGER NOT NULL, -- by marker
  absent      INTEGER NOT NULL, -- by proof of absence
  modified    INTEGER,
  received_at INTEGER NOT NULL,
  run         TEXT NOT NULL,
  sum         INTEGER NOT NULL,
  UNIQUE (flow, key)
) STRICT;
CREATE INDEX gs_inbox_slice ON gs_inbox (flow, slice, key);

-- What an endpoint lacks, and what became of it. The idempotency key and the payload are here before
-- the first byte leaves, and stay the same for every attempt.
CREATE TABLE gs_outbox (
  flow             TEXT NOT NULL,
  key              TEXT NOT NULL,
  state            TEXT NOT NULL, -- pending, in_flight, unknown, parked
  again            INTEGER NOT NULL,
  verb             TEXT NOT NULL,
  idempotency_key  TEXT NOT NULL,
  payload          TEXT NOT NULL,
  base             TEXT NOT NULL,
  digest           BLOB NOT NULL,
  batch            TEXT NOT NULL, -- what it goes out in with others; empty: by itself
  first_sent       INTEGER,       -- under this key: endpoints forget keys
  last_sent        INTEGER,
  sends            INTEGER NOT NULL,
  expected_version TEXT NOT NULL,
  attempts         INTEGER NOT NULL,
  created_at       INTEGER NOT NULL,
  not_before       INTEGER,
  error            TEXT NOT NULL,
  sum              INTEGER NOT NULL,
  UNIQUE (flow, key)
) STRICT;
CREATE INDEX gs_outbox_state ON gs_outbox (flow, state, created_at, key);
CREATE INDEX gs_outbox_batch ON gs_outbox (batch) WHERE batch <> '';

-- A field that both sides changed. Open ones wait for a person; settled ones keep the loser's value.
CREATE TABLE gs_conflict (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  flow          TEXT NOT NULL,
  entity        TEXT NOT NULL,
  key           TEXT NOT NULL,
  field         TEXT NOT NULL,
  base          TEXT NOT NULL,
  hub           TEXT NOT NULL,
  remote        TEXT NOT NULL,
  outcome       TEXT NOT NULL, -- open, hub, remote, merged
  rule          TEXT NOT NULL,
  winner        TEXT NOT NULL,
  run           TEXT NOT NULL,
  opened_at     INTEGER NOT NULL,
  settled_at    INTEGER,
  settled_by    TEXT NOT NULL,
  note          TEXT NOT NULL,
  hub_origin    TEXT NOT NULL,
  remote_origin TEXT NOT NULL,
  hub_at        INTEGER,       -- when the sides changed it, as they say
  remote_at     INTEGER,
  sum           INTEGER NOT NULL
) STRICT;
CREATE INDEX gs_conflict_record ON gs_conflict (entity, key);
CREATE INDEX gs_conflict_open ON gs_conflict (flow) WHERE outcome = 'open';
CREATE INDEX gs_conflict_settled ON gs_conflict (settled_at) WHERE settled_at IS NOT NULL;

-- What could not be used, kept whole with its reason, and replayable. The payload is a blob because it
-- is kept as it came, and what came may not be text.
CREATE TABLE gs_quarantine (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  flow       TEXT NOT NULL,
  entity     TEXT NOT NULL,
  key        TEXT NOT NULL, -- empty when it could not be read
  direction  TEXT NOT NULL, -- pull, push
  slice      TEXT NOT NULL,
  code       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  pointer    TEXT NOT NULL,
  payload    BLOB NOT NULL,
  digest     BLOB NOT NULL, -- of the payload: the same one again is one row
  waits_for  TEXT NOT NULL, -- "local_body/245101" when it only waits for that record
  run        TEXT NOT NULL,
  first_at   INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  state      TEXT NOT NULL, -- open, replayed, discarded, took_effect, no_effect
  settled_by TEXT NOT NULL,
  note       TEXT NOT NULL
) STRICT;
CREATE INDEX gs_quarantine_same ON gs_quarantine (flow, key, direction, digest)
  WHERE state = 'open';
CREATE INDEX gs_quarantine_waits ON gs_quarantine (waits_for, flow, first_at)
  WHERE waits_for <> '' AND state = 'open';
CREATE INDEX gs_quarantine_key ON gs_quarantine (key) WHERE key <> '';
CREATE INDEX gs_quarantine_settled ON gs_quarantine (last_at) WHERE state <> 'open';

-- The change log: one change of one record, with what it superseded. Rows are only added, and go when
-- their retention ends.
CREATE TABLE gs_change (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  entity   TEXT NOT NULL,
  key      TEXT NOT NULL,
  kind     TEXT NOT NULL, -- created, updated, deleted, restored
  fields   TEXT NOT NULL, -- JSON: field -> [before, after]; null for a creation
  origin   TEXT NOT NULL, -- endpoint name, or "local"
  actor    TEXT NOT NULL,
  run      TEXT NOT NULL,
  rule     TEXT NOT NULL,
  at       INTEGER NOT NULL,
  note     TEXT NOT NULL, -- the reason that the actor gave
  sum      INTEGER NOT NULL
) STRICT;
CREATE INDEX gs_change_record ON gs_change (entity, key);
CREATE INDEX gs_change_run ON gs_change (run) WHERE run <> '';

-- What a place was in one version of one listing. Rows are added and corrected; they outlive the place's
-- record, because records of old years refer to them.
CREATE TABLE gs_place (
  kind         TEXT NOT NULL,    -- entity
  code         TEXT NOT NULL,
  listing      TEXT NOT NULL,    -- what else is in the record's key; usually empty
  version      INTEGER NOT NULL, -- 0: the directory does not count
  minor        INTEGER NOT NULL, -- the directory's, or counted here where it says none
  body         TEXT NOT NULL,    -- canonical JSON: names and parents
  effective    TEXT NOT NULL,    -- day from which it holds; empty: nobody has said
  heard_at     INTEGER NOT NULL,
  corrected_at INTEGER,
  ended_at     INTEGER,          -- the directory lists it no more
  sum          INTEGER NOT NULL,
  PRIMARY KEY (kind, code, listing, version, minor)
) STRICT, WITHOUT ROWID;

-- One place took over from another, as one record says.
CREATE TABLE gs_succession (
  source     TEXT NOT NULL, -- "local_body/245301"
  from_kind  TEXT NOT NULL,
  from_code  TEXT NOT NULL,
  to_kind    TEXT NOT NULL,
  to_code    TEXT NOT NULL,
  extent     TEXT NOT NULL, -- full, part; empty: not said
  cause      TEXT NOT NULL, -- merge, split, rename, reparent, rural_to_urban; empty: not said
  effective  TEXT NOT NULL,
  order_no   TEXT NOT NULL,
  order_date TEXT NOT NULL,
  sum        INTEGER NOT NULL,
  PRIMARY KEY (source, from_kind, from_code, to_kind, to_code)
) STRICT, WITHOUT ROWID;
CREATE INDEX gs_succession_from ON gs_succession (from_kind, from_code);
CREATE INDEX gs_succession_to ON gs_succession (to_kind, to_code);

-- One execution of a flow.
CREATE TABLE gs_run (
  id          TEXT NOT NULL PRIMARY KEY,
  flow        TEXT NOT NULL,
  state       TEXT NOT NULL, -- running, done, partial, held, released, overtaken, failed, cancelled
  reason      TEXT NOT NULL,
  started_at  INTEGER NOT NULL,
  ended_at    INTEGER,
  counts      TEXT NOT NULL,
  plan        TEXT NOT NULL,
  certificate TEXT NOT NULL, -- canonical JSON, sealed
  differences TEXT NOT NULL, -- JSON: records on which the sides differ
  approved_by TEXT NOT NULL,
  asked_by    TEXT NOT NULL, -- a person; empty: the schedule
  hold        TEXT NOT NULL  -- JSON: of a held run, since when, who approved it, which run followed
) STRICT;
CREATE INDEX gs_run_started ON gs_run (started_at, id);
CREATE INDEX gs_run_flow ON gs_run (flow, started_at, id);

-- One record that a planned run would change. What was decided, and from what, is known by digests: when
-- the plan is applied, it is decided again and compared.
CREATE TABLE gs_planned (
  run      TEXT NOT NULL,    -- that made the plan
  key      TEXT NOT NULL,
  change   TEXT NOT NULL,    -- at the hub: create, update, delete, restore, keep; or empty
  verb     TEXT NOT NULL,    -- at the endpoint: create, update, remove; or empty
  revision INTEGER NOT NULL, -- of the hub's record; 0: there is none
  news     BLOB NOT NULL,
  shadow   BLOB NOT NULL,
  push     BLOB NOT NULL,    -- what would be sent
  digest   BLOB NOT NULL,    -- of all that, and of what was decided
  state    TEXT NOT NULL,    -- open, applied, done
  sum      INTEGER NOT NULL,
  PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;

-- What a run says about one record, or one field of it: that it was left and why, or that what was done
-- may not last.
CREATE TABLE gs_remark (
  id    INTEGER PRIMARY KEY,
  run   TEXT NOT NULL,
  key   TEXT NOT NULL,
  field TEXT NOT NULL, -- empty: the whole record
  left  INTEGER NOT NULL,
  why   TEXT NOT NULL,
  UNIQUE (run, key, field)
) STRICT;

-- The sync log, as `gramsetu logs` shows it.
CREATE TABLE gs_log (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  at     INTEGER NOT NULL,
  level  TEXT NOT NULL,
  event  TEXT NOT NULL,
  run    TEXT NOT NULL,
  flow   TEXT NOT NULL,
  text   TEXT NOT NULL,
  fields TEXT NOT NULL
) STRICT;
CREATE INDEX gs_log_run ON gs_log (run) WHERE run <> '';
CREATE INDEX gs_log_flow ON gs_log (flow) WHERE flow <> '';

-- Small texts by name: what endpoints and flows are like now.
CREATE TABLE gs_fact (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
