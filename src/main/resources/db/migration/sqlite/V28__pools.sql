-- A VM that waits in a pool has in pool what kind of request it waits for (a digest of all that its machine is), and
-- one that was taken from a pool has 'taken' there; null for all others.
ALTER TABLE vms ADD COLUMN pool TEXT;
CREATE INDEX vms_pool ON vms (host, pool);
