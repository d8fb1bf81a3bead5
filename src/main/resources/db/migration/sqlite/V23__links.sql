-- Links to ports of guests: digest is that of the secret, token that of the token that made it and that it ends with
-- (null for none), creator the name of that token; times are of the wall clock, so that a link outlives a reboot.
CREATE TABLE links (
  id      TEXT PRIMARY KEY,
  host    TEXT NOT NULL,
  vm      TEXT NOT NULL,
  port    INTEGER NOT NULL,
  digest  TEXT NOT NULL,
  creator TEXT NOT NULL,
  token   TEXT,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE UNIQUE INDEX links_digest ON links (digest);
CREATE INDEX links_vm ON links (host, vm);
