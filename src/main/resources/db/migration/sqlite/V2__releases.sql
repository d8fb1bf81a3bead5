-- What of a VM outlives it and is asked for by release: who ran it, and how its creation ended ('ready', 'failed'; null
-- where nobody waited for its end).
ALTER TABLE vms ADD COLUMN release TEXT NOT NULL DEFAULT 'qemu';
ALTER TABLE vms ADD COLUMN outcome TEXT;
ALTER TABLE vms ADD COLUMN settled BIGINT;
CREATE INDEX vms_release ON vms (host, release, settled);

-- Firecracker releases that were added; the host's own QEMU has no row. accepted: what of its known vulnerabilities the
-- operator took upon himself, with blanks between the ids.
CREATE TABLE releases (
  host          TEXT NOT NULL,
  name          TEXT NOT NULL,
  version       TEXT NOT NULL,
  digest        TEXT NOT NULL,
  jailer_digest TEXT,
  source        TEXT NOT NULL,
  added         BIGINT NOT NULL,
  status        TEXT NOT NULL,
  reason        TEXT,
  checked       BIGINT,
  accepted      TEXT NOT NULL,
  PRIMARY KEY (host, name)
);

-- One row for each host: which release new VMs use, and which one did before. Failures count from 'since' on.
CREATE TABLE rollouts (
  host     TEXT PRIMARY KEY,
  current  TEXT NOT NULL,
  previous TEXT,
  since    BIGINT NOT NULL,
  revision BIGINT NOT NULL
);

-- A snapshot outlives its VM, so that what a restore needs stands here; bytes is null until it is whole.
CREATE TABLE snapshots (
  id      TEXT PRIMARY KEY,
  host    TEXT NOT NULL,
  vm      TEXT NOT NULL,
  owner   TEXT NOT NULL,
  spec    TEXT NOT NULL,
  image   TEXT NOT NULL,
  release TEXT NOT NULL,
  format  INTEGER NOT NULL,
  folder  TEXT NOT NULL,
  created BIGINT NOT NULL,
  bytes   BIGINT
);
CREATE INDEX snapshots_release ON snapshots (host, release);

ALTER TABLE events ADD COLUMN host TEXT NOT NULL DEFAULT 'local';
ALTER TABLE events ADD COLUMN kind TEXT NOT NULL DEFAULT 'note';
