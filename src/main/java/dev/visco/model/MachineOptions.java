package dev.visco.model;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a VM type sets for its machines besides size and transport.
 *
 * @param diskRate the limit of each disk, null for none
 * @param networkRate the limit of the network card in each direction; null, or 0 for one of its
 *     values, means that of {@link #NETWORK}
 * @param consoleRate the limit of the serial console, in bytes; null for none
 * @param balloon whether it has a balloon, by which the host takes memory back
 * @param mmds whether it has Firecracker's metadata service, version 2, at 169.254.169.254
 * @param vsock whether the host reaches the guest's sshd by vsock, port 22, if image and VMM
 *     support it
 */
public record MachineOptions(
    @Nullable Rate diskRate,
    @Nullable Rate networkRate,
    @Nullable Rate consoleRate,
    boolean balloon,
    boolean mmds,
    boolean vsock) {
  /** The limit of a network card in each direction when the type sets none: 100 Mbit/s. */
  public static final Rate NETWORK = new Rate(12_500_000, 25_000);

  /** The default: only the network is limited, and there are no further devices. */
  public static final MachineOptions NONE =
      new MachineOptions(null, null, null, false, false, false);

  /** The limit of the network card in each direction, with {@link #NETWORK} for what is not set. */
  public Rate network() {
    if (networkRate == null) {
      return NETWORK;
    }
    long bytes = networkRate.bytesPerSecond();
    long packets = networkRate.operationsPerSecond();
    return new Rate(
        bytes == 0 ? NETWORK.bytesPerSecond() : bytes,
        packets == 0 ? NETWORK.operationsPerSecond() : packets);
  }

  /**
   * The options that are set and need the VMM's support; the network is limited by the VM's slot
   * instead.
   */
  public Set<MachineOption> set() {
    var found = EnumSet.noneOf(MachineOption.class);
    for (MachineOption option : MachineOption.values()) {
      boolean isSet =
          switch (option) {
            case DISK_RATE -> diskRate != null;
            case CONSOLE_RATE -> consoleRate != null;
            case BALLOON -> balloon;
            case METADATA -> mmds;
            case VSOCK -> vsock;
          };
      if (isSet) {
        found.add(option);
      }
    }
    return found;
  }
}
