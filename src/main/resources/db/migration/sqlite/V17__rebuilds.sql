-- A VM's change to a new root disk of another image, as JSON: what is being done, or why the last one failed.
ALTER TABLE vms ADD COLUMN rebuild TEXT;
