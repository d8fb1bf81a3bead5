package dev.visco.wire;

import org.jspecify.annotations.Nullable;

/**
 * What making VMs from a snapshot, or by a fork, would cost. Nothing was made.
 *
 * @param count how many VMs
 * @param from the snapshot; null for a fork
 * @param vm the VM that would be forked; null without a fork
 * @param vcpus of each
 * @param memoryMib of each guest
 * @param countedMib what they count for together in {@code limits.memory-mib}, with their VMMs
 * @param boots whether they boot from the disk, as from a snapshot without memory; else they go on,
 *     and share the snapshot's memory until they write to it
 * @param disk how each root disk is made: {@code layer} over the snapshot's, {@code shared} blocks
 *     of it, or {@code copy}
 * @param diskMib what these disks take together at once
 * @param snapshotMib what the snapshot of a fork takes at most until its VMs are ready; 0 without a
 *     fork
 * @param snapshotDiskMib what of that stays as long as a VM's disk lies over it
 * @param freeMib what the file system has for new VMs
 */
public record ClonePlan(
    int count,
    @Nullable String from,
    @Nullable String vm,
    int vcpus,
    int memoryMib,
    long countedMib,
    boolean boots,
    String disk,
    long diskMib,
    long snapshotMib,
    long snapshotDiskMib,
    long freeMib) {}
