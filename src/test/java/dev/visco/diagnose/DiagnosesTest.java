package dev.visco.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.commands.RemedyCommands;
import dev.visco.diagnose.BootEvidence.Exceeded;
import dev.visco.diagnose.BootEvidence.HostFirewall;
import dev.visco.diagnose.BootEvidence.MachineFacts;
import dev.visco.diagnose.BootEvidence.NetworkFacts;
import dev.visco.diagnose.BootEvidence.ObstacleEvidence;
import dev.visco.diagnose.BootEvidence.SessionFacts;
import dev.visco.diagnose.BootEvidence.Unmet;
import dev.visco.model.RootProblem;
import dev.visco.model.Transport;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What evidence that no recorded console can hold is explained by, and how several causes are
 * ordered.
 */
class DiagnosesTest {
  private static final KernelFacts KERNEL =
      new KernelFacts(
          "6.1.0-56-cloud-amd64",
          Map.of("VIRTIO_BLK", "m", "VIRTIO_NET", "m", "IP_PNP", "n"),
          true,
          List.of("virtio_blk", "virtio_net"),
          "6.1.0-56-cloud-amd64",
          true,
          72);
  private static final String HEALTHY =
      """
      [    0.000000] Linux version 6.1.0-56-cloud-amd64
      [    1.508855] Run /init as init process
      [    1.271937] virtio_blk virtio0: [vda] 4198400 512-byte logical blocks
      visco-initramfs: root PARTUUID=x mounted from /dev/vda1 (ext4)
      visco-initramfs: starting /sbin/init
      Server listening on 0.0.0.0 port 22.
      """;
  private static final NetworkFacts NETWORK =
      new NetworkFacts(
          "up",
          true,
          "up",
          true,
          true,
          10,
          10,
          0L,
          0L,
          List.of(),
          "192.168.100.2/24",
          "02:00:00:00:00:01",
          "02:00:00:00:00:01",
          null);
  private static final Unmet ARP = new Unmet(6, "guest answers ARP", "nobody answers");

  private static BootEvidence evidence(String console, MachineFacts machine, NetworkFacts network) {
    return evidence(console, machine, network, ARP);
  }

  private static BootEvidence evidence(
      String console, MachineFacts machine, NetworkFacts network, Unmet unmet) {
    return new BootEvidence(
        Transport.MMIO,
        List.of("console=ttyS0", "root=PARTUUID=x"),
        1,
        256,
        120,
        121,
        100,
        KERNEL,
        "ext4",
        console,
        machine,
        network,
        null,
        new SessionFacts("NO_ANSWER", "port 22 of 192.168.100.2: timed out"),
        null,
        unmet,
        List.of());
  }

  private static final MachineFacts RUNS = new MachineFacts(true, "", "running");

  private static NetworkFacts tap(String state) {
    return new NetworkFacts(
        state,
        true,
        "up",
        true,
        true,
        10,
        10,
        0L,
        0L,
        null,
        NETWORK.address(),
        NETWORK.mac(),
        null,
        null);
  }

  @Test
  void aTapThatIsDownIsTheCauseOfItsSilence() {
    Diagnosis diagnosis = Diagnoses.explain(evidence(HEALTHY, RUNS, tap("down")));
    assertThat(diagnosis.rule()).isEqualTo("tap-down");
    assertThat(diagnosis.criterion()).isEqualTo("6 guest answers ARP");
    assertThat(command(diagnosis)).contains("tap0 up");
    assertThat(diagnosis.ruledOut()).anyMatch(line -> line.contains("[vda]"));
  }

  /** What is typed for it. */
  private static String command(Diagnosis diagnosis) {
    return RemedyCommands.of(Objects.requireNonNull(diagnosis.action()));
  }

  private static NetworkFacts behind(HostFirewall host) {
    return new NetworkFacts(
        "up", true, "up", true, true, 9, 9, 0L, 0L, null, "192.168.100.2/24", "02:0", "02:0", host);
  }

  private static Diagnosis ofWayOut(HostFirewall host) {
    var unmet = new Unmet(12, "guest reaches the outside", "no answer for the guest");
    return Diagnoses.explain(evidence(HEALTHY, RUNS, behind(host), unmet));
  }

  private static HostFirewall firewall(boolean hasRoute, ObstacleEvidence... obstacles) {
    return new HostFirewall(true, hasRoute, List.of(obstacles), "v00ffh", "10.9.0.0/24");
  }

  private static ObstacleEvidence obstacle(String table, String chain, boolean isCertain) {
    String text = "chain " + chain + " of table " + table + " drops answers (policy drop)";
    return new ObstacleEvidence(table, chain, "forward", text, isCertain);
  }

  @Test
  void whatTheHostsOtherFirewallsDropIsNamed() {
    var forward = firewall(true, obstacle("ip filter", "FORWARD", true));
    assertThat(ofWayOut(forward).rule()).isEqualTo("forward-dropped");
    assertThat(ofWayOut(forward).isCertain()).isTrue();
    assertThat(ofWayOut(forward).evidence())
        .contains("chain FORWARD of table ip filter drops answers (policy drop)");
    assertThat(command(ofWayOut(forward)))
        .isEqualTo(
            "iptables -I FORWARD -i v00ffh+ -j ACCEPT && iptables -I FORWARD -o v00ffh+"
                + " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
    assertThat(Diagnoses.explain(evidence(HEALTHY, RUNS, behind(forward))).rule())
        .as("of a VM that was ready: it is certain")
        .isEqualTo("forward-dropped");

    var perhaps = firewall(true, obstacle("inet fw", "fwd", false));
    assertThat(ofWayOut(perhaps).rule()).isEqualTo("forward-perhaps-dropped");
    assertThat(ofWayOut(perhaps).isCertain()).isFalse();
    assertThat(command(ofWayOut(perhaps))).contains("nft insert rule inet fw fwd iifname");
    assertThat(Diagnoses.explain(evidence(HEALTHY, RUNS, behind(perhaps))).rule())
        .as("a guest with a way out has no fault there")
        .isEqualTo(Diagnosis.UNKNOWN);
  }

  @Test
  void aResolverOfTheHostBehindItsOwnFirewallIsNamedWithItsPort() {
    var input =
        new ObstacleEvidence(
            "inet filter", "input", "input", "chain input drops what guests send", true);
    assertThat(command(ofWayOut(firewall(true, input))))
        .contains("nft insert rule inet filter input iifname")
        .contains("th dport 53 accept");
  }

  @Test
  void rulesThatWereFlushedAndRoutesThatAreNotThereAreNamed() {
    var flushed = new HostFirewall(false, true, List.of(), "v00ffh", "10.9.0.0/24");
    assertThat(ofWayOut(flushed).rule()).isEqualTo("host-rules-missing");
    assertThat(ofWayOut(firewall(false)).rule()).isEqualTo("no-route");
    assertThat(ofWayOut(firewall(true)).rule()).isEqualTo("no-way-out");
  }

  @ParameterizedTest
  @CsvSource({
    "too-many-packets, network-packets-per-second, 7 packets a second",
    "too-many-queries, network.queries, 7 packets a second to the nameserver",
    "too-many-new-connections, network.new-connections, 7 connections a second",
    "too-many-connections, network.connections, holds more than 7 connections"
  })
  void aBoundThatAGuestHasMetIsNamedWithItsRemedyUnlessThereIsAnotherCause(
      String bound, String setting, String proof) {
    List<Exceeded> exceeded = List.of(new Exceeded(bound, 7, 4321));
    Diagnosis diagnosis = Diagnoses.explain(evidence(HEALTHY, RUNS, met("up", exceeded)));
    assertThat(diagnosis.rule()).isEqualTo(bound);
    assertThat(diagnosis.isCertain()).isFalse();
    assertThat(diagnosis.remedy()).contains(setting);
    assertThat(diagnosis.evidence())
        .anyMatch(line -> line.startsWith("4321 packets were dropped") && line.contains(proof));
    Diagnosis other = Diagnoses.explain(evidence(HEALTHY, RUNS, met("down", exceeded)));
    assertThat(other.rule()).isEqualTo("tap-down");
    assertThat(other.consequences()).anyMatch(each -> each.rule().equals(bound));
  }

  private static NetworkFacts met(String tap, List<Exceeded> exceeded) {
    return new NetworkFacts(
        tap,
        true,
        "up",
        true,
        true,
        9,
        9,
        0L,
        0L,
        exceeded,
        NETWORK.address(),
        NETWORK.mac(),
        null,
        null);
  }

  @Test
  void nothingIsGuessed() {
    Diagnosis diagnosis = Diagnoses.explain(evidence(HEALTHY, RUNS, NETWORK));
    assertThat(diagnosis.rule()).isEqualTo(Diagnosis.UNKNOWN);
    assertThat(diagnosis.isCertain()).isFalse();
    assertThat(diagnosis.evidence()).contains("criterion 6: nobody answers", "the machine runs");
    assertThat(command(diagnosis)).contains("--experiment");
  }

  @Test
  void theEarliestInTheChainWinsAndTheOthersAreItsConsequences() {
    String console =
        HEALTHY
            + "[    9.1] Out of memory: Killed process 88 (sshd)\n"
            + "[    9.2] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009\n";
    Diagnosis diagnosis =
        Diagnoses.explain(evidence(console, new MachineFacts(false, "", ""), NETWORK));
    assertThat(diagnosis.rule()).isEqualTo("guest-out-of-memory");
    assertThat(diagnosis.consequences())
        .extracting(Diagnosis.Consequence::rule)
        .containsExactly("init-ended");
  }

  @Test
  void aSignalFromOutsideIsNoFaultOfTheGuest() {
    var killed =
        new MachineFacts(
            false, "qemu-system-x86_64: terminating on signal 15 from pid 4711 (kill)", "");
    Diagnosis diagnosis = Diagnoses.explain(evidence(HEALTHY, killed, NETWORK));
    assertThat(diagnosis.rule()).isEqualTo("vmm-ended-by-signal");
    assertThat(diagnosis.evidence()).anyMatch(line -> line.contains("4711"));
  }

  @Test
  void whateverSurroundsTheLinesDoesNotChangeTheAnswer() {
    String console =
        HEALTHY
                .replace("[vda]", "[vda]")
                .replace("visco-initramfs: root PARTUUID=x mounted from /dev/vda1 (ext4)\n", "")
            + "visco-initramfs: cannot find root device \"/dev/sda\" within 15 s; block devices: vda vda1\n"
            + "[   17.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n";
    String colours =
        console.replace("\n", "\u001b[0m\r\n").replace("[   17.0]", "\u001b[1;31m[   17.0]");
    String noise =
        "some service says something that means nothing, over and over again\n".repeat(400_000);
    for (String mutated :
        List.of(console, colours, noise + console, console + noise, noise + colours + noise)) {
      Diagnosis diagnosis =
          Diagnoses.explain(evidence(mutated, new MachineFacts(false, "", ""), NETWORK));
      assertThat(diagnosis.rule()).isEqualTo("root-named-scsi");
      assertThat(diagnosis.evidence())
          .anyMatch(line -> line.contains("cannot find root device \"/dev/sda\""))
          .anyMatch(line -> line.contains("Kernel panic"));
    }
  }

  private static Diagnosis ofVmm(boolean isAlive, String log, String state) {
    return Diagnoses.explain(evidence("", new MachineFacts(isAlive, log, state), NETWORK));
  }

  @Test
  void whatTheVmmSaysOfItsHostIsTheCause() {
    assertThat(
            ofVmm(
                    false,
                    "qemu-system-x86_64: cannot set up guest memory 'ram': Cannot allocate memory",
                    "")
                .rule())
        .isEqualTo("vmm-host-memory");
    assertThat(
            ofVmm(
                    false,
                    "qemu-system-x86_64: -netdev tap,id=net0: could not configure /dev/net/tun (tap0): Device or resource busy",
                    "")
                .rule())
        .isEqualTo("vmm-tap-busy");
    assertThat(
            ofVmm(
                    false,
                    "qemu-system-x86_64: -drive file=root.qcow2: Could not open 'root.qcow2': No such file or directory",
                    "")
                .rule())
        .isEqualTo("vmm-disk-missing");
    assertThat(ofVmm(true, "", "paused").rule()).isEqualTo("vmm-paused");
  }

  @Test
  void aTapThatNoVmmHoldsIsNamedWhileTheVmmRuns() {
    var loose =
        new NetworkFacts(
            "up",
            false,
            "up",
            true,
            true,
            0,
            0,
            0L,
            0L,
            null,
            NETWORK.address(),
            NETWORK.mac(),
            null,
            null);
    assertThat(Diagnoses.explain(evidence(HEALTHY, RUNS, loose)).rule())
        .isEqualTo("tap-without-vmm");
    MachineFacts ended = new MachineFacts(false, "", "");
    assertThat(Diagnoses.explain(evidence(HEALTHY, ended, loose)).rule())
        .isNotEqualTo("tap-without-vmm");
  }

  @Test
  void linesThatOnlyABrokenHostOrKernelBringsAreKnown() {
    assertThat(rule(HEALTHY + "[ 9.0] I/O error, dev vda, sector 2048 op 0x1:(WRITE)\n"))
        .isEqualTo("disk-errors");
    assertThat(rule(HEALTHY + "[ 9.0] kernel BUG at mm/slub.c:379!\n")).isEqualTo("kernel-bug");
    assertThat(rule(HEALTHY + "sshd[70]: error: PTY allocation request failed on channel 0\n"))
        .isEqualTo("terminals-missing");
    assertThat(
            rule(
                "[ 0.0] Linux version 6.1\n[ 0.0] tsc: Marking TSC unstable due to could not calculate TSC khz\n"))
        .isEqualTo("clock-hang");
  }

  private static String rule(String console) {
    return Diagnoses.explain(evidence(console, RUNS, NETWORK)).rule();
  }

  @Test
  void aConsoleThatWasSentElsewhereIsNoSilentKernel() {
    BootEvidence silent = evidence("", RUNS, NETWORK);
    var elsewhere =
        new BootEvidence(
            silent.transport(),
            List.of("console=ttyS0", "console=tty0"),
            1,
            256,
            120,
            121,
            100,
            KERNEL,
            "ext4",
            "",
            RUNS,
            NETWORK,
            null,
            silent.session(),
            null,
            ARP,
            List.of());
    assertThat(Diagnoses.explain(elsewhere).rule()).isEqualTo("console-elsewhere");
    assertThat(Diagnoses.explain(silent).rule()).isNotEqualTo("console-elsewhere");
  }

  @Test
  void aBootThatStillSpokeAtItsDeadlineWasTooSlow() {
    BootEvidence late = evidence("[ 0.0] Linux version 6.1\n", RUNS, NETWORK);
    var speaking =
        new BootEvidence(
            late.transport(),
            late.commandLine(),
            1,
            256,
            120,
            121,
            1,
            KERNEL,
            "ext4",
            late.console(),
            RUNS,
            NETWORK,
            null,
            late.session(),
            null,
            ARP,
            List.of());
    assertThat(Diagnoses.explain(speaking).rule()).isEqualTo("too-slow");
    assertThat(Diagnoses.explain(late).rule()).isEqualTo(Diagnosis.UNKNOWN);
  }

  private static BootEvidence desktop(String console, String stage, String xvnc, String holder) {
    String said = "[    0.0] Linux version 6.1\n" + console;
    BootEvidence base = evidence(said, RUNS, NETWORK);
    return new BootEvidence(
        base.transport(),
        base.commandLine(),
        2,
        128,
        180,
        181,
        1,
        KERNEL,
        "ext4",
        said,
        RUNS,
        NETWORK,
        Map.of("address", "192.168.100.2/24", "shm", "tmpfs", "xvnc", xvnc, "port-5900", holder),
        null,
        new BootEvidence.DesktopEvidence(stage, "port 5900: " + stage),
        new Unmet(8, "VNC server answers", "port 5900: " + stage),
        List.of());
  }

  @Test
  void aSignInHelperThatFailsIsTheCauseOnlyWhereNothingElseIs() {
    BootEvidence seen = desktop("", "SEEN", "Xtigervnc", "Xtigervnc");
    String said = "the sign-in helper says: there is no screen :0";
    BootEvidence unhealthy = unmet(seen, new Unmet(9, "sign-in helper runs", said));
    assertThat(Diagnoses.explain(unhealthy).rule()).isEqualTo("sign-in-helper-fails");
    assertThat(Diagnoses.explain(unhealthy).evidence()).contains(said);
    assertThat(Diagnoses.explain(seen).rule()).isNotEqualTo("sign-in-helper-fails");
  }

  private static BootEvidence unmet(BootEvidence base, Unmet unmet) {
    return new BootEvidence(
        base.transport(),
        base.commandLine(),
        base.vcpus(),
        base.memoryMib(),
        base.deadlineSeconds(),
        base.ageSeconds(),
        base.consoleAgeSeconds(),
        base.kernel(),
        base.rootFileSystem(),
        base.console(),
        base.machine(),
        base.network(),
        base.guest(),
        base.session(),
        base.desktop(),
        unmet,
        base.forced());
  }

  @Test
  void aDesktopWithoutMemoryIsToldAsSuchOnlyWhereItDoesNotCome() {
    String killed =
        "[   40.1] Out of memory: Killed process 93 (Xtigervnc) total-vm:90000kB, anon-rss:30000kB";
    assertThat(Diagnoses.explain(desktop(killed, "PORT_CLOSED", "", "")).rule())
        .isEqualTo("desktop-out-of-memory");
    assertThat(Diagnoses.explain(desktop(killed, "SEEN", "", "")).rule())
        .isEqualTo("guest-out-of-memory");
  }

  @ParameterizedTest
  @CsvSource({
    "'visco: service vnc ended with 1, starts again', PORT_CLOSED, '', '', vnc-server-ends",
    "'', PORT_CLOSED, '', '', vnc-server-missing",
    "'', PORT_CLOSED, Xtigervnc, '', vnc-port-elsewhere",
    "'', PORT_CLOSED, Xtigervnc, Xtigervnc, vnc-only-inside",
    "'', NO_ANSWER, Xtigervnc, Xtigervnc, vnc-port-filtered",
    "'', NO_BANNER, '', nc, vnc-port-taken",
    "'', PASSWORD_REFUSED, Xtigervnc, Xtigervnc, vnc-password-refused",
    "'', BLANK, Xtigervnc, Xtigervnc, desktop-blank"
  })
  void aDesktopThatDoesNotComeHasItsCause(
      String console, String stage, String xvnc, String holder, String rule) {
    Diagnosis diagnosis = Diagnoses.explain(desktop(console, stage, xvnc, holder));
    assertThat(diagnosis.rule()).isEqualTo(rule);
    assertThat(diagnosis.evidence()).contains("port 5900: " + stage);
  }

  @Test
  void harmlessLinesAreNamedAsSuch() {
    assertThat(HarmlessLines.explain("virtio-mmio: probe of virtio-mmio.0 failed with error -16"))
        .hasValueSatisfying(why -> assertThat(why).contains("announced twice"));
    assertThat(HarmlessLines.explain("Kernel panic - not syncing")).isEmpty();
  }

  private static final KernelFacts ALONE =
      new KernelFacts("6.1.0", Map.of("IP_PNP", "n"), false, null, null, false, 72);
  private static final MachineFacts ENDED = new MachineFacts(false, "", "");

  /** Evidence of a guest that is not Visco's: its kernel, its console, its machine. */
  private static BootEvidence foreign(
      KernelFacts kernel, String console, MachineFacts machine, List<String> forced) {
    BootEvidence base = evidence(console, machine, NETWORK);
    return new BootEvidence(
        base.transport(),
        List.of("console=ttyS0", "loglevel=7", "root=/dev/vda"),
        1,
        256,
        120,
        121,
        100,
        kernel,
        "ext4",
        console,
        machine,
        new NetworkFacts(
            "up",
            true,
            "up",
            true,
            true,
            0,
            0,
            0L,
            0L,
            null,
            NETWORK.address(),
            "02:0",
            null,
            null),
        null,
        base.session(),
        null,
        ARP,
        forced);
  }

  /** Both were wrong and called certain. */
  @Test
  void whatLooksAlikeIsToldApart() {
    String noDisk =
        "[ 0.0] Linux version 6.1\n[ 0.9] VFS: Cannot open root device \"vda\" or unknown-block(0,0): error -6\n"
            + "[ 0.9] Please append a correct \"root=\" boot option; here are the available partitions:\n"
            + "[ 0.9] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n";
    Diagnosis none = Diagnoses.explain(foreign(ALONE, noDisk, ENDED, List.of()));
    assertThat(none.rule()).isEqualTo("no-disk-found");
    assertThat(none.isCertain()).isTrue();
    String listed = noDisk.replace("partitions:\n", "partitions:\n[ 0.9] fe00 2097152 vda \n");
    assertThat(Diagnoses.explain(foreign(ALONE, listed, ENDED, List.of())).rule())
        .as("there is a disk")
        .isEqualTo("root-not-found");

    String waits = "[ 0.0] Linux version 6.1\n[ 0.9] Waiting for root device /dev/vdz...\n";
    assertThat(Diagnoses.explain(foreign(KERNEL, waits, RUNS, List.of())).rule())
        .isEqualTo("root-waited-for");

    String noInit =
        "[ 0.0] Linux version 6.1\n[ 1.0] Run /init as init process\n"
            + "[ 1.0] Failed to execute /init (error -13)\n"
            + "[ 1.0] Kernel panic - not syncing: No working init found.  Try passing init= option\n";
    Diagnosis init = Diagnoses.explain(foreign(KERNEL, noInit, ENDED, List.of()));
    assertThat(init.rule()).isEqualTo("initramfs-init-fails");
    assertThat(init.evidence()).anyMatch(line -> line.contains("error -13"));
  }

  private static final String UP =
      "[ 0.0] Linux version 6.1\n[ 1.0] EXT4-fs (vda): mounted filesystem\n";

  /** Whether a foreign initramfs reads ip= is not known, which is not "no". */
  @Test
  void whatIsNotKnownIsNotNo() {
    var unknown = new KernelFacts("6.1.0", Map.of("IP_PNP", "n"), true, null, null, null, 72);
    Diagnosis perhaps = Diagnoses.explain(foreign(unknown, UP, RUNS, List.of()));
    assertThat(perhaps.rule()).isEqualTo("ip-perhaps-unread");
    assertThat(perhaps.isCertain()).isFalse();
    Diagnosis certain = Diagnoses.explain(foreign(ALONE, UP, RUNS, List.of()));
    assertThat(certain.rule()).isEqualTo("nobody-reads-ip");
    assertThat(certain.isCertain()).isTrue();
    assertThat(Diagnoses.explain(evidence(UP, RUNS, NETWORK)).rule())
        .as("it answers ARP, so it has its address")
        .isEqualTo(Diagnosis.UNKNOWN);
  }

  /** An objection that was overruled and came true is the cause, and not a symptom of it. */
  @Test
  void anObjectionThatWasOverruledAndCameTrueIsTheCause() {
    String ended =
        "[ 0.0] Linux version 6.1\n[ 1.0] Run /init as init process\n"
            + "[ 2.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n";
    var blind = new KernelFacts(null, Map.of(), true, null, null, null, 0);
    assertThat(Diagnoses.explain(foreign(blind, ended, ENDED, List.of())).rule())
        .isEqualTo("initramfs-ended");
    Diagnosis foretold =
        Diagnoses.explain(foreign(blind, ended, ENDED, List.of("virtio-mmio-missing")));
    assertThat(foretold.rule()).isEqualTo("virtio-transport-missing");
    assertThat(foretold.evidence())
        .contains("the preflight said so (virtio-mmio-missing) and was overruled");
    assertThat(foretold.consequences())
        .extracting(Diagnosis.Consequence::rule)
        .containsExactly("initramfs-ended");
    String later = UP + ended.substring(ended.indexOf("[ 2.0]"));
    assertThat(
            Diagnoses.explain(foreign(blind, later, ENDED, List.of("virtio-mmio-missing"))).rule())
        .as("its disk was there all the same")
        .isEqualTo("init-ended");
  }

  @Test
  void theLineBeforeAPanicIsQuoted() {
    String console =
        UP
            + "myinit: cannot read /etc/mine.conf\n"
            + "[ 2.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n";
    assertThat(Diagnoses.explain(foreign(KERNEL, console, ENDED, List.of())).evidence())
        .contains("myinit: cannot read /etc/mine.conf");
  }

  @Test
  void aPanicAfterTheVmWasReadyAndAKillAreExplained() {
    Diagnosis panic =
        Diagnoses.explain(
            foreign(
                KERNEL,
                HEALTHY
                    + "[ 99.0] sysrq: Trigger a crash\n[ 99.0] Kernel panic - not syncing: sysrq triggered crash\n",
                ENDED,
                List.of()));
    assertThat(panic.rule()).isEqualTo("kernel-panicked");
    assertThat(panic.evidence()).contains("[ 99.0] sysrq: Trigger a crash");
    Diagnosis killed = Diagnoses.explain(foreign(KERNEL, HEALTHY, ENDED, List.of()));
    assertThat(killed.rule()).isEqualTo("vmm-killed");
    assertThat(killed.isCertain()).isFalse();
    var noMemory = new MachineFacts(false, "", "", 1L);
    Diagnosis limit = Diagnoses.explain(foreign(KERNEL, HEALTHY, noMemory, List.of()));
    assertThat(limit.rule()).isEqualTo("vmm-out-of-memory");
    assertThat(limit.evidence()).contains("its control group's events: oom_kill 1");
    String off = HEALTHY + "[ 99.0] reboot: Power down\n";
    assertThat(Diagnoses.explain(foreign(KERNEL, off, ENDED, List.of())).rule())
        .isEqualTo("guest-powered-off");
    assertThat(Diagnoses.explain(foreign(KERNEL, off, ENDED, List.of())).isCertain()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "sshd-config-wrong, /etc/ssh/sshd_config: line 3: Bad configuration option: NoSuchOption",
    "sshd-config-wrong, Missing privilege separation directory: /run/sshd",
    "sshd-port-taken, [70] Nov 26 17:46:30 Failed listening on '22': Error listening: Address already in use",
    "systemd-frozen, [    1.9] systemd[1]: Freezing execution.",
    "dhcp-unanswered, No DHCPOFFERS received.",
    "dhcp-unanswered, eth0: soliciting a DHCP lease",
    "dhcp-unanswered, udhcpc: no lease, failing"
  })
  void whatProgramsOfImagesSayIsKnown(String rule, String line) {
    assertThat(Diagnoses.explain(foreign(KERNEL, UP + line + "\n", RUNS, List.of())).rule())
        .isEqualTo(rule);
  }

  @Test
  void everyRuleHasItsOwnNameACauseARemedyAndASource() {
    assertThat(Diagnoses.rules()).doesNotHaveDuplicates().hasSizeGreaterThan(35);
    assertThat(BootRules.TABLE)
        .allSatisfy(rule -> {
          assertThat(rule.id()).matches("[a-z-]+");
          assertThat(rule.cause()).endsWith(".");
          assertThat(rule.remedy()).endsWith(".");
          assertThat(rule.source()).isNotBlank();
        });
  }

  /** The console says that init cannot be started, the image says why. */
  @Test
  void whatTheImageHoldsIsQuotedBesideWhatTheConsoleSays() {
    String console =
        "Linux version 6.1.0\nEXT4-fs (vda1): mounted filesystem\n"
            + "switch_root: can't execute '/sbin/init': Permission denied\n";
    var problem =
        new RootProblem(
            "init-not-executable", "/sbin/init", "/sbin/init has mode 644.", "chmod 755 it.");
    var other = new RootProblem("sshd-not-executable", "/sshd", "sshd has mode 644.", "No.");
    BootEvidence plain = evidence(console, ENDED, NETWORK);
    Diagnosis diagnosis = Diagnoses.explain(withRoot(plain, plain.commandLine(), problem, other));
    assertThat(diagnosis.rule()).isEqualTo("init-not-executable");
    assertThat(diagnosis.evidence())
        .contains("in the image: /sbin/init has mode 644. chmod 755 it.")
        .noneMatch(line -> line.contains("sshd"));
    List<String> named = List.of("console=ttyS0", "init=/opt/mine");
    assertThat(Diagnoses.explain(withRoot(plain, named, problem)).evidence())
        .noneMatch(line -> line.startsWith("in the image"));
  }

  private static BootEvidence withRoot(
      BootEvidence from, List<String> commandLine, RootProblem... problems) {
    return new BootEvidence(
        from.transport(),
        commandLine,
        from.vcpus(),
        from.memoryMib(),
        from.deadlineSeconds(),
        from.ageSeconds(),
        from.consoleAgeSeconds(),
        from.kernel(),
        from.rootFileSystem(),
        from.console(),
        from.machine(),
        from.network(),
        from.guest(),
        from.session(),
        from.desktop(),
        from.unmet(),
        from.forced(),
        new BootEvidence.RootEvidence(List.of(problems), List.of()));
  }
}
