-- Records by place, an index that is written for thousands of records at once: a page of records is of hundreds of places,
-- and each was a page of the index, which took a fifth of a first load. Records with numbers up to `upto` are in it; the
-- few that came later are looked through (daemon/store/sqlite/record_places.hpp).
DROP INDEX gs_record_place;
CREATE TABLE gs_record_place (
  entity INTEGER NOT NULL, -- gs_name
  place  TEXT NOT NULL,
  key    TEXT NOT NULL,
  PRIMARY KEY (entity, place, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE gs_record_placed (
  upto INTEGER NOT NULL -- one row
) STRICT;
INSERT INTO gs_record_place (entity, place, key)
  SELECT entity, place, key FROM gs_record WHERE place <> '' ORDER BY entity, place, key;
INSERT INTO gs_record_placed (upto) SELECT coalesce(max(id), 0) FROM gs_record;

CREATE TRIGGER gs_record_moved AFTER UPDATE OF place ON gs_record
WHEN old.id <= (SELECT upto FROM gs_record_placed)
BEGIN
  DELETE FROM gs_record_place WHERE entity = old.entity AND place = old.place AND key = old.key;
  INSERT INTO gs_record_place (entity, place, key) SELECT new.entity, new.place, new.key WHERE new.place <> '';
END;
CREATE TRIGGER gs_record_gone AFTER DELETE ON gs_record
BEGIN
  DELETE FROM gs_record_place WHERE entity = old.entity AND place = old.place AND key = old.key;
  -- Numbers from there on are given out again.
  UPDATE gs_record_placed SET upto = (SELECT coalesce(max(id), 0) FROM gs_record)
    WHERE upto > (SELECT coalesce(max(id), 0) FROM gs_record);
END;
