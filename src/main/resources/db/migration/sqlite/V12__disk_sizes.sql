-- What a VM's root disk may grow to, as its specification says too; null for VMs that were made before disks had sizes,
-- whose disks are as large as their images'.
ALTER TABLE vms ADD COLUMN disk_mib BIGINT;
