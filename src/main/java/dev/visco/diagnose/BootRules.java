package dev.visco.diagnose;

import static dev.visco.diagnose.Seen.all;
import static dev.visco.diagnose.Seen.fact;
import static dev.visco.diagnose.Seen.unless;
import static dev.visco.diagnose.Seen.with;

import dev.visco.model.Transport;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What makes a boot fail: one table, in the order of the chain of cause from the VMM to the guest's
 * services. Where several match, the first is the cause and the others are its consequences.
 */
final class BootRules {
  private static final Pattern SCSI_ROOT =
      Pattern.compile(
          "Cannot open root device \"(/dev/)?[sh]d[a-z]|cannot find root device \"/dev/[sh]d[a-z]");
  private static final Pattern MODULE_MISMATCH =
      Pattern.compile(
          "disagrees about version of symbol|version magic '|Invalid module format|Unknown symbol \\w+ \\(err");
  private static final Pattern RENAMED =
      Pattern.compile("\\S+: renamed from eth0|eth0: renamed to");
  private static final Pattern MISSING_PROGRAM =
      Pattern.compile("Attempted to kill init! exitcode=0x00007[ef]00");
  private static final Pattern KERNEL_BUG =
      Pattern.compile("kernel BUG at|BUG: unable to handle|Oops: |general protection fault");

  /** One rule: id, proof, whether it is certain, cause, remedy | command, source. */
  static final List<BootRule> TABLE =
      List.of(
          // The VMM itself.
          new BootRule(
              "vmm-host-memory",
              seen -> seen.vmmSaid("Cannot allocate memory", "cannot set up guest memory"),
              true,
              "The host had not enough memory for the guest's.",
              "Destroy a VM or give this one less memory. | visco ps",
              "QEMU softmmu/physmem.c, ram_block_add"),
          new BootRule(
              "vmm-tap-busy",
              seen ->
                  seen.vmmSaid("could not configure /dev/net/tun", "could not open /dev/net/tun"),
              true,
              "The VMM could not take the slot's TAP: another process holds it, or it belongs to another user.",
              "Look for the process that holds it, and create the VM anew. | visco sweep --plan",
              "Linux drivers/net/tun.c, tun_set_iff"),
          new BootRule(
              "vmm-disk-missing",
              seen -> seen.vmmSaid("Could not open '"),
              true,
              "The VMM could not open one of its disks.",
              "Create the VM anew; where the base image is gone, build it again. | visco image ls",
              "QEMU block.c, bdrv_open_common"),
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
              "Resume it, or create the VM anew.",
              "QEMU qapi/run-state.json, RunState"),

          // From the kernel's first instruction to its first line.
          new BootRule(
              "kernel-without-memory",
              seen ->
                  all(
                      fact(
                          seen.facts().memoryMib() < seen.facts().kernel().leastMemoryMib(),
                          "%d MiB of memory, and this kernel needs %d to unpack itself"
                              .formatted(
                                  seen.facts().memoryMib(),
                                  seen.facts().kernel().leastMemoryMib())),
                      fact(!seen.kernelRan(), "the kernel never said its first line")),
              true,
              "Out of memory: the guest has less than its kernel needs to unpack itself, and died without a word.",
              "Give it more memory. | visco create --memory 256",
              "Linux Documentation/arch/x86/boot.rst, init_size and pref_address"),
          new BootRule(
              "kernel-damaged",
              seen ->
                  all(
                      fact(seen.ended(), "the machine has ended"),
                      fact(!seen.kernelRan(), "the kernel never said its first line"),
                      fact(
                          seen.facts().kernel().leastMemoryMib() > 0
                              && seen.facts().memoryMib() >= seen.facts().kernel().leastMemoryMib(),
                          "its memory is enough for this kernel"),
                      fact(seen.facts().machine().log().isBlank(), "the VMM did not complain")),
              false,
              "The kernel died before its first line although it has enough memory: its file is damaged or not for this machine.",
              "Import or build the image again. | visco image inspect",
              "tried with a truncated bzImage"),
          new BootRule(
              "console-elsewhere",
              seen ->
                  all(
                      fact(
                          !seen.kernelRan() && !seen.ended(),
                          "the machine runs and the kernel's first line is not on the console"),
                      fact(
                          !seen.facts().argument("console").startsWith("ttyS0"),
                          "console=" + seen.facts().argument("console") + " on the command line")),
              true,
              "The guest's console is not the serial port that Visco records, so that nothing of its boot is known.",
              "Leave console= out of the boot arguments.",
              "Linux Documentation/admin-guide/serial-console.rst"),
          new BootRule(
              "clock-hang",
              seen ->
                  all(
                      seen.line("Marking TSC unstable due to could not calculate TSC khz"),
                      fact(
                          !seen.ended() && !seen.initramfsRan() && !seen.rootMounted(),
                          "and nothing came after it")),
              false,
              "An emulated guest on a busy host failed to measure its own clock, and hangs.",
              "Do not override tsc_early_khz= and tsc=reliable in the boot arguments, and create the VM anew.",
              "tried under software emulation with both processors busy"),

          // Initramfs and drivers.
          new BootRule(
              "initramfs-not-unpacked",
              seen ->
                  all(
                      fact(seen.facts().kernel().hasInitrd(), "an initramfs was given"),
                      with(
                          seen.line(
                              "nitramfs unpacking failed",
                              "Cannot open root device",
                              "Unable to mount root fs"),
                          Seen.NO),
                      fact(!seen.initramfsRan(), "and \"Run /init\" never came")),
              true,
              "The kernel could not unpack the initramfs: it is truncated, damaged, or compressed in a way that this kernel does not know.",
              "Make the initramfs anew; gzip is known to every kernel.",
              "Linux init/initramfs.c, do_populate_rootfs"),
          new BootRule(
              "modules-of-another-kernel",
              seen -> seen.matching(MODULE_MISMATCH),
              true,
              "The initramfs holds modules of another kernel; this one loads none of them.",
              "Make the initramfs from this kernel's own modules: update-initramfs -c -k RELEASE.",
              "Linux kernel/module/version.c, check_version"),
          new BootRule(
              "acpi-switched-off",
              seen ->
                  all(
                      fact(
                          seen.facts().commandLine().contains("acpi=off"),
                          "acpi=off on the command line"),
                      fact(!seen.rootMounted(), "no root file system was mounted")),
              true,
              "The VMM describes the guest's devices by ACPI, and acpi=off keeps the kernel from reading that.",
              "Leave acpi=off out of the boot arguments.",
              "Linux Documentation/admin-guide/kernel-parameters.txt, acpi="),
          new BootRule(
              "pci-switched-off",
              seen ->
                  all(
                      fact(
                          seen.facts().transport() == Transport.PCI
                              && seen.facts().commandLine().contains("pci=off"),
                          "transport pci, and pci=off on the command line"),
                      fact(!seen.rootMounted(), "no root file system was mounted")),
              true,
              "The devices are on PCI, and pci=off keeps the kernel from looking there.",
              "Leave pci=off out of the boot arguments, or use transport mmio.",
              "Linux Documentation/admin-guide/kernel-parameters.txt, pci="),
          new BootRule(
              "virtio-blk-missing",
              seen ->
                  all(
                      seen.line(
                          "Cannot open root device",
                          "cannot find root device",
                          "Unable to mount root fs"),
                      fact(
                          seen.facts().kernel().lacks("VIRTIO_BLK", "virtio_blk"),
                          seen.facts().kernel().option("VIRTIO_BLK")
                              + (seen.facts().kernel().hasInitrd()
                                  ? ", and the initramfs does not hold virtio_blk"
                                  : ", and there is no initramfs")),
                      fact(!seen.console().has("[vda]"), "no disk was registered")),
              true,
              "The root disk's driver is missing: the kernel has virtio_blk as a module or not at all, and nothing loads it before root is mounted.",
              "Add virtio_blk to the initramfs, or use a kernel with CONFIG_VIRTIO_BLK=y.",
              "Linux init/do_mounts.c, mount_root_generic"),
          new BootRule(
              "virtio-transport-missing",
              seen ->
                  all(
                      seen.line("Cannot open root device", "cannot find root device"),
                      fact(
                          seen.facts().transport() == Transport.PCI
                              ? seen.facts().kernel().lacks("VIRTIO_PCI", "virtio_pci")
                              : seen.facts().kernel().lacks("VIRTIO_MMIO", "virtio_mmio"),
                          "the kernel has no driver for virtio on "
                              + seen.facts().transport().word()),
                      fact(!seen.console().has("[vda]"), "no disk was registered")),
              true,
              "The kernel cannot see virtio devices on this transport.",
              "Use the other transport, or add the driver to the initramfs. | visco create --transport",
              "Linux drivers/virtio/Kconfig"),

          // The root file system.
          new BootRule(
              "root-named-scsi",
              seen -> with(seen.matching(SCSI_ROOT), seen.lines("[vda]", "Kernel panic")),
              true,
              "Root is named as a SCSI or IDE disk. Virtio disks are /dev/vda on MMIO and on PCI alike.",
              "Leave root= out of the boot arguments: the image names its root by what it is.",
              "tried on MMIO and on PCI; Linux drivers/block/virtio_blk.c, virtblk_name_format"),
          new BootRule(
              "root-waited-for",
              seen ->
                  all(
                      seen.line("Waiting for root device"),
                      fact(
                          !seen.ended() && !seen.rootMounted(),
                          "and it waits for ever, by rootwait")),
              true,
              "The kernel waits without a deadline for a root disk that never appears.",
              "Leave rootwait out of the boot arguments, and root= too.",
              "Linux init/do_mounts.c, wait_for_root"),
          new BootRule(
              "root-not-found",
              seen ->
                  with(
                      seen.line("Cannot open root device", "cannot find root device"),
                      seen.lines("[vda]", "Kernel panic")),
              true,
              "There is a disk, but nothing on it is what root= names.",
              "Leave root= out of the boot arguments; an imported image may be imported again. | visco image inspect",
              "Linux Documentation/admin-guide/kernel-parameters.txt, root="),
          new BootRule(
              "root-file-system-damaged",
              seen ->
                  seen.line(
                      "EXT4-fs error",
                      "directory leaf checksum",
                      "bad superblock",
                      "XFS (vda1): Corruption"),
              true,
              "The root file system is damaged. Mounting a running VM's disk on the host does that.",
              "Create the VM anew, and never mount a guest's disk on the host.",
              "Linux fs/ext4/super.c, ext4_error"),
          new BootRule(
              "root-file-system-driver-missing",
              seen ->
                  unless(
                      seen.line(
                          "unknown filesystem",
                          "visco-initramfs: cannot mount",
                          "Unable to mount root fs"),
                      seen.rootMounted()),
              false,
              "The root disk is there, and the kernel cannot mount what is on it: its driver for that file system is missing, or there is none on it.",
              "Use a file system that the kernel knows, or a kernel that knows this one. | visco image inspect",
              "Linux init/do_mounts.c, mount_root_generic"),
          new BootRule(
              "disk-errors",
              seen -> seen.line("I/O error, dev vd"),
              true,
              "The guest's disk fails: the host could not read or write the file behind it.",
              "Look at the host's free space and kernel log. | df -h",
              "Linux block/blk-core.c, blk_status_to_errno"),

          // The guest's own memory and its init.
          new BootRule(
              "guest-out-of-memory",
              seen ->
                  seen.line(
                      "Out of memory: Killed process",
                      "Out of memory and no killable processes",
                      "deadlocked on memory",
                      "invoked oom-killer",
                      "oom-kill:"),
              true,
              "The guest ran out of memory.",
              "Give it more memory. | visco create --memory 512",
              "Linux mm/oom_kill.c"),
          new BootRule(
              "init-missing",
              seen ->
                  seen.line(
                      "the root file system has no /", "No working init found", "Requested init "),
              true,
              "The root file system holds no program that init= names.",
              "Leave init= out of the boot arguments; an imported root file system needs its own /sbin/init.",
              "Linux init/main.c, kernel_init"),
          new BootRule(
              "init-lacks-a-library",
              seen ->
                  with(
                      seen.matching(MISSING_PROGRAM),
                      seen.lines("error while loading shared libraries", "not found")),
              true,
              "Init ended at once because a program or a shared library that it needs is not in the image.",
              "Add the package that brings it to the image's recipe, and build it again.",
              "exit code 127: dash(1), ld.so(8)"),
          new BootRule(
              "init-ended",
              seen -> seen.line("Attempted to kill init"),
              false,
              "Init ended, which a kernel answers with a panic; a reboot after it makes the VMM end with exit code 0.",
              "Read what init said before the panic. | visco logs %vm",
              "Linux kernel/exit.c, do_exit"),
          new BootRule(
              "kernel-bug",
              seen -> seen.matching(KERNEL_BUG),
              true,
              "The guest's kernel failed by itself.",
              "Use another kernel release.",
              "Linux lib/bug.c"),
          new BootRule(
              "guest-powered-off",
              seen ->
                  all(
                      fact(seen.ended(), "the machine has ended"),
                      seen.line(
                          "reboot: Power down",
                          "reboot: Restarting system",
                          "reboot: System halted")),
              true,
              "The guest shut itself down or rebooted, and a microVM ends then.",
              "Look for what called it in the guest. | visco logs %vm",
              "Linux kernel/reboot.c"),

          // The host's side of the network.
          new BootRule(
              "tap-missing",
              seen -> network(seen, n -> n.tap().equals("missing"), n -> "the slot has no tap0"),
              true,
              "The VM's TAP is gone: somebody removed it or its namespace.",
              "Destroy the VM and create it anew. | visco rm %vm",
              "ip-netns(8)"),
          new BootRule(
              "tap-down",
              seen -> network(seen, n -> n.tap().equals("down"), n -> "tap0 is down"),
              true,
              "The VM's TAP is set down: somebody did that after it was made. Nothing reaches the guest.",
              "Set it up in the slot's namespace, and make the route and the neighbour anew that went with it. | ip -n %netns link set tap0 up && ip -n %netns route replace %address dev tap0 && ip -n %netns neigh replace %address lladdr %mac dev tap0 nud permanent",
              "ip-link(8)"),
          new BootRule(
              "link-down",
              seen ->
                  network(
                      seen,
                      n -> !n.link().equals("up"),
                      n -> "the host's end of the slot's veth is " + n.link()),
              true,
              "The slot's link to the host is down or gone.",
              "Destroy the VM and create it anew. | visco rm %vm",
              "ip-link(8)"),
          new BootRule(
              "rules-missing",
              seen ->
                  network(
                      seen, n -> !n.hasRules(), n -> "the slot's namespace has no nftables rules"),
              true,
              "The slot's packet rules are gone: somebody flushed them. The guest is cut off from its name server.",
              "Destroy the VM and create it anew. | visco rm %vm",
              "nft(8)"),
          new BootRule(
              "tap-without-vmm",
              seen ->
                  unless(
                      network(
                          seen, n -> !n.hasCarrier(), n -> "tap0 has no carrier: no VMM holds it"),
                      seen.ended()),
              true,
              "The VMM runs and does not hold the VM's TAP.",
              "Destroy the VM and create it anew. | visco rm %vm",
              "Linux drivers/net/tun.c, tun_attach"),
          new BootRule(
              "forwarding-off",
              seen -> network(seen, n -> !n.isForwarding(), n -> "net.ipv4.ip_forward is 0"),
              true,
              "The host forwards no packets any more: the guest reaches nothing outside.",
              "Switch it on. | sysctl -w net.ipv4.ip_forward=1",
              "Linux Documentation/networking/ip-sysctl.rst"),

          // The guest's side of the network.
          new BootRule(
              "network-driver-missing",
              seen ->
                  with(
                      seen.line("visco-initramfs: no network interface"),
                      fact(
                          seen.facts().kernel().lacks("VIRTIO_NET", "virtio_net"),
                          seen.facts().kernel().option("VIRTIO_NET"))),
              true,
              "The guest has no network interface: its driver virtio_net is missing.",
              "Add virtio_net to the initramfs, or use a kernel with CONFIG_VIRTIO_NET=y.",
              "Linux drivers/net/Kconfig"),
          new BootRule(
              "interface-renamed",
              seen -> seen.matching(RENAMED),
              true,
              "The guest renamed its interface, and whatever configures eth0 does not find it.",
              "Add net.ifnames=0 to the boot arguments, or take the renaming rules out of the image. | visco create --boot-arg net.ifnames=0",
              "systemd.net-naming-scheme(7)"),
          new BootRule(
              "two-owners-of-the-address",
              BootRules::twoAddresses,
              true,
              "The interface has another address than the planned one, or a second one: the image configures it too, by DHCP or statically.",
              "Take that out of the image. | visco image inspect",
              "Linux Documentation/admin-guide/nfs/nfsroot.rst, ip="),
          new BootRule(
              "nobody-reads-ip",
              BootRules::noAddress,
              true,
              "The interface has no address: ip= is on the command line, and neither the kernel nor anything in the image reads it.",
              "Use Visco's own initramfs, or a kernel with CONFIG_IP_PNP=y.",
              "Linux Documentation/admin-guide/nfs/nfsroot.rst, ip="),
          new BootRule(
              "wrong-mac",
              seen ->
                  network(
                      seen,
                      n -> n.answeredBy() != null && !n.answeredBy().equals(n.mac()),
                      n ->
                          n.answeredBy()
                              + " answers ARP for "
                              + n.address()
                              + " instead of "
                              + n.mac()),
              true,
              "The guest changed its own MAC, and the slot's rules drop what it sends.",
              "Take out of the image what sets the MAC.",
              "RFC 826"),
          new BootRule(
              "resolver-link-dangling",
              seen ->
                  fact(
                      "dangling".equals(guest(seen, "resolver")),
                      "the guest's /etc/resolv.conf is a link to a file that is not there"),
              true,
              "DNS fails in the guest: its resolv.conf points to a resolver that does not run.",
              "Make /etc/resolv.conf a plain file in the image.",
              "resolv.conf(5)"),

          // Services.
          new BootRule(
              "seed-missing",
              seen -> seen.line("visco: no seed disk found"),
              true,
              "The guest did not find the disk with its keys, so that nobody can sign in.",
              "Create the VM anew; an imported root file system needs Visco's start script. | visco rm %vm",
              "images/files/start"),
          new BootRule(
              "host-keys-missing",
              seen -> seen.line("no hostkeys available", "No hostkeys available"),
              true,
              "sshd has no host key and ends at once.",
              "Have sshd_config name /run/visco/ssh_host_ed25519_key, as images/files/sshd_config does.",
              "sshd_config(5), HostKey"),
          new BootRule(
              "service-ends",
              seen -> seen.line("visco: service "),
              false,
              "A service of the image ends and is started again and again.",
              "Read what it said before. | visco logs %vm",
              "images/files/service"),
          new BootRule(
              "terminals-missing",
              seen -> seen.line("PTY allocation request failed"),
              true,
              "/dev/pts is not mounted in the guest: no terminal can be opened.",
              "Have the image's init mount devpts, as images/files/start does.",
              "pts(4)"),
          new BootRule(
              "wrong-host-key",
              seen -> seen.isStage("WRONG_HOST_KEY") ? List.of(sessionText(seen)) : Seen.NO,
              true,
              "The guest's sshd shows another host key than the one that Visco gave this VM.",
              "Take the image's own host keys out of it; they must come from the seed disk.",
              "sshd_config(5), HostKey"),
          new BootRule(
              "key-refused",
              seen -> seen.isStage("KEY_REFUSED") ? List.of(sessionText(seen)) : Seen.NO,
              true,
              "The guest's sshd does not accept the VM's key.",
              "Have sshd_config name /run/visco/authorized_keys and allow root with a key.",
              "sshd_config(5), AuthorizedKeysFile"),
          new BootRule(
              "no-sshd",
              seen ->
                  all(
                      fact(seen.isStage("PORT_CLOSED"), sessionText(seen)),
                      fact(
                          !seen.console().has("Server listening"),
                          "and no sshd ever said that it listens")),
              false,
              "The guest's network works and nothing listens on port 22: the image's sshd did not start.",
              "An image needs an sshd on port 22. | visco logs %vm",
              "docs/recipes/add-an-image.md"),
          new BootRule(
              "too-slow",
              seen ->
                  all(
                      fact(
                          !seen.ended()
                              && !seen.panicked()
                              && seen.facts().ageSeconds() >= seen.facts().deadlineSeconds(),
                          "the machine runs"),
                      fact(
                          seen.kernelRan()
                              && seen.facts().consoleAgeSeconds() < 5
                              && seen.facts().guest() == null,
                          "its console said something new "
                              + seen.facts().consoleAgeSeconds()
                              + " s before the deadline of "
                              + seen.facts().deadlineSeconds()
                              + " s")),
              false,
              "The boot was still under way when its deadline passed: the host is busy or the deadline is short.",
              "Raise the type's deadline, or start fewer VMs at once.",
              "types/*.toml, deadline"));

  private BootRules() {}

  private static List<String> network(
      Seen seen,
      java.util.function.Predicate<BootEvidence.NetworkFacts> isSo,
      java.util.function.Function<BootEvidence.NetworkFacts, String> text) {
    BootEvidence.NetworkFacts facts = seen.facts().network();
    return facts != null && isSo.test(facts) ? List.of(text.apply(facts)) : Seen.NO;
  }

  private static String guest(Seen seen, String question) {
    return seen.facts().guest() == null ? "" : seen.facts().guest().getOrDefault(question, "");
  }

  private static String sessionText(Seen seen) {
    return seen.facts().session() == null ? "" : seen.facts().session().text();
  }

  private static List<String> twoAddresses(Seen seen) {
    BootEvidence.NetworkFacts facts = seen.facts().network();
    String addresses = guest(seen, "address");
    if (facts == null || addresses.isEmpty() || addresses.equals(facts.address())) {
      return Seen.NO;
    }
    return with(
        List.of("the guest has " + addresses + ", and " + facts.address() + " was planned"),
        seen.line("udhcpc", "DHCP", "dhcp"));
  }

  private static List<String> noAddress(Seen seen) {
    if (seen.facts().guest() != null && guest(seen, "address").isEmpty()) {
      return List.of("the guest says that its interface has no address");
    }
    boolean isUnread =
        seen.facts().kernel().is("IP_PNP", "n")
            && !Boolean.TRUE.equals(seen.facts().kernel().initrdReadsIp());
    return all(
        fact(
            isUnread,
            seen.facts().kernel().option("IP_PNP") + ", and the initramfs does not read ip="),
        fact(seen.rootMounted() && !seen.ended(), "the guest runs"),
        fact(seen.isStage("NO_ANSWER", "NO_ROUTE"), sessionText(seen)));
  }
}
