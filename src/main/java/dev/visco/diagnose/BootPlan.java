package dev.visco.diagnose;

import dev.visco.model.MachineOption;
import dev.visco.model.Transport;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A boot as it would be, before anything is started.
 *
 * @param bootArgs what the caller asks for besides the image's own {@code root=} and Visco's {@code
 *     ip=}
 * @param imageRoot the image's own {@code root=} without that word
 * @param imageMinMemoryMib what the image says that it needs; 0 when it says nothing
 * @param rootFileSystem its type, null when not known
 * @param diskMib what its disks take at once in the data folder's file system
 * @param vsockPort where its sshd is reached by vsock, 0 when it is not
 * @param options what its type sets of the machine beyond disks and network
 * @param addressOwners what in the image gives the interface an address besides {@code ip=}
 */
public record BootPlan(
    Transport transport,
    List<String> bootArgs,
    String imageRoot,
    int memoryMib,
    int imageMinMemoryMib,
    KernelFacts kernel,
    @Nullable String rootFileSystem,
    List<String> addressOwners,
    long diskMib,
    int vsockPort,
    Set<MachineOption> options,
    VmmFacts vmm,
    HostState host) {
  public BootPlan {
    bootArgs = List.copyOf(bootArgs);
    addressOwners = List.copyOf(addressOwners);
    options = Set.copyOf(options);
  }

  /**
   * The VMM that would run it.
   *
   * @param name with its release, like {@code firecracker 1.9.1}
   * @param hasPci whether this release can give a guest PCI devices
   * @param vulnerabilities known ones of this release, as people look them up
   * @param options what it can give of a machine's options
   * @param whyNotThisKernel why it cannot start the image's kernel as it is, in words; empty when
   *     it can
   */
  public record VmmFacts(
      String name,
      boolean hasPci,
      List<String> vulnerabilities,
      Set<MachineOption> options,
      String whyNotThisKernel) {
    public VmmFacts {
      vulnerabilities = List.copyOf(vulnerabilities);
      options = Set.copyOf(options);
    }

    /** A VMM that takes any kernel and has no options. */
    public VmmFacts(String name, boolean hasPci, List<String> vulnerabilities) {
      this(name, hasPci, vulnerabilities, Set.of(), "");
    }
  }

  /**
   * The host at this moment.
   *
   * @param freeDiskMib in the file system of the data folder
   * @param firewall its packet rules; null when nobody has looked, or they do not matter
   */
  public record HostState(
      boolean isForwarding, long freeDiskMib, BootEvidence.@Nullable HostFirewall firewall) {}

  List<String> roots() {
    return bootArgs.stream().filter(word -> word.startsWith("root=")).toList();
  }

  boolean hasArgument(String word) {
    return bootArgs.contains(word);
  }
}
