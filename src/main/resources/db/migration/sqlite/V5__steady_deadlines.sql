-- Deadlines are measured by a clock that nobody sets: milliseconds since the boot of the host whose id stands in 'boot'.
-- Where the boot is another one, only the wall clock is left (expires, wake_at).
ALTER TABLE vms ADD COLUMN boot TEXT;
ALTER TABLE vms ADD COLUMN launched_steady BIGINT;
ALTER TABLE vms ADD COLUMN expires_steady BIGINT;
ALTER TABLE vms ADD COLUMN wake_steady BIGINT;

-- wake_at: null for never, 0 for now, else the end of its time by the wall clock. A VM that was ever ready has no end but its
-- own time to live; older versions gave one to VMs whose machine had ended.
UPDATE vms SET wake_at = 0 WHERE state IN ('creating', 'destroying');
UPDATE vms SET wake_at = expires WHERE state IN ('ready', 'paused', 'stopped') OR (state = 'failed' AND ready IS NOT NULL);

-- Who works on a VM is known in the daemon's memory; what it commits counts only while the fact 'conductor-HOST' is its own.
ALTER TABLE vms DROP COLUMN lease;
ALTER TABLE vms DROP COLUMN lease_until;

-- The snapshot that a VM is on its way back to.
ALTER TABLE vms ADD COLUMN restoring TEXT;
UPDATE vms SET restoring = (SELECT value FROM facts WHERE name = 'restore-' || vms.id) WHERE state = 'creating';
DELETE FROM facts WHERE name LIKE 'restore-vm-%';

-- What all parts of a snapshot together come to; null for one of an older version, which has no digests.
ALTER TABLE snapshots ADD COLUMN digest TEXT;
