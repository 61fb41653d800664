-- The first schema of the hub's store in PostgreSQL. All of it lies in the schema `gramsetu`, tables named
-- gs_*, so that each entity's plain view can have the entity's own name. Times are milliseconds since 1970.
-- `sum` is the head of a SHA-256 over the row: no database sees a changed digit in a body, this does.
-- Texts that serve for order are compared byte by byte ("C"), as the hub compares them. Bytes that no UTF-8
-- text can have stand as characters from U+10FF00 on (daemon/store/postgresql/text_code.hpp).

-- One record of one entity: what the hub holds to be true. A deleted one stays as a tombstone until
-- `dead_until`, so that stale data cannot bring it back. Each entity has a partition of its own, which is made
-- when the hub that knows it opens the store: every question but one is about one entity.
CREATE TABLE gs_record (
  entity     text COLLATE "C" NOT NULL,
  key        text COLLATE "C" NOT NULL,
  body       text NOT NULL,             -- canonical JSON; of a tombstone: what it was
  origin     text NOT NULL,             -- JSON: who set each field, when, by which rule and run
  place      text COLLATE "C" NOT NULL, -- LGD code, or empty
  revision   bigint NOT NULL,           -- counts the record's changes from 1
  sequence   bigint NOT NULL,           -- of its newest row in gs_change
  deleted    boolean NOT NULL,
  changed_at bigint NOT NULL,
  dead_until bigint,
  sum        bigint NOT NULL,
  PRIMARY KEY (entity, key)
) PARTITION BY LIST (entity);
CREATE TABLE gs_record_other PARTITION OF gs_record DEFAULT;
CREATE INDEX gs_record_place ON gs_record (entity, place, key) WHERE place <> '';
CREATE INDEX gs_record_dead ON gs_record (dead_until) WHERE dead_until IS NOT NULL;
-- Records in the order in which they last changed: what other hubs and applications follow.
CREATE INDEX gs_record_feed ON gs_record (entity, sequence);

-- How many live records an entity has. Kept with every change, because counting a million rows is slow.
CREATE TABLE gs_count (
  entity text COLLATE "C" NOT NULL PRIMARY KEY,
  live   bigint NOT NULL
);

-- The newest numbers that were given out. They only grow, also when rows go.
CREATE TABLE gs_head (
  name   text COLLATE "C" NOT NULL PRIMARY KEY, -- change, conflict, quarantine, log
  number bigint NOT NULL
);

-- The names of slices, once: shadows refer to them by number.
CREATE TABLE gs_slice_name (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  flow  text COLLATE "C" NOT NULL,
  slice text COLLATE "C" NOT NULL,
  UNIQUE (flow, slice)
);

-- What hub and endpoint last agreed on for a record. Each flow has a partition of its own, which is made with
-- the name of its first slice: every question is about one flow.
CREATE TABLE gs_shadow (
  flow      text COLLATE "C" NOT NULL,
  key       text COLLATE "C" NOT NULL,
  slice     bigint NOT NULL,           -- gs_slice_name: where it was last pulled
  remote_id text COLLATE "C" NOT NULL,
  digest    bytea NOT NULL,            -- of the remote's mapped fields when it was last taken in or written
  version   text NOT NULL,             -- as last seen
  deleted   boolean NOT NULL,          -- the remote's record is known to be gone
  base      text NOT NULL,             -- canonical JSON of what both sides agreed on
  absences  bigint NOT NULL,           -- complete slices in a row that lacked it
  fingerprint bytea NOT NULL,          -- of the bytes that the endpoint last sent; empty: nobody knows them
  sum       bigint NOT NULL,           -- over all but slice, absences and fingerprint
  PRIMARY KEY (flow, key)
) PARTITION BY LIST (flow);
CREATE TABLE gs_shadow_other PARTITION OF gs_shadow DEFAULT;
CREATE INDEX gs_shadow_slice ON gs_shadow (slice, deleted, key);
-- Where the endpoint's id is the key, the primary key finds it.
CREATE INDEX gs_shadow_remote ON gs_shadow (flow, remote_id)
  WHERE remote_id <> '' AND remote_id <> key;
CREATE INDEX gs_shadow_absent ON gs_shadow (flow, key) WHERE absences > 0;

-- How far a slice has been read. The cursor moves once what it covers is applied, never before; what a rail
-- holds is read again.
CREATE TABLE gs_slice (
  flow        text COLLATE "C" NOT NULL,
  slice       text COLLATE "C" NOT NULL,
  cursor      text NOT NULL,
  tag         text NOT NULL,    -- entity tag of the whole, for conditional requests
  loaded      boolean NOT NULL, -- was complete once: from then on the inbox is used
  complete_at bigint,           -- end of the last complete pull that was applied
  count       bigint NOT NULL,  -- records of the last that read everything
  PRIMARY KEY (flow, slice)
);

-- A remote change that waits for its slice to be complete and the rails to have looked. `run` read it last; a
-- later run applies it only when it reads it again. Empty: it came by no reading, and the next run takes it.
CREATE TABLE gs_inbox (
  flow        text COLLATE "C" NOT NULL,
  key         text COLLATE "C" NOT NULL,
  slice       text COLLATE "C" NOT NULL,
  body        text NOT NULL, -- canonical JSON of the remote's mapped fields; empty when it is gone
  remote_id   text NOT NULL,
  version     text NOT NULL,
  digest      bytea NOT NULL,
  deleted     boolean NOT NULL, -- by marker
  absent      boolean NOT NULL, -- by proof of absence
  modified    bigint,
  received_at bigint NOT NULL,
  run         text NOT NULL,
  fingerprint bytea NOT NULL, -- of the bytes that it came in, or empty
  sum         bigint NOT NULL,
  PRIMARY KEY (flow, key)
);
CREATE INDEX gs_inbox_slice ON gs_inbox (flow, slice, key);

-- What an endpoint lacks, and what became of it. The idempotency key and the payload are here before
-- the first byte leaves, and stay the same for every attempt.
CREATE TABLE gs_outbox (
  flow             text COLLATE "C" NOT NULL,
  key              text COLLATE "C" NOT NULL,
  state            text NOT NULL, -- pending, in_flight, unknown, parked
  again            boolean NOT NULL,
  verb             text NOT NULL,
  idempotency_key  text NOT NULL,
  payload          text NOT NULL,
  base             text NOT NULL,
  digest           bytea NOT NULL,
  batch            text NOT NULL, -- what it goes out in with others; empty: by itself
  first_sent       bigint,        -- under this key: endpoints forget keys
  last_sent        bigint,
  sends            bigint NOT NULL,
  expected_version text NOT NULL,
  attempts         bigint NOT NULL,
  created_at       bigint NOT NULL,
  not_before       bigint,
  error            text NOT NULL,
  sum              bigint NOT NULL,
  PRIMARY KEY (flow, key)
);
CREATE INDEX gs_outbox_state ON gs_outbox (flow, state, created_at, key);
CREATE INDEX gs_outbox_batch ON gs_outbox (batch) WHERE batch <> '';

-- A field that both sides changed. Open ones wait for a person; settled ones keep the loser's value.
CREATE TABLE gs_conflict (
  id            bigint PRIMARY KEY,
  flow          text COLLATE "C" NOT NULL,
  entity        text COLLATE "C" NOT NULL,
  key           text COLLATE "C" NOT NULL,
  field         text COLLATE "C" NOT NULL,
  base          text NOT NULL,
  hub           text NOT NULL,
  remote        text NOT NULL,
  outcome       text NOT NULL, -- open, hub, remote, merged
  rule          text COLLATE "C" NOT NULL,
  winner        text NOT NULL,
  run           text NOT NULL,
  opened_at     bigint NOT NULL,
  settled_at    bigint,
  settled_by    text NOT NULL,
  note          text NOT NULL,
  hub_origin    text NOT NULL,
  remote_origin text NOT NULL,
  hub_at        bigint,       -- when the sides changed it, as they say
  remote_at     bigint,
  sum           bigint NOT NULL
);
CREATE INDEX gs_conflict_record ON gs_conflict (entity, key);
CREATE INDEX gs_conflict_open ON gs_conflict (flow) WHERE outcome = 'open';
CREATE INDEX gs_conflict_settled ON gs_conflict (settled_at) WHERE settled_at IS NOT NULL;

-- What could not be used, kept whole with its reason, and replayable. The payload is kept as it came, and what
-- came may not be text.
CREATE TABLE gs_quarantine (
  id         bigint PRIMARY KEY,
  flow       text COLLATE "C" NOT NULL,
  entity     text COLLATE "C" NOT NULL,
  key        text COLLATE "C" NOT NULL, -- empty when it could not be read
  direction  text NOT NULL, -- pull, push
  slice      text NOT NULL,
  code       text NOT NULL,
  reason     text NOT NULL,
  pointer    text NOT NULL,
  payload    bytea NOT NULL,
  digest     bytea NOT NULL, -- of the payload: the same one again is one row
  waits_for  text COLLATE "C" NOT NULL, -- "local_body/245101" when it only waits for that record
  run        text NOT NULL,
  first_at   bigint NOT NULL,
  last_at    bigint NOT NULL,
  attempts   bigint NOT NULL,
  state      text NOT NULL, -- open, replayed, discarded, took_effect, no_effect
  settled_by text NOT NULL,
  note       text NOT NULL
);
CREATE INDEX gs_quarantine_same ON gs_quarantine (flow, key, direction, digest)
  WHERE state = 'open';
CREATE INDEX gs_quarantine_waits ON gs_quarantine (waits_for, flow, first_at)
  WHERE waits_for <> '' AND state = 'open';
CREATE INDEX gs_quarantine_key ON gs_quarantine (key) WHERE key <> '';
CREATE INDEX gs_quarantine_settled ON gs_quarantine (last_at) WHERE state <> 'open';

-- The change log: one change of one record, with what it superseded. Rows are only added, and go when their
-- retention ends. Partitioned as the records are, so that both of an entity can be kept, moved or dropped as one.
CREATE TABLE gs_change (
  sequence bigint NOT NULL,
  entity   text COLLATE "C" NOT NULL,
  key      text COLLATE "C" NOT NULL,
  kind     text NOT NULL, -- created, updated, deleted, restored
  fields   text NOT NULL, -- JSON: field -> [before, after]; null for a creation
  origin   text NOT NULL, -- endpoint name, or "local"
  actor    text NOT NULL,
  run      text COLLATE "C" NOT NULL,
  rule     text NOT NULL,
  at       bigint NOT NULL,
  note     text NOT NULL, -- the reason that the actor gave
  sum      bigint NOT NULL,
  PRIMARY KEY (sequence, entity)
) PARTITION BY LIST (entity);
CREATE TABLE gs_change_other PARTITION OF gs_change DEFAULT;
CREATE INDEX gs_change_record ON gs_change (entity, key);
CREATE INDEX gs_change_run ON gs_change (run) WHERE run <> '';

-- What a place was in one version of one listing. Rows are added and corrected; they outlive the place's
-- record, because records of old years refer to them.
CREATE TABLE gs_place (
  kind         text COLLATE "C" NOT NULL, -- entity
  code         text COLLATE "C" NOT NULL,
  listing      text COLLATE "C" NOT NULL, -- what else is in the record's key; usually empty
  version      bigint NOT NULL, -- 0: the directory does not count
  minor        bigint NOT NULL, -- the directory's, or counted here where it says none
  body         text NOT NULL,   -- canonical JSON: names and parents
  effective    text NOT NULL,   -- day from which it holds; empty: nobody has said
  heard_at     bigint NOT NULL,
  corrected_at bigint,
  ended_at     bigint,          -- the directory lists it no more
  sum          bigint NOT NULL,
  PRIMARY KEY (kind, code, listing, version, minor)
);

-- One place took over from another, as one record says.
CREATE TABLE gs_succession (
  source     text COLLATE "C" NOT NULL, -- "local_body/245301"
  from_kind  text COLLATE "C" NOT NULL,
  from_code  text COLLATE "C" NOT NULL,
  to_kind    text COLLATE "C" NOT NULL,
  to_code    text COLLATE "C" NOT NULL,
  extent     text NOT NULL, -- full, part; empty: not said
  cause      text NOT NULL, -- merge, split, rename, reparent, rural_to_urban; empty: not said
  effective  text NOT NULL,
  order_no   text NOT NULL,
  order_date text NOT NULL,
  sum        bigint NOT NULL,
  PRIMARY KEY (source, from_kind, from_code, to_kind, to_code)
);
CREATE INDEX gs_succession_from ON gs_succession (from_kind, from_code);
CREATE INDEX gs_succession_to ON gs_succession (to_kind, to_code);

-- One execution of a flow.
CREATE TABLE gs_run (
  id          text COLLATE "C" NOT NULL PRIMARY KEY,
  flow        text COLLATE "C" NOT NULL,
  state       text NOT NULL, -- running, done, partial, held, released, overtaken, failed, cancelled
  reason      text NOT NULL,
  started_at  bigint NOT NULL,
  ended_at    bigint,
  counts      text NOT NULL,
  plan        text NOT NULL,
  certificate text NOT NULL, -- canonical JSON, sealed
  differences text NOT NULL, -- JSON: records on which the sides differ
  approved_by text NOT NULL,
  asked_by    text NOT NULL, -- a person; empty: the schedule
  hold        text NOT NULL  -- JSON: of a held run, since when, who approved it, which run followed
);
CREATE INDEX gs_run_started ON gs_run (started_at, id);
CREATE INDEX gs_run_flow ON gs_run (flow, started_at, id);

-- One record that a planned run would change. What was decided, and from what, is known by digests: when
-- the plan is applied, it is decided again and compared.
CREATE TABLE gs_planned (
  run      text COLLATE "C" NOT NULL, -- that made the plan
  key      text COLLATE "C" NOT NULL,
  change   text NOT NULL,   -- at the hub: create, update, delete, restore, keep; or empty
  verb     text NOT NULL,   -- at the endpoint: create, update, remove; or empty
  revision bigint NOT NULL, -- of the hub's record; 0: there is none
  news     bytea NOT NULL,
  shadow   bytea NOT NULL,
  push     bytea NOT NULL,  -- what would be sent
  digest   bytea NOT NULL,  -- of all that, and of what was decided
  state    text NOT NULL,   -- open, applied, done
  sum      bigint NOT NULL,
  PRIMARY KEY (run, key)
);

-- What a run says about one record, or one field of it: that it was left and why, or that what was done
-- may not last.
CREATE TABLE gs_remark (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run      text COLLATE "C" NOT NULL,
  key      text COLLATE "C" NOT NULL,
  field    text COLLATE "C" NOT NULL, -- empty: the whole record
  was_left boolean NOT NULL,
  why      text NOT NULL,
  UNIQUE (run, key, field)
);

-- The sync log, as `gramsetu logs` shows it.
CREATE TABLE gs_log (
  id     bigint PRIMARY KEY,
  at     bigint NOT NULL,
  level  text NOT NULL,
  event  text NOT NULL,
  run    text COLLATE "C" NOT NULL,
  flow   text COLLATE "C" NOT NULL,
  text   text NOT NULL,
  fields text NOT NULL
);
CREATE INDEX gs_log_run ON gs_log (run) WHERE run <> '';
CREATE INDEX gs_log_flow ON gs_log (flow) WHERE flow <> '';

-- Small texts by name: what endpoints and flows are like now.
CREATE TABLE gs_fact (
  name  text COLLATE "C" NOT NULL PRIMARY KEY,
  value text NOT NULL
);

-- Fields of one record that a person had erased, and that are not taken in again until the mark is lifted.
CREATE TABLE gs_erasure (
  entity text COLLATE "C" NOT NULL,
  key    text COLLATE "C" NOT NULL,
  fields text NOT NULL, -- names, by blanks
  hashes text NOT NULL, -- JSON: field -> keyed hash; the key is not in the store
  at     bigint NOT NULL,
  by     text NOT NULL,
  note   text NOT NULL,
  PRIMARY KEY (entity, key)
);

-- One removal: an erasure, its end, or what retention took. The account is kept; it holds no value.
CREATE TABLE gs_removal (
  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at     bigint NOT NULL,
  kind   text NOT NULL, -- erasure, lifted, retention
  entity text NOT NULL,
  key    text NOT NULL,
  rule   text NOT NULL,
  counts text NOT NULL, -- JSON: where -> how many
  by     text NOT NULL,
  note   text NOT NULL,
  before bigint         -- what is older than that is gone
);

-- What the present pull of a snapshot slice has seen. Of one process: emptied when the store is opened. The
-- server may lose it when it crashes, and then this process ends, too.
CREATE UNLOGGED TABLE gs_seen (
  slice bigint NOT NULL,
  key   text COLLATE "C" NOT NULL,
  PRIMARY KEY (slice, key)
);

-- What the present comparison of a flow has gathered. Likewise.
CREATE UNLOGGED TABLE gs_twin (
  flow     text COLLATE "C" NOT NULL,
  key      text COLLATE "C" NOT NULL,
  slice    text NOT NULL,
  there    boolean NOT NULL,
  left_out boolean NOT NULL,
  differs  boolean NOT NULL,
  digest   bytea NOT NULL,
  theirs   text NOT NULL,
  ours     text NOT NULL,
  PRIMARY KEY (flow, key)
);

-- What a JSON text has at a path, as text; nothing when it has nothing there or is no JSON.
CREATE FUNCTION gs_text_at(body text, path text[]) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN body::json #>> path;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END $$;
