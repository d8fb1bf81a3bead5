package dev.visco.verify;

import dev.visco.model.GuestLink;
import dev.visco.model.MacAddress;
import dev.visco.model.Transport;
import dev.visco.verify.Verdict.Met;
import dev.visco.verify.Verdict.NotApplicable;
import dev.visco.verify.Verdict.NotMet;
import dev.visco.verify.Verdict.NotReached;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/**
 * Decides the criteria from facts; does no I/O and never waits. What the console shows and what the
 * guest says of itself are both evidence: a quiet console is no reason to fail a guest that
 * answers.
 */
public final class BootVerification {
  private static final String CANNOT_OPEN = "Cannot open root device";
  private static final String CANNOT_FIND = "visco-initramfs: cannot find root device";
  private static final Pattern MOUNTED =
      Pattern.compile(
          "visco-initramfs: root \\S+ mounted from \\S+|(EXT4|XFS|BTRFS)[^:]*: mounted|VFS: Mounted root");
  private static final Pattern VIRTIO_DISK =
      Pattern.compile("virtio_blk virtio\\d+: .*\\[vd[a-z]\\]");
  private static final String BLOCK = "1af4:1042";
  private static final String NETWORK = "1af4:1041";

  private final BootFacts facts;
  private final ConsoleText console;

  private BootVerification(BootFacts facts) {
    this.facts = facts;
    this.console = new ConsoleText(facts.console());
  }

  /** A verdict for every criterion, in order. */
  public static SequencedMap<Criterion, Verdict> verdicts(BootFacts facts) {
    var verification = new BootVerification(facts);
    var verdicts = new LinkedHashMap<Criterion, Verdict>();
    for (Criterion criterion : Criterion.values()) {
      verdicts.put(criterion, verification.verdict(criterion));
    }
    return verdicts;
  }

  /** Whether nothing that applies is missing. */
  public static boolean isMet(Map<Criterion, Verdict> verdicts) {
    return verdicts.values().stream()
        .allMatch(verdict ->
            switch (verdict) {
              case Met met -> true;
              case NotApplicable none -> true;
              case NotMet not -> false;
              case NotReached not -> false;
            });
  }

  /** The last line on a console with anything in it. */
  public static Optional<String> lastLine(String console) {
    return new ConsoleText(console).last();
  }

  private Verdict verdict(Criterion criterion) {
    return switch (criterion) {
      case ROOT_DEVICE -> rootDevice();
      case PCI_DEVICES -> pciDevices();
      case DISK -> disk();
      case ROOT_MOUNTED -> rootMounted();
      case ADDRESS -> address();
      case ARP -> arp();
      case SHELL ->
          facts.shell() == null ? new Met("a command ran in the guest") : missing(facts.shell());
    };
  }

  private Verdict rootDevice() {
    Optional<String> refused =
        console.containing(CANNOT_OPEN).or(() -> console.containing(CANNOT_FIND));
    if (refused.isPresent()) {
      return new NotMet(refused.get());
    }
    return mountedLine()
        .or(this::rootMountInGuest)
        .<Verdict>map(Met::new)
        .orElseGet(() -> missing("no line about " + facts.root() + " on the console yet"));
  }

  private Verdict pciDevices() {
    if (facts.transport() == Transport.MMIO) {
      return new NotApplicable("this VM's devices are on virtio-mmio; there is no PCI bus");
    }
    String inGuest = answer("pci");
    String found = "";
    for (String device : new String[] {BLOCK, NETWORK}) {
      Optional<String> line = console.containing("[" + device + "]");
      if (line.isEmpty() && !inGuest.contains(device)) {
        return missing(
            "no PCI device "
                + device
                + " seen"
                + (inGuest.isEmpty() ? " yet" : "; the guest has " + inGuest));
      }
      found += (found.isEmpty() ? "" : "; ") + line.orElse("the guest's sysfs has " + device);
    }
    return new Met(found);
  }

  private Verdict disk() {
    Optional<String> line = console.first(text -> VIRTIO_DISK.matcher(text).find());
    if (line.isPresent()) {
      return new Met(line.get());
    }
    String inGuest = answer("disks");
    return inGuest.contains("vda")
        ? new Met("the guest's block devices: " + inGuest)
        : missing("no disk of virtio_blk on the console yet");
  }

  private Verdict rootMounted() {
    return mountedLine()
        .or(this::rootMountInGuest)
        .<Verdict>map(Met::new)
        .orElseGet(() ->
            console
                .containing("Unable to mount root fs")
                .or(() -> console.containing("visco-initramfs: cannot mount"))
                .<Verdict>map(NotMet::new)
                .orElseGet(() -> blocked(rootDevice(), "no root file system mounted yet")));
  }

  private Optional<String> mountedLine() {
    return console.first(text -> MOUNTED.matcher(text).find());
  }

  private Optional<String> rootMountInGuest() {
    String mount = answer("root");
    return mount.isEmpty() ? Optional.empty() : Optional.of("the guest's /proc/mounts: " + mount);
  }

  private Verdict address() {
    GuestLink link = facts.link();
    String wanted = link.address() + "/" + Integer.bitCount(link.netmask().bits());
    if (facts.guest() == null) {
      return new NotReached(
          "the guest could not be asked: "
              + (facts.shell() == null ? "no shell yet" : facts.shell()));
    }
    String found = answer("address");
    String mac = answer("mac");
    if (!(" " + found + " ").contains(" " + wanted + " ")) {
      return new NotMet(
          link.device()
              + " has "
              + (found.isEmpty() ? "no address" : found)
              + " instead of "
              + wanted);
    }
    if (!mac.equals(link.mac().value())) {
      return new NotMet(link.device() + " has the MAC " + mac + " instead of " + link.mac());
    }
    if (!answer("gateway").equals(link.gateway().toString())) {
      return new NotMet(
          "the default route goes to \"" + answer("gateway") + "\" instead of " + link.gateway());
    }
    return new Met(
        link.device()
            + " has "
            + wanted
            + ", MAC "
            + mac
            + ", default route via "
            + link.gateway());
  }

  private Verdict arp() {
    MacAddress answered = facts.arp();
    if (answered == null) {
      return missing("nobody answers ARP for " + facts.link().address());
    }
    return answered.equals(facts.link().mac())
        ? new Met(facts.link().address() + " is at " + answered)
        : new NotMet(
            facts.link().address() + " is at " + answered + " instead of " + facts.link().mac());
  }

  private String answer(String question) {
    return facts.guest() == null ? "" : facts.guest().getOrDefault(question, "");
  }

  /** What is missing may still come as long as the machine runs. */
  private Verdict missing(String what) {
    return facts.alive() ? new NotReached(what) : new NotMet(what + ", and the machine has ended");
  }

  private Verdict blocked(Verdict before, String what) {
    return switch (before) {
      case NotMet not -> new NotReached("criterion 1: " + not.text());
      case Met met -> missing(what);
      case NotReached not -> missing(what);
      case NotApplicable none -> missing(what);
    };
  }
}
