package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.TSC_UNSTABLE;
import static dev.visco.diagnose.EvidenceView.all;
import static dev.visco.diagnose.EvidenceView.fact;

import dev.visco.model.Remedy;
import java.util.List;

/** Causes in the VMM, and in the kernel before its first line. */
final class MachineRules {

  /** In the order of the boot. */
  static final List<BootRule> TABLE =
      List.of(
          new BootRule(
              "vmm-host-memory",
              seen -> seen.vmmSaid("Cannot allocate memory", "cannot set up guest memory"),
              true,
              "The host had not enough memory for the guest's.",
              "Destroy a VM or give this one less memory.",
              new Remedy.ListVms(false),
              "QEMU softmmu/physmem.c, ram_block_add"),
          new BootRule(
              "vmm-tap-busy",
              seen ->
                  seen.vmmSaid("could not configure /dev/net/tun", "could not open /dev/net/tun"),
              true,
              "The VMM could not take the slot's TAP: another process holds it, or it belongs to another user.",
              "Look for the process that holds it, and create the VM anew.",
              new Remedy.ListLeftovers(),
              "Linux drivers/net/tun.c, tun_set_iff"),
          new BootRule(
              "vmm-disk-missing",
              seen -> seen.vmmSaid("Could not open '"),
              true,
              "The VMM could not open one of its disks.",
              "Create the VM anew; where the base image is gone, build it again.",
              new Remedy.ListImages(),
              "QEMU block.c, bdrv_open_common"),
          new BootRule(
              "vmm-out-of-memory",
              seen ->
                  all(
                      fact(seen.ended(), "the VMM has ended"),
                      fact(
                          seen.oomKills() > 0,
                          "its control group's events: oom_kill " + seen.oomKills())),
              true,
              "The host's kernel killed the VMM, because its control group had no memory left; the guest had no part in it.",
              "Start it again. If it happens again, report it: the group's limit is Visco's.",
              new Remedy.StartVm("%vm"),
              "Linux Documentation/admin-guide/cgroup-v2.rst, memory.events"),
          new BootRule(
              "vmm-ended-by-signal",
              seen ->
                  all(
                      fact(seen.ended(), "the VMM has ended"),
                      seen.vmmSaid("terminating on signal")),
              true,
              "Somebody ended the VMM from outside; the guest had no part in it.",
              "Ask who sent the signal: its sender's pid is in the line. Then create the VM anew.",
              "QEMU softmmu/runstate.c, qemu_kill_report"),
          new BootRule(
              "vmm-paused",
              seen ->
                  fact(
                      seen.facts().machine().state().equals("paused"),
                      "the VMM says that the machine is paused"),
              true,
              "The machine is paused: its processors do not run.",
              "Resume it.",
              new Remedy.ResumeVm("%vm"),
              "QEMU qapi/run-state.json, RunState"),
          new BootRule(
              "kernel-without-memory",
              seen ->
                  all(
                      fact(
                          seen.facts().memoryMib() < seen.facts().kernel().minMemoryMib(),
                          "%d MiB of memory, and this kernel needs %d to unpack itself"
                              .formatted(
                                  seen.facts().memoryMib(), seen.facts().kernel().minMemoryMib())),
                      fact(!seen.kernelRan(), "the kernel never said its first line")),
              true,
              "Out of memory: the guest has less than its kernel needs to unpack itself, and died without a word.",
              "Give it more memory.",
              new Remedy.GiveMemory(null, 256),
              "Linux Documentation/arch/x86/boot.rst, init_size and pref_address"),
          new BootRule(
              "kernel-damaged",
              seen ->
                  all(
                      fact(!seen.kernelRan(), "the kernel never said its first line"),
                      fact(
                          seen.ended() || seen.isOverdue(),
                          seen.ended() ? "the machine has ended" : "and its time is up"),
                      fact(!isElsewhere(seen), "its console is the one that Visco records"),
                      fact(
                          seen.facts().kernel().minMemoryMib() > 0
                              && seen.facts().memoryMib() >= seen.facts().kernel().minMemoryMib(),
                          "its memory is enough for this kernel"),
                      fact(seen.facts().machine().log().isBlank(), "the VMM did not complain")),
              false,
              "The kernel never came to its first line although it has enough memory: its file is damaged or not for this machine.",
              "Import or build the image again.",
              new Remedy.InspectImage(),
              "tried with a truncated bzImage"),
          new BootRule(
              "console-elsewhere",
              seen ->
                  all(
                      fact(
                          !seen.kernelRan() && !seen.ended(),
                          "the machine runs and the kernel's first line is not on the console"),
                      fact(
                          isElsewhere(seen),
                          seen.facts().commandLine().contains(ArgumentObjections.NO_PORTS)
                              ? ArgumentObjections.NO_PORTS + " on the command line"
                              : "console="
                                  + seen.facts().argument("console")
                                  + " on the command line")),
              true,
              "The guest's console is not the serial port that Visco records, so that nothing of its boot is known.",
              "Leave console= and 8250.nr_uarts= out of the boot arguments.",
              "Linux Documentation/admin-guide/serial-console.rst"),
          new BootRule(
              "clock-hang",
              seen ->
                  all(
                      seen.line(TSC_UNSTABLE),
                      fact(
                          !seen.ended() && !seen.initramfsRan() && !seen.rootMounted(),
                          "and nothing came after it")),
              false,
              "An emulated guest on a busy host failed to measure its own clock, and hangs.",
              "Do not override tsc_early_khz= and tsc=reliable in the boot arguments, and create the VM anew.",
              "tried under software emulation with both processors busy"));

  private MachineRules() {}

  /** Whether the guest's console is not the serial port that Visco records. */
  private static boolean isElsewhere(EvidenceView seen) {
    return !seen.facts().argument("console").startsWith("ttyS0")
        || seen.facts().commandLine().contains(ArgumentObjections.NO_PORTS);
  }
}
