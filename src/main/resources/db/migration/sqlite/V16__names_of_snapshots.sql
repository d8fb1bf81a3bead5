-- A snapshot's name is its owner's: two owners may use the same one, and neither learns of the other's. SQLite cannot
-- change a primary key, so that the table is made anew.
CREATE TABLE snapshots_of_owners (
  id      TEXT NOT NULL,
  host    TEXT NOT NULL,
  vm      TEXT NOT NULL,
  owner   TEXT NOT NULL,
  spec    TEXT NOT NULL,
  image   TEXT NOT NULL,
  release TEXT NOT NULL,
  format  INTEGER NOT NULL,
  folder  TEXT NOT NULL,
  created BIGINT NOT NULL,
  bytes   BIGINT,
  digest  TEXT,
  PRIMARY KEY (host, owner, id)
);
INSERT INTO snapshots_of_owners (id, host, vm, owner, spec, image, release, format, folder, created, bytes, digest)
  SELECT id, host, vm, owner, spec, image, release, format, folder, created, bytes, digest FROM snapshots;
DROP TABLE snapshots;
ALTER TABLE snapshots_of_owners RENAME TO snapshots;
CREATE INDEX snapshots_release ON snapshots (host, release);
