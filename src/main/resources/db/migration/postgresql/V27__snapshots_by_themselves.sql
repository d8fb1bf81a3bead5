-- A snapshot lies in a folder of its own (place, its name in the data folder's "snapshots"; null for one in its VM's
-- folder, as earlier versions wrote them), and may outlive its VM. state is 'writing', 'whole' or 'removing'. retention
-- is until when it stays: 'vm' (its VM), 'kept' (somebody removes it) or 'used' (the last that uses it). parent is the
-- snapshot of the same owner over whose disk this one's is a layer. imported is when it came from a file, null for one
-- that was taken here: vm is then another host's. consistency is what the disk is consistent with: 'memory', or without
-- memory 'frozen', 'synced' or 'stopped'. processor is the model under which it was taken. A snapshot's keys are secrets
-- whose vm is its place.
ALTER TABLE snapshots ADD COLUMN state TEXT NOT NULL DEFAULT 'whole';
UPDATE snapshots SET state = 'writing' WHERE bytes IS NULL;
ALTER TABLE snapshots ADD COLUMN retention TEXT NOT NULL DEFAULT 'vm';
ALTER TABLE snapshots ADD COLUMN place TEXT;
ALTER TABLE snapshots ADD COLUMN parent TEXT;
ALTER TABLE snapshots ADD COLUMN imported BIGINT;
ALTER TABLE snapshots ADD COLUMN consistency TEXT NOT NULL DEFAULT 'memory';
ALTER TABLE snapshots ADD COLUMN processor TEXT;
CREATE UNIQUE INDEX snapshots_place ON snapshots (host, place);
CREATE INDEX snapshots_vm ON snapshots (host, vm);
