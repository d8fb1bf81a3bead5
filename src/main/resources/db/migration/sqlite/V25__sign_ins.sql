-- Sign-ins: a user signs a tool in, in a VM that exists for it. state is where it stands, method which of the provider's
-- ways, holder whose desktop it is ('user' or 'operator'), link and paste_link the provider's page, code what is typed
-- there, port where the tool listens for the page's way back; all four are forgotten with its end. deadline is when it is
-- over at the latest, seen when its user was last heard of, ended null while it is under way: of these there is one for
-- each user, provider and name.
CREATE TABLE sign_ins (
  id         TEXT PRIMARY KEY,
  host       TEXT NOT NULL,
  owner      TEXT NOT NULL,
  provider   TEXT NOT NULL,
  name       TEXT NOT NULL,
  method     INTEGER NOT NULL,
  elsewhere  INTEGER NOT NULL,
  state      TEXT NOT NULL,
  holder     TEXT NOT NULL,
  caller     TEXT NOT NULL,
  vm         TEXT,
  link       TEXT,
  paste_link TEXT,
  code       TEXT,
  port       INTEGER,
  problem    TEXT,
  credential TEXT,
  version    BIGINT,
  created    BIGINT NOT NULL,
  changed    BIGINT NOT NULL,
  seen       BIGINT NOT NULL,
  deadline   BIGINT NOT NULL,
  ended      BIGINT
);
CREATE UNIQUE INDEX sign_ins_active ON sign_ins (host, owner, provider, name) WHERE ended IS NULL;
CREATE INDEX sign_ins_vm ON sign_ins (host, vm);

-- What happened in a sign-in, numbered from 1: kind is a state or what else was done, caller who did it (null for Visco).
CREATE TABLE sign_in_events (
  sign_in TEXT NOT NULL,
  host    TEXT NOT NULL,
  number  INTEGER NOT NULL,
  at      BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  text    TEXT NOT NULL,
  caller  TEXT,
  PRIMARY KEY (sign_in, number)
);
