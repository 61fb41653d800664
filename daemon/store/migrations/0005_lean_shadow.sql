-- Nearly always both sides agreed on the record as it stands. Then the record says what they agreed on, and the shadow
-- has no wide half: `base` is 0 where the remote's id is the key, -1 where it has none, and `sum` is over the whole
-- shadow, with that record's body for its base. Before the record changes, the shadow gets a wide half of its own.
ALTER TABLE gs_shadow ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
