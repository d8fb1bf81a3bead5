package dev.visco.vmm;

import dev.visco.model.MachineOptions;
import java.util.EnumSet;
import java.util.Set;

/** What {@link MachineOptions} can ask for and not every driver has. */
public enum MachineOption {
  DISK_RATE("disk-rate", "a limit of its disks"),
  NETWORK_RATE("network-rate", "a limit of its network card"),
  CONSOLE_RATE("console-rate", "a limit of its console"),
  BALLOON("balloon", "a balloon"),
  MMDS("mmds", "Firecracker's metadata service");

  private final String field;
  private final String words;

  MachineOption(String field, String words) {
    this.field = field;
    this.words = words;
  }

  /** Its name where it is set. */
  public String field() {
    return field;
  }

  /** What it is, as it stands in a sentence. */
  public String words() {
    return words;
  }

  /** Those that these options need; a vsock is used where there is one, and so never needed. */
  static Set<MachineOption> of(MachineOptions options) {
    var all = EnumSet.noneOf(MachineOption.class);
    add(all, DISK_RATE, options.diskRate() != null);
    add(all, NETWORK_RATE, options.networkRate() != null);
    add(all, CONSOLE_RATE, options.consoleRate() != null);
    add(all, BALLOON, options.balloon());
    add(all, MMDS, options.mmds());
    return all;
  }

  private static void add(Set<MachineOption> all, MachineOption option, boolean wanted) {
    if (wanted) {
      all.add(option);
    }
  }
}
