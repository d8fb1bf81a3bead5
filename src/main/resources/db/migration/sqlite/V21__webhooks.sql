-- Who is told of events: secret is what deliveries are signed with, kinds are words with commas between them (empty for
-- all), owner is whose events alone it gets, state is 'active' or 'disabled'.
CREATE TABLE webhooks (
  id      TEXT PRIMARY KEY,
  host    TEXT NOT NULL,
  url     TEXT NOT NULL,
  secret  TEXT NOT NULL,
  kinds   TEXT NOT NULL,
  owner   TEXT,
  state   TEXT NOT NULL,
  created BIGINT NOT NULL
);

-- Up to which event a webhook has its deliveries, and since when all of them have failed (null for not). A table of its
-- own: webhooks are written to a file at each change, and this changes often.
CREATE TABLE webhook_positions (
  webhook       TEXT PRIMARY KEY,
  host          TEXT NOT NULL,
  event         BIGINT NOT NULL,
  failing_since BIGINT
);

-- What is to be delivered, and what came of it: state is 'pending', 'delivered' or 'failed'; next_at is when it is tried
-- next; status is HTTP's, null where there was no answer.
CREATE TABLE webhook_deliveries (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  host    TEXT NOT NULL,
  webhook TEXT NOT NULL,
  event   BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  body    TEXT NOT NULL,
  state   TEXT NOT NULL,
  tries   INTEGER NOT NULL,
  next_at BIGINT NOT NULL,
  status  INTEGER,
  error   TEXT,
  changed BIGINT NOT NULL
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, state, next_at);
CREATE INDEX webhook_deliveries_changed ON webhook_deliveries (host, state, changed);
