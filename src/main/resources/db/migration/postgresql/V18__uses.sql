-- When a VM was used last, to the minute: milliseconds since the epoch, null before that was recorded.
ALTER TABLE vms ADD COLUMN used BIGINT;
