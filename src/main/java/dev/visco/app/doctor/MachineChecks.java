package dev.visco.app.doctor;

import dev.visco.app.doctor.Finding.Fix;
import java.util.List;

/** Processor, KVM, TAPs and namespaces. */
final class MachineChecks {
  /** See errno(3). */
  private static final int EPERM = 1;

  private static final int MIN_NAMESPACES = 64;

  private MachineChecks() {}

  static List<Finding> of(HostFacts facts) {
    HostFacts.Machine machine = facts.machine();
    return List.of(architecture(machine), kvm(machine), tun(facts), namespaces(machine));
  }

  private static Finding architecture(HostFacts.Machine machine) {
    return machine.architecture().equals("amd64")
        ? Finding.ok("architecture", "x86-64")
        : Finding.problem(
            "architecture",
            machine.architecture(),
            "Images, kernels and VMMs are for x86-64.",
            "Use a host with an x86-64 processor.");
  }

  private static Finding kvm(HostFacts.Machine machine) {
    String slow = "Without KVM, QEMU emulates guests: they boot and run some ten times slower.";
    if (!machine.hasKvm()) {
      return machine.hasVirtualization()
          ? Finding.warning(
                  "KVM",
                  "the processor can, but there is no /dev/kvm",
                  slow,
                  "modprobe kvm_intel || modprobe kvm_amd")
              .fixedBy(Fix.LOAD_KVM)
          : Finding.warning(
              "KVM",
              "the processor, or the hypervisor that this host runs on, offers no virtualization",
              slow,
              "Turn on VT-x or AMD-V in the firmware, or nested virtualization where this host"
                  + " itself is a VM.");
    }
    List<String> failed = machine.kvmAnswers().stream().filter(why -> !why.isEmpty()).toList();
    if (!failed.isEmpty()) {
      return Finding.warning(
          "KVM",
          failed.getFirst(),
          slow,
          "Look at dmesg; where this host is a VM, ask whose it is for full nested"
              + " virtualization.");
    }
    return Finding.ok(
        "KVM",
        machine.kvmAnswers().isEmpty()
            ? "/dev/kvm is there; the first VM tries it with its kernel"
            : "boots the kernels that were tried");
  }

  private static Finding tun(HostFacts facts) {
    HostFacts.Machine machine = facts.machine();
    String why = "Each VM's network card is a TAP.";
    Integer error = machine.tapError();
    if (!machine.hasTun()) {
      return Finding.problem("TUN", "there is no /dev/net/tun", why, "modprobe tun")
          .fixedBy(Fix.LOAD_TUN);
    } else if (error == null) {
      return Finding.unknown("TUN", "only root may make TAPs", "sudo visco doctor");
    } else if (error == EPERM) {
      return Finding.problem(
          "TUN",
          "root may make no TAP here",
          why,
          "In a container: give it CAP_NET_ADMIN and /dev/net/tun.");
    }
    return error == 0
        ? Finding.ok("TUN", "makes TAPs")
        : Finding.problem("TUN", "making a TAP fails with errno " + error, why, "modprobe tun");
  }

  private static Finding namespaces(HostFacts.Machine machine) {
    Long most = machine.namespaces();
    if (most == null) {
      return Finding.problem(
          "namespaces",
          "the kernel has no network namespaces",
          "Each VM has a network namespace of its own.",
          "Boot a kernel with CONFIG_NET_NS.");
    }
    return most >= MIN_NAMESPACES
        ? Finding.ok("namespaces", "up to " + most + " network namespaces")
        : Finding.problem(
            "namespaces",
            "at most " + most + " network namespaces",
            "Each VM has a network namespace of its own.",
            "sysctl -w user.max_net_namespaces=65536");
  }
}
