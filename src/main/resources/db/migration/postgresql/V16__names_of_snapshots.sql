-- A snapshot's name is its owner's: two owners may use the same one, and neither learns of the other's.
ALTER TABLE snapshots DROP CONSTRAINT snapshots_pkey;
ALTER TABLE snapshots ADD PRIMARY KEY (host, owner, id);
ALTER TABLE snapshots ALTER COLUMN owner TYPE TEXT COLLATE "C";
