-- What a VM's user calls it; labels are lines "key=value". A name is unique among its owner's VMs that are not destroyed,
-- which is checked where it is written and no index enforces: rows from VMs' folders and from a copy may have met since.
ALTER TABLE vms ADD COLUMN name TEXT;
ALTER TABLE vms ADD COLUMN labels TEXT;
