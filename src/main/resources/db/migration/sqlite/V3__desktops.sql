-- What opens a VM's desktop. Only digests are stored. kind: 'ticket', used up by its one use, or 'page', a page's key.
CREATE TABLE desktop_grants (
  digest    TEXT PRIMARY KEY,
  host      TEXT NOT NULL,
  vm        TEXT NOT NULL,
  kind      TEXT NOT NULL,
  viewer    TEXT NOT NULL,
  view_only INTEGER NOT NULL,
  expires   BIGINT NOT NULL
);
CREATE INDEX desktop_grants_vm ON desktop_grants (host, vm);
CREATE INDEX desktop_grants_expires ON desktop_grants (host, expires);

-- Who looked at a VM's desktop, and when; outlives the VM. ended is null while it lasts.
CREATE TABLE desktop_views (
  id        INTEGER PRIMARY KEY,
  host      TEXT NOT NULL,
  vm        TEXT NOT NULL,
  viewer    TEXT NOT NULL,
  address   TEXT NOT NULL,
  view_only INTEGER NOT NULL,
  began     BIGINT NOT NULL,
  ended     BIGINT
);
CREATE INDEX desktop_views_vm ON desktop_views (host, vm);
