-- How often a VM was started again by itself since it last ran for long, when it may be next (milliseconds since the boot in
-- 'boot'), and how long a guest that is stopping has to shut down (milliseconds).
ALTER TABLE vms ADD COLUMN restarts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE vms ADD COLUMN start_steady BIGINT;
ALTER TABLE vms ADD COLUMN grace BIGINT;
