-- What the vault holds: value is encrypted with a key of its own, wrapped is that key encrypted with the master key whose
-- id is in master (both base64). owner is the user whose it is, or the VM; vm is null for a user's, and for a VM's the
-- same as owner: its rows' file holds it, and it goes with the VM. state is 'unchecked', 'valid', 'needs-sign-in' or
-- 'revoked', problem is why.
CREATE TABLE secrets (
  id        TEXT PRIMARY KEY,
  host      TEXT NOT NULL,
  kind      TEXT NOT NULL,
  owner     TEXT NOT NULL,
  vm        TEXT,
  provider  TEXT NOT NULL,
  name      TEXT NOT NULL,
  version   BIGINT NOT NULL,
  master    TEXT NOT NULL,
  wrapped   TEXT NOT NULL,
  value     TEXT NOT NULL,
  state     TEXT NOT NULL,
  problem   TEXT,
  expires   BIGINT,
  validated BIGINT,
  created   BIGINT NOT NULL,
  changed   BIGINT NOT NULL
);
CREATE UNIQUE INDEX secrets_name ON secrets (host, kind, owner, provider, name);
CREATE INDEX secrets_vm ON secrets (vm);
