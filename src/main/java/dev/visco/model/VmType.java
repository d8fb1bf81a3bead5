package dev.visco.model;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A kind of VM that an operator offers: data from {@code types/NAME.toml}.
 *
 * @param name 1 to 32 lower-case letters, digits and hyphens
 * @param image the image it boots
 * @param vcpus whole vCPUs, 1 to 32
 * @param memoryMib guest memory in MiB, 32 to 1,048,576
 * @param transport the virtio transport unless a create says otherwise
 * @param deadline from launch to ready; a VM that misses it has failed
 * @param options limits, and devices other than disks and network
 * @param diskMib size of the root disk in MiB, where the image's own is smaller; null for the
 *     image's own
 * @param restart when a VM whose machine has ended is started again, unless a create says otherwise
 * @param emulated vCPUs and memory under software emulation, null for the same
 * @param ports of the guest that are open for links in each VM of this type
 * @param sleepAfter when a VM that nobody needs is put to sleep, unless a create says otherwise;
 *     null for never
 * @param archiveAfter when a VM that is asleep is archived, unless a create says otherwise; {@link
 *     Life#FOREVER} for never, null for the host's setting
 * @param home the volume that is each user's home in their VMs of this type, null for none
 * @param pool how many of its VMs wait for whoever creates one; null for none, as in a type that
 *     gives homes, which are attached at a boot
 */
public record VmType(
    String name,
    String image,
    int vcpus,
    int memoryMib,
    Transport transport,
    Duration deadline,
    MachineOptions options,
    @Nullable Integer diskMib,
    RestartPolicy restart,
    @Nullable Size emulated,
    List<Integer> ports,
    @Nullable HomeVolume home,
    @Nullable Duration sleepAfter,
    @Nullable Duration archiveAfter,
    @Nullable WarmPool pool) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  /** vCPUs and guest memory in MiB, within the bounds of every VM. */
  public record Size(int vcpus, int memoryMib) {
    public Size {
      MachineShape.checkSize(vcpus, memoryMib);
    }
  }

  /**
   * A type whose VMs have their image's own disk, which gives no homes, and whose VMs are started
   * again after a failure.
   */
  public VmType(
      String name,
      String image,
      int vcpus,
      int memoryMib,
      Transport transport,
      Duration deadline,
      MachineOptions options,
      @Nullable Size emulated) {
    this(
        name,
        image,
        vcpus,
        memoryMib,
        transport,
        deadline,
        options,
        null,
        RestartPolicy.ON_FAILURE,
        emulated,
        List.of(),
        null,
        null,
        null,
        null);
  }

  /** The same with the same size under software emulation. */
  public VmType(
      String name,
      String image,
      int vcpus,
      int memoryMib,
      Transport transport,
      Duration deadline,
      MachineOptions options) {
    this(name, image, vcpus, memoryMib, transport, deadline, options, null);
  }

  /**
   * The default machine, unless the guest runs by software emulation, with its image's own disk.
   */
  public MachineShape shape() {
    return new MachineShape(transport, vcpus, memoryMib, options);
  }

  /** The default size. */
  public Size size(boolean isEmulated) {
    return isEmulated && emulated != null ? emulated : new Size(vcpus, memoryMib);
  }

  /** The smaller of the two memory sizes of this type, in MiB. */
  public int minMemoryMib() {
    return emulated == null ? memoryMib : Math.min(memoryMib, emulated.memoryMib());
  }

  public VmType {
    Text.matching("vmType", name, NAME, "1 to 32 lower-case letters, digits and hyphens");
    Text.matching("image", image, NAME, "1 to 32 lower-case letters, digits and hyphens");
    MachineShape.checkSize(vcpus, memoryMib);
    Life.checkDeadline(deadline);
    ports = GuestPorts.checked("ports", ports);
    if (pool != null && home != null) {
      throw Refused.invalid(
          "pool",
          Integer.toString(pool.vms()),
          "stands beside home-volume: a VM that waits has no user yet whose home it could have",
          "Leave one of the two out.");
    }
  }
}
