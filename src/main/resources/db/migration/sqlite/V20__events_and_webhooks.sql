-- What an event is about, who may see it, who asked for it, and why it happened.
ALTER TABLE events ADD COLUMN owner TEXT;
ALTER TABLE events ADD COLUMN subject TEXT;
ALTER TABLE events ADD COLUMN caller TEXT;
ALTER TABLE events ADD COLUMN caller_owner TEXT;
ALTER TABLE events ADD COLUMN reason TEXT;
CREATE INDEX events_host ON events (host, id);
CREATE INDEX events_owner ON events (host, owner, id);
CREATE INDEX events_vm ON events (host, vm, id);
