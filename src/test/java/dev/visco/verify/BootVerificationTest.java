package dev.visco.verify;

import static dev.visco.verify.Criterion.ADDRESS;
import static dev.visco.verify.Criterion.ARP;
import static dev.visco.verify.Criterion.DISK;
import static dev.visco.verify.Criterion.PCI_DEVICES;
import static dev.visco.verify.Criterion.ROOT_DEVICE;
import static dev.visco.verify.Criterion.ROOT_MOUNTED;
import static dev.visco.verify.Criterion.SHELL;
import static dev.visco.verify.Criterion.WAY_OUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.GuestLink;
import dev.visco.model.Ipv4;
import dev.visco.model.MacAddress;
import dev.visco.model.Transport;
import dev.visco.verify.Verdict.Met;
import dev.visco.verify.Verdict.NotApplicable;
import dev.visco.verify.Verdict.NotMet;
import dev.visco.verify.Verdict.NotReached;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Judges what real guests said, whole and with single facts taken away. */
class BootVerificationTest {
  private static final Set<Criterion> DESKTOPS =
      EnumSet.of(Criterion.WEBSOCKET, Criterion.VNC, Criterion.SIGN_IN, Criterion.DESKTOP);
  private static final String REFUSED = "port 22 of 192.168.100.2: Connection refused";

  /** A boot's facts, to be changed one at a time. */
  private static final class Boot {
    private final Transport transport;
    private List<String> console;
    private boolean alive = true;
    private boolean arpAsked = true;
    private @Nullable MacAddress arp;
    private @Nullable Map<String, String> guest;
    private @Nullable String shell;
    private @Nullable WayOut wayOut = new WayOut.Reached("the nameserver answered");
    private final MacAddress planned;

    private Boot(Transport transport, String log, String answers) {
      this.transport = transport;
      console = List.of(log.split("\n", -1));
      guest = new HashMap<>(GuestQuestions.answers(answers));
      planned = new MacAddress(Objects.requireNonNull(guest.get("mac")));
      arp = planned;
    }

    /** All that a healthy guest on this transport showed and said. */
    static Boot healthy(Transport transport) {
      String name = "healthy-" + transport.word();
      return new Boot(transport, Consoles.log(name), Consoles.answers(name));
    }

    /** A guest that nobody could ask anything: its console is all there is. */
    static Boot silent(String log) {
      Transport transport = log.endsWith("-pci") ? Transport.PCI : Transport.MMIO;
      var boot = new Boot(transport, Consoles.log(log), Consoles.answers("healthy-mmio"));
      boot.guest = null;
      boot.arp = null;
      boot.arpAsked = false;
      boot.shell = REFUSED;
      boot.wayOut = null;
      return boot;
    }

    Boot without(Predicate<String> lines) {
      console = console.stream().filter(lines.negate()).toList();
      return this;
    }

    Boot mute() {
      console = List.of();
      return this;
    }

    Boot ended() {
      alive = false;
      return this;
    }

    Boot answering(String question, @Nullable String answer) {
      if (answer == null) {
        Objects.requireNonNull(guest).remove(question);
      } else {
        Objects.requireNonNull(guest).put(question, answer);
      }
      return this;
    }

    Map<Criterion, Verdict> verdicts() {
      var link =
          new GuestLink(
              Ipv4.of("a", "192.168.100.2"),
              Ipv4.of("a", "192.168.100.1"),
              Ipv4.of("a", "255.255.255.0"),
              planned,
              "eth0",
              Ipv4.of("a", "192.168.100.1"));
      return BootVerification.verdicts(
          new BootFacts(
              transport,
              "PARTUUID=fb9cce59-a6e2-3460-bb3e-20f9590a669c",
              link,
              String.join("\n", console),
              alive,
              arpAsked,
              arp,
              guest,
              shell,
              false,
              null,
              false,
              null,
              wayOut));
    }

    Verdict verdict(Criterion criterion) {
      return Objects.requireNonNull(verdicts().get(criterion));
    }

    /** The criteria that are not met. */
    Set<Criterion> failing() {
      var failing = EnumSet.noneOf(Criterion.class);
      verdicts()
          .forEach((criterion, verdict) -> {
            if (!BootVerification.isMet(verdict)) {
              failing.add(criterion);
            }
          });
      return failing;
    }
  }

  // Healthy guests

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aHealthyBootMeetsEveryCriterionAndShowsWhy(Transport transport) {
    Map<Criterion, Verdict> verdicts = Boot.healthy(transport).verdicts();
    assertThat(verdicts.keySet()).containsExactly(Criterion.values());
    assertThat(BootVerification.isMet(verdicts)).isTrue();
    String log = Consoles.log("healthy-" + transport.word());
    for (Criterion criterion : List.of(ROOT_DEVICE, DISK, ROOT_MOUNTED)) {
      Verdict verdict = Objects.requireNonNull(verdicts.get(criterion));
      assertThat(verdict).isInstanceOf(Met.class);
      assertThat(log.lines().map(String::strip)).as("evidence").contains(verdict.text());
    }
    assertThat(verdicts.get(ADDRESS))
        .extracting(Verdict::text)
        .asString()
        .contains("eth0 has 192.168.100.2/24")
        .contains("via 192.168.100.1");
    assertThat(verdicts.get(ARP)).extracting(Verdict::text).asString().contains(" is at 02:");
    assertThat(verdicts.get(SHELL)).extracting(Verdict::text).asString().contains("Linux 6.1.0");
  }

  @Test
  void onMmioThePciCriterionDoesNotApplyAndSaysWhy() {
    assertThat(Boot.healthy(Transport.MMIO).verdict(PCI_DEVICES))
        .isEqualTo(new NotApplicable("this VM's devices are on virtio-mmio; there is no PCI bus"));
  }

  @Test
  void onPciBothDevicesAreTheEvidence() {
    assertThat(Boot.healthy(Transport.PCI).verdict(PCI_DEVICES))
        .isInstanceOf(Met.class)
        .extracting(Verdict::text)
        .asString()
        .contains("pci 0000:00:01.0: [1af4:1042]")
        .contains("[1af4:1041]");
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aQuietConsoleIsNoReasonToFailAGuestThatAnswers(Transport transport) {
    Boot boot = Boot.healthy(transport).mute();
    assertThat(boot.failing()).isEmpty();
    assertThat(boot.verdict(ROOT_MOUNTED).text())
        .isEqualTo("the guest's /proc/mounts: /dev/vda1 / ext4 rw,relatime");
    assertThat(boot.verdict(DISK).text()).isEqualTo("the guest's block devices: vda vda1 vdb");
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void ofAHealthyConsoleEachLineIsEitherNeededByItsCriterionOrByNone(Transport transport) {
    // Two lines tell of the mount, and PCI shows two disks; one of each is left away here.
    Boot base = Boot.healthy(transport).without(line -> line.contains("EXT4-fs"));
    base.answering("root", null).answering("disks", null).answering("pci", null);
    if (transport == Transport.PCI) {
      base.without(line -> line.contains("0000:00:02.0: [1af4:1042]"));
    }
    assertThat(base.failing()).isEmpty();
    List<String> whole = base.console;
    var needed = new HashMap<Set<Criterion>, List<String>>();
    for (int at = 0; at < whole.size(); at++) {
      var rest = new ArrayList<>(whole);
      String removed = rest.remove(at);
      base.console = rest;
      Set<Criterion> failing = base.failing();
      if (!failing.isEmpty()) {
        needed.computeIfAbsent(failing, key -> new ArrayList<>()).add(removed);
      }
    }
    var expected = new HashMap<Set<Criterion>, Integer>();
    expected.put(Set.of(ROOT_DEVICE, ROOT_MOUNTED), 1);
    expected.put(Set.of(DISK), 1);
    if (transport == Transport.PCI) {
      expected.put(Set.of(PCI_DEVICES), 2);
    }
    var counted = new HashMap<Set<Criterion>, Integer>();
    needed.forEach((criteria, lines) -> counted.put(criteria, lines.size()));
    assertThat(counted).as(needed.toString()).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void ofAHealthyGuestsAnswersEachIsNeededByItsCriterion(Transport transport) {
    Map<String, Set<Criterion>> needed =
        Map.of(
            "root", Set.of(ROOT_DEVICE, ROOT_MOUNTED),
            "disks", Set.of(DISK),
            "pci", transport == Transport.PCI ? Set.of(PCI_DEVICES) : Set.of(),
            // A guest that has no means to tell was reached at its address all the same.
            "address", Set.of(),
            "mac", Set.of(ADDRESS),
            "gateway", Set.of(ADDRESS),
            "kernel", Set.of(SHELL),
            "uptime", Set.of());
    assertThat(Boot.healthy(transport).guest).containsOnlyKeys(needed.keySet());
    needed.forEach((question, criteria) ->
        assertThat(Boot.healthy(transport).mute().answering(question, null).failing())
            .as(question)
            .isEqualTo(criteria));
  }

  @ParameterizedTest
  @CsvSource({
    "root, tmpfs / tmpfs rw, ROOT_DEVICE ROOT_MOUNTED",
    "root, rootfs / rootfs rw, ROOT_DEVICE ROOT_MOUNTED",
    "disks, vda1 vdb, DISK",
    "disks, sda vdb, DISK",
    "pci, 1af4:1041 1af4:1044, PCI_DEVICES",
    "pci, 1af4:1042 1af4:1000, PCI_DEVICES",
    "address, 192.168.100.3/24, ADDRESS",
    "address, 192.168.100.2/16, ADDRESS",
    "address, 192.168.100.22/24, ADDRESS",
    "mac, 02:00:00:00:00:99, ADDRESS",
    "gateway, 192.168.100.254, ADDRESS",
    "kernel, '', SHELL"
  })
  void anotherAnswerThanThePlannedOneFailsItsCriterionAlone(
      String question, String answer, String failing) {
    var expected = EnumSet.noneOf(Criterion.class);
    for (String name : failing.split(" ", -1)) {
      expected.add(Criterion.valueOf(name));
    }
    Boot boot = Boot.healthy(Transport.PCI).mute().answering(question, answer);
    assertThat(boot.failing()).isEqualTo(expected);
    for (Criterion criterion : expected) {
      if (criterion != ROOT_DEVICE && criterion != ROOT_MOUNTED && !answer.isEmpty()) {
        assertThat(boot.verdict(criterion).text()).as("evidence").contains(answer);
      }
    }
  }

  @Test
  void aSecondAddressDoesNoHarm() {
    assertThat(
            Boot.healthy(Transport.MMIO)
                .answering("address", "10.0.0.1/8 192.168.100.2/24")
                .failing())
        .isEmpty();
  }

  @Test
  void arpIsMetByThePlannedMacOnly() {
    Boot boot = Boot.healthy(Transport.MMIO);
    boot.arp = null;
    assertThat(boot.failing()).containsExactly(ARP);
    assertThat(boot.verdict(ARP)).isEqualTo(new NotReached("nobody answers ARP for 192.168.100.2"));
    boot.arp = new MacAddress("02:00:00:00:00:99");
    assertThat(boot.verdict(ARP)).isInstanceOf(NotMet.class);
    assertThat(boot.verdict(ARP).text()).contains("02:00:00:00:00:99 instead of " + boot.planned);
  }

  @Test
  void arpThatNobodyAskedForIsNotSaidToBeUnanswered() {
    Boot boot = Boot.healthy(Transport.MMIO);
    boot.arp = null;
    boot.arpAsked = false;
    assertThat(boot.verdict(ARP)).isInstanceOf(NotReached.class);
    assertThat(boot.verdict(ARP).text()).contains("nobody was asked");
  }

  @Test
  void aShellThatDoesNotAnswerFailsTheShellAlone() {
    Boot boot = Boot.healthy(Transport.MMIO);
    boot.shell = "the guest's shell ended with 127: sh: not found";
    assertThat(boot.failing()).containsExactly(SHELL);
    assertThat(boot.verdict(SHELL).text()).contains("127");
  }

  @Test
  void aSeedDiskIsNoRootDisk() {
    Boot boot = Boot.silent("healthy-mmio");
    assertThat(boot.failing()).doesNotContain(DISK);
    boot.console = boot.console.stream().map(line -> line.replace("[vda]", "[vdb]")).toList();
    assertThat(boot.failing()).contains(DISK);
  }

  // Guests that did not come up: what their consoles alone show

  private static void judged(String log, boolean alive, String... verdicts) {
    Boot boot = Boot.silent(log);
    boot.alive = alive;
    var found = new ArrayList<String>();
    SequencedMap<Criterion, Verdict> all = new LinkedHashMap<>(boot.verdicts());
    all.keySet().removeAll(DESKTOPS); // No image here has one.
    all.forEach(
        (criterion, verdict) -> found.add(criterion + " " + verdict.getClass().getSimpleName()));
    assertThat(found).as(log + " " + boot.verdicts()).containsExactly(verdicts);
  }

  @Test
  void judgesAGuestThatNobodyCouldAsk() {
    judged(
        "healthy-mmio",
        true,
        "ROOT_DEVICE Met",
        "PCI_DEVICES NotApplicable",
        "DISK Met",
        "ROOT_MOUNTED Met",
        "ADDRESS NotReached",
        "ARP NotReached",
        "SHELL NotReached",
        "WAY_OUT NotReached");
    assertThat(Boot.silent("healthy-mmio").verdict(ADDRESS).text())
        .isEqualTo("the guest could not be asked: " + REFUSED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"root-sda", "root-sda-pci"})
  void judgesARootThatIsNamedSda(String log) {
    boolean isPci = log.endsWith("-pci");
    judged(
        log,
        false,
        "ROOT_DEVICE NotMet",
        isPci ? "PCI_DEVICES NotMet" : "PCI_DEVICES NotApplicable",
        "DISK Met",
        "ROOT_MOUNTED NotReached",
        "ADDRESS NotReached",
        "ARP NotReached",
        "SHELL NotMet",
        "WAY_OUT NotReached");
    Boot boot = Boot.silent(log).ended();
    assertThat(boot.verdict(ROOT_DEVICE).text())
        .isEqualTo(
            "visco-initramfs: cannot find root device \"/dev/sda1\" within 2 s; block devices: vda vda1");
    assertThat(boot.verdict(ROOT_MOUNTED).text()).startsWith("criterion 1: visco-initramfs");
    assertThat(boot.verdict(SHELL).text()).contains("Kernel panic").contains("exitcode=0x00000100");
  }

  @Test
  void judgesAKernelWithoutItsModules() {
    judged(
        "no-initrd",
        false,
        "ROOT_DEVICE NotMet",
        "PCI_DEVICES NotApplicable",
        "DISK NotMet",
        "ROOT_MOUNTED NotMet",
        "ADDRESS NotReached",
        "ARP NotReached",
        "SHELL NotMet",
        "WAY_OUT NotReached");
    Boot boot = Boot.silent("no-initrd").ended();
    assertThat(boot.verdict(ROOT_DEVICE).text())
        .contains("VFS: Cannot open root device \"vda1\" or unknown-block(0,0): error -6");
    assertThat(boot.verdict(ROOT_MOUNTED).text()).contains("Unable to mount root fs");
  }

  @Test
  void judgesAKernelThatWaitsForItsRootForEver() {
    judged(
        "no-initrd-rootwait",
        true,
        "ROOT_DEVICE NotReached",
        "PCI_DEVICES NotApplicable",
        "DISK NotReached",
        "ROOT_MOUNTED NotReached",
        "ADDRESS NotReached",
        "ARP NotReached",
        "SHELL NotReached",
        "WAY_OUT NotReached");
    assertThat(Boot.silent("no-initrd-rootwait").verdict(ROOT_DEVICE).text())
        .contains("Waiting for root device /dev/vda1...");
  }

  @Test
  void judgesARootDeviceThatHoldsNoFileSystem() {
    judged(
        "root-wrong-type",
        false,
        "ROOT_DEVICE Met",
        "PCI_DEVICES NotApplicable",
        "DISK Met",
        "ROOT_MOUNTED NotMet",
        "ADDRESS NotReached",
        "ARP NotReached",
        "SHELL NotMet",
        "WAY_OUT NotReached");
    assertThat(Boot.silent("root-wrong-type").ended().verdict(ROOT_MOUNTED).text())
        .isEqualTo("visco-initramfs: cannot mount /dev/vda (/dev/vda)");
  }

  @Test
  void judgesABootWithoutARootParameter() {
    assertThat(Boot.silent("no-root-parameter").ended().verdict(ROOT_DEVICE))
        .isEqualTo(new NotMet("visco-initramfs: no root= on the kernel command line"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"init-missing", "init-ends"})
  void judgesAnInitThatIsMissingOrEnds(String log) {
    judged(
        log,
        false,
        "ROOT_DEVICE Met",
        "PCI_DEVICES NotApplicable",
        "DISK Met",
        "ROOT_MOUNTED Met",
        "ADDRESS NotReached",
        "ARP NotReached",
        "SHELL NotMet",
        "WAY_OUT NotReached");
    assertThat(Boot.silent(log).ended().verdict(ADDRESS).text())
        .contains("Kernel panic - not syncing: Attempted to kill init!");
  }

  @Test
  void judgesTooLittleMemory() {
    judged(
        "memory-scarce",
        false,
        "ROOT_DEVICE NotMet",
        "PCI_DEVICES NotApplicable",
        "DISK NotMet",
        "ROOT_MOUNTED NotReached",
        "ADDRESS NotReached",
        "ARP NotReached",
        "SHELL NotMet",
        "WAY_OUT NotReached");
    assertThat(Boot.silent("memory-scarce").ended().verdict(ROOT_DEVICE).text())
        .contains("Kernel panic - not syncing: System is deadlocked on memory");
    assertThat(Boot.silent("memory-too-small").ended().verdict(ROOT_DEVICE).text())
        .endsWith("and the machine has ended");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tsc-hang", "no-console", "init-silent"})
  void aGuestThatSaysNothingWrongMayStillComeUp(String log) {
    Boot boot = Boot.silent(log);
    assertThat(boot.verdicts().values()).noneMatch(NotMet.class::isInstance);
    assertThat(boot.failing()).contains(ADDRESS, ARP, SHELL, WAY_OUT);
    assertThat(BootVerification.end(Consoles.log(log), true)).isEmpty();
  }

  @Test
  void aGuestWithoutACardMeetsAllButItsNetwork() {
    assertThat(Boot.silent("no-network-card").failing())
        .containsExactly(ADDRESS, ARP, SHELL, WAY_OUT);
  }

  // The end of a boot

  @Test
  void aPanicEndsABootWhetherItsMachineRunsOnOrNot() {
    for (boolean alive : new boolean[] {true, false}) {
      assertThat(BootVerification.end(Consoles.log("panic-stays"), alive).orElseThrow())
          .startsWith("the guest's kernel panicked: \"[    1.423241] Kernel panic - not syncing")
          .contains("the line before: \"");
    }
    assertThat(BootVerification.end(Consoles.log("init-missing"), false).orElseThrow())
        .contains("the line before: \"visco-initramfs: the root file system has no /nonexistent\"");
  }

  @Test
  void aMachineThatEndedQuietlyHasEnded() {
    assertThat(BootVerification.end(Consoles.log("healthy-mmio"), false))
        .contains("the machine has ended");
    assertThat(BootVerification.end(Consoles.log("healthy-mmio"), true)).isEmpty();
  }

  @Test
  void wordsAboutAPanicAreNone() {
    assertThat(BootVerification.end("my-service: a Kernel panic - not syncing would be bad", true))
        .isEmpty();
    assertThat(BootVerification.end("Kernel panic - not syncing: without a time", true))
        .isPresent();
  }

  @Test
  void aGuestThatOnlyHasNoWayOutIsNotReady() {
    Boot boot = Boot.healthy(Transport.MMIO);
    boot.wayOut = new WayOut.Blocked("the nameserver answers this host alone", 1);
    assertThat(boot.verdict(WAY_OUT)).isInstanceOf(NotReached.class);
    boot.wayOut =
        new WayOut.Blocked("the nameserver answers this host alone", WayOut.Blocked.MAX_TRIES);
    assertThat(boot.verdict(WAY_OUT)).isInstanceOf(NotMet.class);
    assertThat(boot.failing()).containsExactly(WAY_OUT);
    boot.wayOut = null;
    assertThat(boot.failing()).containsExactly(WAY_OUT);
  }

  @Test
  void aHostWithoutAWayOutIsNoFaultOfTheGuest() {
    Boot boot = Boot.healthy(Transport.MMIO);
    boot.wayOut = new WayOut.HostHasNone("the host itself has no way out");
    assertThat(boot.verdict(WAY_OUT))
        .isEqualTo(new Verdict.NotApplicable("the host itself has no way out"));
    assertThat(boot.failing()).isEmpty();
  }

  @Test
  void nothingIsMetByNothing() {
    Boot boot = Boot.silent("no-console").mute();
    assertThat(boot.failing())
        .containsExactlyInAnyOrder(ROOT_DEVICE, DISK, ROOT_MOUNTED, ADDRESS, ARP, SHELL, WAY_OUT);
    assertThat(boot.verdicts().values()).noneMatch(Met.class::isInstance);
    assertThat(Boot.healthy(Transport.PCI).failing()).isEmpty();
  }

  @Test
  void aVerdictThatIsNeitherMetNorOutsideFailsTheBoot() {
    assertThat(BootVerification.isMet(Map.of(ARP, new Met("x"), DISK, new NotApplicable("x"))))
        .isTrue();
    assertThat(BootVerification.isMet(Map.of(ARP, new Met("x"), DISK, new NotMet("x")))).isFalse();
    assertThat(BootVerification.isMet(Map.of(ARP, new Met("x"), DISK, new NotReached("x"))))
        .isFalse();
  }
}
