-- Most records have one change, their creation, so that the index of changes by record was an entry for each record, and
-- a change here and there a page of it. Now a record says which its creation is, and the index has what came later.
-- Creations of before stay in it.
ALTER TABLE gs_change ADD COLUMN listed INTEGER NOT NULL DEFAULT 1; -- 0: its record's `created` says it
ALTER TABLE gs_record ADD COLUMN created INTEGER NOT NULL DEFAULT 0; -- in gs_change, not listed there; 0: it is listed
DROP INDEX gs_change_record;
CREATE INDEX gs_change_record ON gs_change (entity, key) WHERE listed = 1;
