package dev.visco.verify;

import dev.visco.model.GuestLink;
import dev.visco.model.MacAddress;
import dev.visco.model.Transport;
import dev.visco.verify.Verdict.Met;
import dev.visco.verify.Verdict.NotApplicable;
import dev.visco.verify.Verdict.NotMet;
import dev.visco.verify.Verdict.NotReached;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Judges the criteria by the facts; does no I/O and never waits. The console's output and the
 * guest's answers are both evidence: a guest that answers does not fail because its console is
 * quiet.
 */
public final class BootVerification {
  private static final String BLOCK = "1af4:1042";
  private static final String NETWORK = "1af4:1041";

  /** File systems at / without a disk: those of a guest that never left its initramfs. */
  private static final Set<String> IN_MEMORY = Set.of("rootfs", "ramfs", "tmpfs");

  private final BootFacts facts;
  private final ConsoleText console;
  private final Optional<String> end;

  private BootVerification(BootFacts facts) {
    this.facts = facts;
    this.console = new ConsoleText(facts.console());
    this.end = ended(console, facts.alive());
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

  /** Whether every criterion that applies is met. */
  public static boolean isMet(Map<Criterion, Verdict> verdicts) {
    return verdicts.values().stream().allMatch(BootVerification::isMet);
  }

  /** Whether the criterion is met or does not apply. */
  public static boolean isMet(Verdict verdict) {
    return switch (verdict) {
      case Met met -> true;
      case NotApplicable none -> true;
      case NotMet not -> false;
      case NotReached not -> false;
    };
  }

  /**
   * Why this boot cannot succeed any more, in a sentence: its machine has ended, or its kernel has
   * panicked. Empty as long as it may succeed.
   */
  public static Optional<String> end(String console, boolean alive) {
    return ended(new ConsoleText(console), alive);
  }

  /** Whether the guest's kernel has panicked. */
  public static boolean hasPanicked(String console) {
    return new ConsoleText(console).matching(ConsolePatterns.PANIC).isPresent();
  }

  private static Optional<String> ended(ConsoleText console, boolean alive) {
    Optional<String> panic = console.matching(ConsolePatterns.PANIC);
    if (panic.isPresent()) {
      String before =
          console
              .before(ConsolePatterns.PANIC)
              .map(line -> "; the line before: \"" + line + "\"")
              .orElse("");
      return Optional.of("the guest's kernel panicked: \"" + panic.get() + "\"" + before);
    }
    return alive ? Optional.empty() : Optional.of("the machine has ended");
  }

  private Verdict verdict(Criterion criterion) {
    return switch (criterion) {
      case ROOT_DEVICE -> rootDevice();
      case PCI_DEVICES -> pciDevices();
      case DISK -> disk();
      case ROOT_MOUNTED -> rootMounted();
      case ADDRESS -> address();
      case ARP -> arp();
      case WEBSOCKET -> DesktopVerdicts.webSocket(facts, end);
      case VNC -> DesktopVerdicts.vnc(facts, end);
      case SIGN_IN -> DesktopVerdicts.signIn(facts, end);
      case DESKTOP -> DesktopVerdicts.desktop(facts, end);
      case SHELL -> shell();
      case WAY_OUT -> wayOut();
    };
  }

  private Verdict rootDevice() {
    Optional<String> refused = console.matching(ConsolePatterns.NO_ROOT_DEVICE);
    if (refused.isPresent()) {
      return new NotMet(refused.get());
    }
    return mountEvidence()
        .or(() -> console.matching(ConsolePatterns.NO_FILE_SYSTEM))
        .<Verdict>map(Met::new)
        .orElseGet(() ->
            missing(
                console
                    .matching(ConsolePatterns.WAITING)
                    .orElse("no line about " + facts.root() + " on the console so far")));
  }

  private Verdict pciDevices() {
    if (facts.transport() == Transport.MMIO) {
      return new NotApplicable("this VM's devices are on virtio-mmio; there is no PCI bus");
    }
    List<String> inGuest = words("pci");
    String found = "";
    for (String device : List.of(BLOCK, NETWORK)) {
      Optional<String> line = console.containing("[" + device + "]");
      if (line.isEmpty() && !inGuest.contains(device)) {
        return missing(
            "no PCI device "
                + device
                + " seen"
                + (inGuest.isEmpty() ? "" : "; the guest has " + String.join(" ", inGuest)));
      }
      found += (found.isEmpty() ? "" : "; ") + line.orElse("the guest's sysfs has " + device);
    }
    return new Met(found);
  }

  private Verdict disk() {
    Optional<String> line = console.matching(ConsolePatterns.DISK);
    if (line.isPresent()) {
      return new Met(line.get());
    }
    List<String> inGuest = words("disks");
    return inGuest.contains("vda")
        ? new Met("the guest's block devices: " + String.join(" ", inGuest))
        : missing(
            "virtio_blk has registered no vda"
                + (inGuest.isEmpty()
                    ? " on the console"
                    : "; the guest has " + String.join(" ", inGuest)));
  }

  private Verdict rootMounted() {
    return mountEvidence()
        .<Verdict>map(Met::new)
        .orElseGet(() ->
            console
                .matching(ConsolePatterns.NO_FILE_SYSTEM)
                .or(() -> console.matching(ConsolePatterns.NOT_MOUNTED))
                .<Verdict>map(NotMet::new)
                .orElseGet(() -> blocked(rootDevice(), "no root file system is mounted")));
  }

  private Optional<String> mountEvidence() {
    return console.matching(ConsolePatterns.MOUNTED).or(this::rootMountInGuest);
  }

  private Optional<String> rootMountInGuest() {
    List<String> mount = words("root");
    return mount.size() < 3 || IN_MEMORY.contains(mount.get(2))
        ? Optional.empty()
        : Optional.of("the guest's /proc/mounts: " + String.join(" ", mount));
  }

  private Verdict address() {
    GuestLink link = facts.link();
    if (facts.guest() == null) {
      return new NotReached("the guest could not be asked: " + end.orElse(facts.shell() + ""));
    }
    String wanted = link.address() + "/" + link.prefix();
    List<String> found = words("address");
    if (!facts.guest().containsKey("address")) {
      return new Met(
          "a session came through "
              + link.address()
              + "; the guest has nothing that tells more of its interface");
    }
    if (!found.contains(wanted)) {
      return new NotMet(
          link.device()
              + " has "
              + (found.isEmpty() ? "no address" : String.join(" ", found))
              + " instead of "
              + wanted);
    }
    String mac = answer("mac");
    if (!mac.equals(link.mac().value())) {
      return new NotMet(
          link.device() + " has the MAC " + orNone(mac) + " instead of " + link.mac());
    }
    String gateway = answer("gateway");
    if (!gateway.equals(link.gateway().toString())) {
      return new NotMet(
          "the default route goes to " + orNone(gateway) + " instead of " + link.gateway());
    }
    return new Met(
        link.device() + " has " + wanted + ", MAC " + mac + ", default route via " + gateway);
  }

  private static String orNone(String text) {
    return text.isEmpty() ? "(none)" : text;
  }

  private Verdict arp() {
    GuestLink link = facts.link();
    MacAddress answered = facts.arp();
    if (answered == null) {
      return facts.arpAsked()
          ? missing("nobody answers ARP for " + link.address())
          : new NotReached(
              "nobody was asked for "
                  + link.address()
                  + " yet: "
                  + end.orElse("nothing of the guest's network has answered"));
    }
    return answered.equals(link.mac())
        ? new Met(link.address() + " is at " + answered)
        : new NotMet(link.address() + " is at " + answered + " instead of " + link.mac());
  }

  private Verdict shell() {
    String why = facts.shell();
    if (why != null) {
      return missing(why);
    }
    String kernel = answer("kernel");
    return kernel.isEmpty()
        ? missing("the guest's shell did not say which kernel it runs on")
        : new Met("a command ran in the guest, on Linux " + kernel);
  }

  private Verdict wayOut() {
    return switch (facts.wayOut()) {
      case null ->
          facts.guest() == null
              ? new NotReached("the guest could not be asked: " + end.orElse(facts.shell() + ""))
              : missing("the guest was not asked yet to reach anything outside");
      case WayOut.Reached reached -> new Met(reached.text());
      case WayOut.Blocked blocked ->
          blocked.isFinal() ? new NotMet(blocked.text()) : missing(blocked.text());
      case WayOut.HostHasNone none -> new NotApplicable(none.text());
      case WayOut.Untried untried -> new NotApplicable(untried.text());
    };
  }

  private String answer(String question) {
    return facts.guest() == null ? "" : facts.guest().getOrDefault(question, "").strip();
  }

  private List<String> words(String question) {
    String answer = answer(question);
    return answer.isEmpty() ? List.of() : List.of(answer.split("\\s+", -1));
  }

  /** Not reached yet while the guest runs; not met once it has ended. */
  private Verdict missing(String what) {
    return missing(what, end);
  }

  static Verdict missing(String what, Optional<String> end) {
    return end.<Verdict>map(over -> new NotMet(what + ", and " + over))
        .orElseGet(() -> new NotReached(what));
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
