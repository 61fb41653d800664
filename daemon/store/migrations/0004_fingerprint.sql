-- From here on `sum` is an XXH3 of the row, which costs a twentieth; sums of SHA-256 stay good until their row is
-- written again.

-- What the bytes are known by that the endpoint last sent for a record: the same bytes again need not be read.
-- Empty: nobody knows. It is in no checksum: a damaged one matches nothing, and the record is read.
ALTER TABLE gs_shadow ADD COLUMN fingerprint BLOB NOT NULL DEFAULT x'';
ALTER TABLE gs_inbox ADD COLUMN fingerprint BLOB NOT NULL DEFAULT x'';
