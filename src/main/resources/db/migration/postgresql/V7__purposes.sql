-- What a VM is for, as its specification says too. What Visco makes for itself counts against no owner's limits, whatever
-- its owner is called. Before this a name and the trial of a copy told it.
ALTER TABLE vms ADD COLUMN purpose TEXT NOT NULL DEFAULT 'user';
UPDATE vms SET purpose = 'canary' WHERE owner = 'visco-canaries';
UPDATE vms SET purpose = 'experiment' WHERE spec LIKE '%"trial":{%';
