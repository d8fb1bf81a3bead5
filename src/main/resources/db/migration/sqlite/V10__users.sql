-- Users of VMs: labels and quota are JSON, state is 'active' or 'suspended'. Whoever has, or had, a VM is one.
CREATE TABLE users (
  id      TEXT PRIMARY KEY,
  labels  TEXT NOT NULL,
  quota   TEXT NOT NULL,
  state   TEXT NOT NULL,
  created BIGINT NOT NULL,
  changed BIGINT NOT NULL
);
INSERT INTO users (id, labels, quota, state, created, changed)
  SELECT owner, '{}', '{}', 'active', MIN(created), MIN(created) FROM vms WHERE purpose = 'user' GROUP BY owner;

-- What a token may do: role is 'admin', 'operator' or 'user', and owner whose VMs a user's token is for. The tokens of
-- earlier versions could do everything.
ALTER TABLE tokens ADD COLUMN role TEXT NOT NULL DEFAULT 'admin';
ALTER TABLE tokens ADD COLUMN owner TEXT;
ALTER TABLE tokens ADD COLUMN read_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tokens ADD COLUMN expires BIGINT;

-- When a token was used last. A table of its own: tokens are written to a file at each change, and this changes often.
CREATE TABLE token_uses (
  digest TEXT PRIMARY KEY,
  at     BIGINT NOT NULL
);

-- The token that made a ticket or a page's key, which ends with it; null where none of ours did.
ALTER TABLE desktop_grants ADD COLUMN token TEXT;

-- Who did what, from where, with what result: status is HTTP's, null while it is being done and where the daemon ended
-- meanwhile.
CREATE TABLE audit (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  host    TEXT NOT NULL,
  at      BIGINT NOT NULL,
  caller  TEXT NOT NULL,
  role    TEXT NOT NULL,
  owner   TEXT,
  address TEXT NOT NULL,
  method  TEXT NOT NULL,
  route   TEXT NOT NULL,
  target  TEXT NOT NULL,
  vm      TEXT,
  status  INTEGER
);
CREATE INDEX audit_at ON audit (host, at);
CREATE INDEX audit_owner ON audit (host, owner, id);
CREATE INDEX audit_vm ON audit (host, vm, id);
