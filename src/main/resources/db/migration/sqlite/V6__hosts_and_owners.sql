-- A fact is one host's. The names of two had the host's in them; before this there was only the host 'local'.
CREATE TABLE facts_of_hosts (
  host  TEXT NOT NULL,
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (host, name)
);
INSERT INTO facts_of_hosts (host, name, value)
  SELECT 'local',
    CASE name WHEN 'conductor-local' THEN 'conductor' WHEN 'grants-boot-local' THEN 'grants-boot' ELSE name END,
    value
  FROM facts;
DROP TABLE facts;
ALTER TABLE facts_of_hosts RENAME TO facts;

-- An idempotency key is its owner's: two owners may use the same one. SQLite cannot drop the old UNIQUE of one column,
-- so that the table is made anew.
CREATE TABLE vms_of_owners (
  id              TEXT PRIMARY KEY,
  host            TEXT NOT NULL,
  owner           TEXT NOT NULL,
  spec            TEXT NOT NULL,
  image           TEXT NOT NULL,
  memory_mib      INTEGER NOT NULL,
  state           TEXT NOT NULL,
  step            TEXT NOT NULL,
  wish            TEXT NOT NULL,
  slot            INTEGER,
  machine         TEXT,
  launched        BIGINT,
  failure         TEXT,
  tries           INTEGER NOT NULL,
  wake_at         BIGINT,
  idempotency_key TEXT,
  request_digest  TEXT,
  created         BIGINT NOT NULL,
  changed         BIGINT NOT NULL,
  ready           BIGINT,
  expires         BIGINT,
  revision        BIGINT NOT NULL,
  release         TEXT NOT NULL,
  outcome         TEXT,
  settled         BIGINT,
  boot            TEXT,
  launched_steady BIGINT,
  expires_steady  BIGINT,
  wake_steady     BIGINT,
  restoring       TEXT
);
INSERT INTO vms_of_owners (id, host, owner, spec, image, memory_mib, state, step, wish, slot, machine, launched, failure,
    tries, wake_at, idempotency_key, request_digest, created, changed, ready, expires, revision, release, outcome,
    settled, boot, launched_steady, expires_steady, wake_steady, restoring)
  SELECT id, host, owner, spec, image, memory_mib, state, step, wish, slot, machine, launched, failure,
    tries, wake_at, idempotency_key, request_digest, created, changed, ready, expires, revision, release, outcome,
    settled, boot, launched_steady, expires_steady, wake_steady, restoring
  FROM vms;
DROP TABLE vms;
ALTER TABLE vms_of_owners RENAME TO vms;
CREATE INDEX vms_wake ON vms (host, wake_at);
CREATE INDEX vms_live ON vms (host, created DESC, id) WHERE state <> 'destroyed';
CREATE INDEX vms_created ON vms (host, created DESC, id);
CREATE INDEX vms_destroyed ON vms (host, changed) WHERE state = 'destroyed';
CREATE INDEX vms_outcome ON vms (host, release, outcome, settled);
CREATE UNIQUE INDEX vms_idempotency ON vms (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- Ids that the database gives, and never twice: whoever goes on after the last one it was given misses none. Events that
-- retention has taken away are still counted in the tallies.
CREATE TABLE numbered_events (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  at   BIGINT NOT NULL,
  vm   TEXT,
  text TEXT NOT NULL,
  host TEXT NOT NULL,
  kind TEXT NOT NULL
);
INSERT INTO numbered_events (id, at, vm, text, host, kind) SELECT id, at, vm, text, host, kind FROM events;
DROP TABLE events;
ALTER TABLE numbered_events RENAME TO events;
CREATE INDEX events_at ON events (host, at);
DELETE FROM sqlite_sequence WHERE name = 'events';
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'events', MAX(COALESCE((SELECT MAX(id) FROM events), 0),
    COALESCE((SELECT SUM(number) FROM tallies WHERE kind = 'event'), 0));

CREATE TABLE numbered_views (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  host      TEXT NOT NULL,
  vm        TEXT NOT NULL,
  viewer    TEXT NOT NULL,
  address   TEXT NOT NULL,
  view_only INTEGER NOT NULL,
  began     BIGINT NOT NULL,
  ended     BIGINT
);
INSERT INTO numbered_views (id, host, vm, viewer, address, view_only, began, ended)
  SELECT id, host, vm, viewer, address, view_only, began, ended FROM desktop_views;
DROP TABLE desktop_views;
ALTER TABLE numbered_views RENAME TO desktop_views;
CREATE INDEX desktop_views_vm ON desktop_views (host, vm);
CREATE INDEX desktop_views_ended ON desktop_views (host, ended);
