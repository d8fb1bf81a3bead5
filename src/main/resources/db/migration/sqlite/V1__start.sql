-- Portable between SQLite and PostgreSQL: TEXT, INTEGER, BIGINT; times are milliseconds after the epoch; JSON is TEXT.
CREATE TABLE vms (
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
  lease           TEXT,
  lease_until     BIGINT,
  idempotency_key TEXT UNIQUE,
  request_digest  TEXT,
  created         BIGINT NOT NULL,
  changed         BIGINT NOT NULL,
  ready           BIGINT,
  expires         BIGINT,
  revision        BIGINT NOT NULL
);
CREATE INDEX vms_wake ON vms (host, wake_at);

CREATE TABLE slots (
  host  TEXT NOT NULL,
  idx   INTEGER NOT NULL,
  state TEXT NOT NULL,
  vm    TEXT,
  PRIMARY KEY (host, idx)
);

CREATE TABLE events (
  id   INTEGER PRIMARY KEY,
  at   BIGINT NOT NULL,
  vm   TEXT,
  text TEXT NOT NULL
);

CREATE TABLE tokens (
  digest  TEXT PRIMARY KEY,
  name    TEXT NOT NULL,
  created BIGINT NOT NULL
);

CREATE TABLE facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
