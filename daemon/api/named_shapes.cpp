// What the answers look like that several routes give; an answer with a shape of its own has it in its row.
#include "daemon/api/named_shapes.hpp"

namespace gramsetu::api {

const std::string_view kNamedShapes = R"(
# RFC 9457. `instance` names the request, for whoever looks into the log.
Problem: { type: text, status: integer, title: text, detail~: text, instance~: text }

Status:
  hub: text
  time: time
  flows: [Flow]
  endpoints: [Endpoint]
  records: { "*": integer }
  held: integer
  conflicts: integer
  quarantined: integer
  exceptions: integer
  unknown: integer
  oldest_unknown: time~
  left: [{ flow: text, pending: integer, unknown: integer, inbox: integer, conflicts: integer,
           quarantined: integer }]
  backup: Backup~
  rewind: Rewind~
  audit: Audit
  stale_since~: time
Backup: { file~: text, at~: time, age_seconds~: integer, bytes~: integer, seconds~: integer,
          encrypted~: flag, documents~: integer, failed_at~: time, failed_file~: text,
          failure~: text }
Rewind: { since: time, cause: text, changes_missing: integer, last_change: integer }
Removal: { id: integer, at: time, kind: erasure|lifted|retention, entity: text, key: text,
           rule: text, removed: object, before: time~, by: text, note: text }
Audit: { state: good|AUDIT_BLOCKED, reason~: text, since~: time~, waiting~: integer }
Flow:
  flow: text
  entity: text
  endpoint: text
  direction: text
  schedule: text
  state: idle|waiting|running|held|failed|aside
  fresh_at: time~
  age_seconds~: integer
  aside_until~: time
  last_run: Run~
  held_run: HeldRun~
  pending: integer
  unknown: integer
  parked: integer
  inbox: integer
  conflicts: integer
  quarantined: integer
  exceptions: integer
  oldest_pending: time~
  oldest_unknown: time~
HeldRun: { run: text, reason: text, hold: Hold~ }
Endpoint:
  endpoint: text
  connector: text
  role: text
  state: up|down
  down_since~: time
  reason~: text
  clock_doubt_ms: integer
  clock_ahead_ms~: integer
  clock_error_ms~: integer
  clock_off~: flag
  our_certificate_until~: time
  our_certificate_days~: integer
  their_certificate_until~: time
  their_certificate_days~: integer

# Of one that waits or goes on there is `kind` and `progress`; the rest comes with its end. The counts are
# those of its last log line; a certificate is what docs/certificate.md says.
Run:
  run: text
  flow: text
  state: waiting|running|done|partial|held|failed|cancelled|released|overtaken
  started_at: time~
  kind~: sync|plan|verify|repair|apply|undo
  progress~: { stage: text, slice: text, slice_index: integer, slice_count: integer,
               records: integer, expected~: integer }
  reason~: text
  ended_at~: time~
  asked_by~: text
  approved_by~: text
  hold~: Hold~
  counts~: Counts~
  plan~: any
  certificate~: object~
  differences~: any
Counts: { kind: text, "*": integer }
Hold:
  since: time
  rails: [text]
  records: integer
  more_slices: integer
  needs: integer
  approvals: [{ by: text, at: time, note: text, run: text, until: time }]
  found: { "*": integer }
  followed_by: text
Ticket: { run: text, flow: text, state: text }

# A change that was planned, as a plan's file has it; the second half is there while it would still come to
# the same.
PlannedChange:
  key: text
  change: text
  push: text
  revision: integer
  news~: text
  shadow~: text
  sends~: text
  digest~: text
  state: text
  moved: flag
  reason~: text
  fields~: [{ field: text, before: any, after: any, rule: text }]
  disputes~: [{ field: text, base: any, ours: any, theirs: any, outcome: text, rule: text }]
  push_fields~: [text]

Record:
  key: text
  revision: integer
  deleted: flag
  place: text
  changed_at: time~
  record: object
Edited: { key: text, revision: integer, changed: flag }
FeedItem:
  _key: text
  _revision: integer
  _sequence: integer
  _changed_at: time~
  _deleted: flag
  "*": any
# `fields` has [before, after] by field; a personal or financial one is masked unless unmasked by right.
Change:
  sequence: integer
  entity: text
  key: text
  kind: text
  fields: any
  origin: text
  actor: text
  note: text
  run: text
  rule: text
  at: time~
Changes: { changes: [Change], after: integer }
Line: { key: text, record: object }
Lines: { records: [Line], next: text~ }
AuditHead: { at: time, format: integer, hash, hub, key, sequence: integer, signature }
LogEntry: { id: integer, at: time~, level: text, event: text, text: text, fields: object }

Conflict:
  id: integer
  flow: text
  entity: text
  key: text
  field: text
  base: any
  ours: any
  theirs: any
  ours_from: text
  ours_at: time~
  theirs_from: text
  theirs_at: time~
  outcome: text
  rule: text
  winner: any
  run: text
  opened_at: time~
  settled_at: time~
  settled_by: text
  note: text
  also_open~: [integer]
  proposal~: { by: text, at: time~, choice: text, note: text }
ConflictGroup:
  count: integer
  flow: text
  entity: text
  field: text
  rule: text
  runs: integer
  first_at: time~
  last_at: time~
  sample: integer
Exception:
  conflict: integer~
  quarantine: integer~
  book: text
  entity: text
  key: text
  field: text
  closed_with: any
  came: any
  from: text
  flow: text
  run: text
  at: time~
  state: open|settled
  now: any
  settled_at: time~
  settled_by: text
  note: text
Parked:
  id: integer
  flow: text
  entity: text
  key: text
  direction: text
  slice: text
  code: text
  reason: text
  pointer: text
  payload: text
  waits_for: text
  run: text
  first_at: time~
  last_at: time~
  attempts: integer
  state: text
  settled_by: text
  note: text
  outcome~: Outcome
  proposal~: { by: text, at: time~, choice: text, note: text }
  waiting~: { count: integer, more: flag, records: [{ id: integer, flow: text, key: text }] }
Outcome:
  sent: { verb: text, idempotency_key: text, first_at: time~, last_at: time~, times: integer,
          record: any }
  shown: { at: time~, what: text }
  readings: [{ outcome: text, means: text, then: text }]

Origin:
  from: text
  role~: text
  at: time~
  changed_at~: time~
  clock_doubt_ms~: integer
  rule: text
  run: text
  actor: text
  note: text
Why:
  entity: text
  key: text
  revision: integer
  deleted: flag
  deletion~: Origin
  fields: [WhyField]
WhyField:
  field: text
  value: any
  from~: text
  role~: text
  at~: time~
  changed_at~: time~
  clock_doubt_ms~: integer
  rule: text
  run~: text
  actor~: text
  note~: text
  decided: Decided~
  losing: [Loser]
  items~: [object]
  earlier~: [{ value: any, replaced: Origin }]
Decided: { by: text, note: text, at: time~, conflict: integer }
Loser:
  conflict: integer
  outcome: text
  value: any
  from: text
  changed_at: time~
  rule: text
  run: text
  at: time~
  settled_by: text
  settled_at: time~
  note: text

Stream:
  stream: text
  entity: text
  creates: flag
  updates: flag
  deletes: flag
  probes: flag
  if_version: flag
  idempotent: flag
  batch_max: integer
Connector:
  endpoint: text
  connector: text
  title: text
  transport: text
  role: text
  address: text
  streams: [Stream]
Reached:
  endpoint: text
  reachable: flag
  text: text
  kind~: text
  clock_doubt_ms: integer
  clock_ahead_ms~: integer
  clock_error_ms~: integer
  clock_off~: flag
Look:
  endpoint: text
  stream: text
  slice: text
  reachable: flag
  text~: text
  records~: integer
  deleted~: integer
  quarantined~: integer
  last_page~: flag
  keys~: [text]
  misfits~: [{ pointer: text, code: text, text: text }]
  unknown_fields~: [text]
  clock_doubt_ms: integer
  clock_ahead_ms~: integer
  clock_error_ms~: integer
  clock_off~: flag

Place:
  kind: text
  code: text
  versions: [PlaceVersion]
  replaces: [Succession]
  replaced_by: [Succession]
  today: [text]
  records: { "*": integer }
PlaceVersion:
  version: integer
  listing: text
  from: text
  until: text
  names: { "*": text }
  parents: { "*": text }
  became: [rename|reparent]
  corrected: flag
  ended: flag
Succession: { kind: text, code: text, extent: text, cause: text, effective_date: text,
              order_number: text, order_date: text, said_by: text }
CountRow: { group: text, name: text, records: integer, sum~: integer }
)";

} // namespace gramsetu::api
