-- Disks of users' own that outlive VMs. A row is there before its file and goes after it; vm is the one VM that has it.
CREATE TABLE volumes (
  id      TEXT PRIMARY KEY,
  host    TEXT NOT NULL,
  owner   TEXT NOT NULL,
  name    TEXT NOT NULL,
  bytes   BIGINT NOT NULL,
  state   TEXT NOT NULL,
  vm      TEXT,
  created BIGINT NOT NULL
);
CREATE UNIQUE INDEX volumes_name ON volumes (host, owner, name);
CREATE INDEX volumes_vm ON volumes (vm) WHERE vm IS NOT NULL;
