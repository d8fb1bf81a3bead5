package dev.visco.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A VM as recorded in the store, for reading.
 *
 * @param metadata its name and labels
 * @param start how it came to run
 * @param step the step that runs or ran last, like {@code verify-boot}
 * @param image the image that its root disk was made from, even if another one has its name now
 * @param slot its network slot, null before it has one and after it has returned it
 * @param address at which the host reaches the guest, null while it has no slot
 * @param vmm what runs it, like {@code qemu (tcg)}; null before launch
 * @param pid the VMM's process, null when none runs
 * @param failure why it failed or stopped, in a sentence; null when it did not
 * @param restarts how often it was started again by itself since it last ran for long
 * @param rebuild its change to another image, or the last one if that has failed; null for none
 * @param used when it was used last, to the minute; null when that is not recorded
 * @param revision grows with each change
 * @param expires when its time to live ends, null for never
 */
public record Vm(
    VmId id,
    VmSpec spec,
    VmMetadata metadata,
    Digest image,
    StartKind start,
    VmState state,
    String step,
    @Nullable SlotIndex slot,
    @Nullable Ipv4 address,
    @Nullable String vmm,
    @Nullable Long pid,
    @Nullable String failure,
    int restarts,
    @Nullable Rebuild rebuild,
    @Nullable Instant used,
    Instant created,
    Instant changed,
    @Nullable Instant ready,
    @Nullable Instant expires,
    long revision) {}
