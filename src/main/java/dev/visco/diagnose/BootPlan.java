package dev.visco.diagnose;

import dev.visco.model.MachineOption;
import dev.visco.model.Transport;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A planned boot, before anything is started.
 *
 * @param bootArgs the caller's boot arguments, without the image's {@code root=} and Visco's {@code
 *     ip=}
 * @param root the image's root file system
 * @param imageMinMemoryMib minimum memory that the image declares; 0 when it declares none
 * @param diskMib what its disks take at once in the data folder's file system
 * @param vsockPort vsock port of the image's sshd; 0 when it has none
 * @param lostTools the image's name when the file of its disk of tools is gone; null otherwise
 * @param options machine options that its type sets, beyond disks and network
 * @param addressOwners what in the image configures the interface's address besides {@code ip=}
 */
public record BootPlan(
    Transport transport,
    List<String> bootArgs,
    RootFacts root,
    int memoryMib,
    int imageMinMemoryMib,
    KernelFacts kernel,
    List<String> addressOwners,
    long diskMib,
    int vsockPort,
    @Nullable String lostTools,
    Set<MachineOption> options,
    VmmFacts vmm,
    HostState host) {
  public BootPlan {
    bootArgs = List.copyOf(bootArgs);
    addressOwners = List.copyOf(addressOwners);
    options = Set.copyOf(options);
  }

  /**
   * The VMM that is to run it.
   *
   * @param name with its release, like {@code firecracker 1.9.1}
   * @param hasPci whether this release can give a guest PCI devices
   * @param vulnerabilities known vulnerabilities of this release, like {@code CVE-2026-5747}
   * @param options machine options that it supports
   * @param whyNotThisKernel why it cannot start the image's kernel, for people; empty when it can
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

    /** Whether it is QEMU, of whatever version. */
    boolean isQemu() {
      return name.startsWith("qemu");
    }

    /** A VMM that starts any kernel and supports no options. */
    public VmmFacts(String name, boolean hasPci, List<String> vulnerabilities) {
      this(name, hasPci, vulnerabilities, Set.of(), "");
    }
  }

  /**
   * The host at this moment.
   *
   * @param freeDiskMib free space of the data folder's file system
   * @param firewall its packet rules; null when not examined, or when they do not matter
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
