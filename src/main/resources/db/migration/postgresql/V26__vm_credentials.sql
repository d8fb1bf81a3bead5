-- Where credentials of users are in their VMs: secret is the one that a VM has or should have, version that of its
-- value which is in the VM (0 for none), coming the version that what the VM's tool has made of it gets (null for
-- none). state is 'waiting', 'writing', 'delivered', 'refused' or 'removing', reason is why; pinned says that a user
-- chose the VM. paths are the files of it in the guest, with blanks between; form is 'file', 'variable' or
-- 'placeholder', stamp what the guest's stat says of the files, due when it is looked after again. A row is there
-- before the first file, and goes after the last.
CREATE TABLE vm_credentials (
  host      TEXT NOT NULL,
  vm        TEXT NOT NULL,
  provider  TEXT NOT NULL,
  owner     TEXT NOT NULL,
  secret    TEXT NOT NULL,
  version   BIGINT NOT NULL,
  coming    BIGINT,
  state     TEXT NOT NULL,
  reason    TEXT,
  pinned    INTEGER NOT NULL,
  paths     TEXT NOT NULL,
  form      TEXT NOT NULL,
  stamp     TEXT,
  tries     INTEGER NOT NULL,
  due       BIGINT NOT NULL,
  changed   BIGINT NOT NULL,
  PRIMARY KEY (vm, provider)
);
CREATE INDEX vm_credentials_owner ON vm_credentials (host, owner);
