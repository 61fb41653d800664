-- Records in the order in which they last changed: what other hubs and applications follow.
CREATE INDEX gs_record_feed ON gs_record (entity, sequence);
