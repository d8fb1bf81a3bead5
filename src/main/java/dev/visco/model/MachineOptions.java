package dev.visco.model;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a VM type sets of its machine besides size and transport.
 *
 * @param diskRate the most that each of its disks may move, null for no limit
 * @param networkRate the most that its network card may move in each direction; null, and 0 for
 *     either, for {@link #NETWORK}
 * @param consoleRate the most that its serial console may print, in bytes; null for no limit
 * @param balloon whether it has a balloon, through which the host takes memory back
 * @param mmds whether it has Firecracker's metadata service, version 2, at 169.254.169.254
 * @param vsock whether the host reaches its sshd by vsock, port 22, where image and VMM offer it
 */
public record MachineOptions(
    @Nullable Rate diskRate,
    @Nullable Rate networkRate,
    @Nullable Rate consoleRate,
    boolean balloon,
    boolean mmds,
    boolean vsock) {
  /** What a guest may move in each direction when its type says nothing: 100 Mbit/s. */
  public static final Rate NETWORK = new Rate(12_500_000, 25_000);

  /** Nothing is limited but the network, and nothing is added. */
  public static final MachineOptions NONE =
      new MachineOptions(null, null, null, false, false, false);

  /** What its network card may move in each direction: what is not set is as usual. */
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

  /** Those that are set and are the VMM's to give; the network is limited by the VM's slot. */
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
