package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.compatible.GuestPlan.Device;
import dev.visco.compatible.GuestPlan.PlannedBalloon;
import dev.visco.compatible.GuestPlan.PlannedDisk;
import dev.visco.compatible.GuestPlan.PlannedEntropy;
import dev.visco.compatible.GuestPlan.PlannedVsock;
import dev.visco.compatible.Hypervisor.Guest;
import dev.visco.compatible.Hypervisor.GuestFault;
import dev.visco.compatible.Hypervisor.MachineEnd;
import dev.visco.model.Rate;
import dev.visco.vmm.ProbeGuest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Probe guests of the compatible API's hypervisor, on both transports. */
class QemuHypervisorIT {
  /** What only a guest with a line of its own could tell from a rewritten one. */
  private static final String LINE = "  console=ttyS0  \"a  b\" reboot=k, virtio -- --init  ";

  private final GuestSite site = new GuestSite();
  private final GuestSite.Terminal terminal = site.terminal();

  @AfterEach
  void nothingIsLeft() throws IOException {
    site.close();
  }

  private GuestPlan plan(boolean pci, Device... devices) {
    Path kernel = ProbeGuest.forQemu(site.root.resolve("vmlinux"));
    return new GuestPlan(pci, kernel, null, LINE, 1, 128, List.of(devices));
  }

  private PlannedDisk disk(String id, boolean readOnly) {
    try {
      Path file = site.root.resolve(id + ".img");
      Files.write(file, new byte[1 << 20]);
      return new PlannedDisk(id, file, readOnly, null);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Guest start(GuestPlan plan) throws GuestFault {
    return terminal.hypervisor().start(plan, Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void runsAGuestWithExactlyItsLineUntilItResetsItself(boolean pci) throws Exception {
    Guest guest = start(plan(pci, new PlannedEntropy("rng")));
    terminal.console().await(ProbeGuest.GREETING + LINE + "\n");
    terminal.console().type("hello\n").await("\nhello\n").type("q");
    assertThat(guest.awaitEnd()).isEqualTo(MachineEnd.RESET);
    guest.kill();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTripleFaultIsTold(boolean pci) throws Exception {
    Guest guest = start(plan(pci));
    terminal.console().await(LINE).type("f");
    assertThat(guest.awaitEnd()).isEqualTo(MachineEnd.TRIPLE_FAULT);
  }

  @Test
  void devicesAreOnPciInThePlansOrder() throws Exception {
    Guest guest =
        start(
            plan(
                true,
                new PlannedBalloon("balloon", 4, true, 1),
                disk("root", false),
                disk("other", true),
                new PlannedVsock("vsock", 3, site.root.resolve("v.sock")),
                new PlannedEntropy("rng")));
    terminal.console().await(LINE).type("p=").await("=");
    assertThat(terminal.console().said().lines().filter(line -> line.startsWith("00:")))
        .containsExactly(
            "00:00.0 1b36:0008",
            "00:01.0 1af4:1045",
            "00:02.0 1af4:1042",
            "00:03.0 1af4:1042",
            "00:05.0 1af4:1044");
    guest.kill();
    assertThat(guest.awaitEnd()).isEqualTo(MachineEnd.BROKEN);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void asManyDrivesAsFirecrackerTakes(boolean pci) throws Exception {
    Device[] drives =
        Stream.iterate(0, n -> n + 1)
            .limit(pci ? 31 : 18)
            .map(n -> disk("d" + n, false))
            .toArray(Device[]::new);
    Guest guest = start(plan(pci, drives));
    terminal.console().await(LINE);
    guest.kill();
  }

  @Test
  void aPausedGuestHearsWhatWasTypedOnceItGoesOn() throws Exception {
    Guest guest = start(plan(false));
    terminal.console().await(LINE);
    guest.pause();
    guest.pause();
    terminal.console().type("abc\n");
    Awaitility.await()
        .during(Duration.ofMillis(200))
        .until(() -> !terminal.console().said().contains("abc"));
    guest.resume();
    guest.resume();
    terminal.console().await("abc\n");
    guest.kill();
  }

  @Test
  void theConsoleIsAppendedToItsFileAndNothingIsRead() throws Exception {
    Path file = site.root.resolve("a,console");
    Files.writeString(file, "before\n");
    Guest guest = terminal.hypervisor().start(plan(false), Optional.of(file));
    Awaitility.await().until(() -> Files.readString(file), text -> text.endsWith(LINE + "\n"));
    assertThat(Files.readString(file)).isEqualTo("before\n" + ProbeGuest.GREETING + LINE + "\n");
    assertThat(terminal.console().said()).isEmpty();
    guest.kill();
  }

  @Test
  void aFileThatIsNotThereIsSaidInQemusWords() throws Exception {
    PlannedDisk disk = disk("root", false);
    Files.delete(disk.file());
    assertThatThrownBy(() -> start(plan(false, disk)))
        .isInstanceOf(GuestFault.class)
        .hasMessageContaining("root.img")
        .hasMessageContaining("No such file or directory");
    assertThat(site.processes()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void drivesBalloonAndKeyboardAreChangedWhileItRuns(boolean pci) throws Exception {
    PlannedDisk root = disk("root", false);
    Guest guest = start(plan(pci, new PlannedBalloon("balloon", 0, true, 1), root));
    terminal.console().await(LINE);
    guest.ctrlAltDel();
    assertThatThrownBy(() -> guest.inflateBalloon(64))
        .isInstanceOf(GuestFault.class)
        .hasMessageContaining("driver is not up");
    guest.limitDisk("root", new Rate(1_000_000, 100));
    guest.limitDisk("root", new Rate(0, 0));
    Path other = Files.write(site.root.resolve("other"), new byte[2 << 20]);
    guest.changeDisk("root", other);
    assertThat(openFiles(guest)).contains(other.toString()).doesNotContain(root.file().toString());
    guest.changeDisk("root", root.file());
    assertThat(openFiles(guest)).contains(root.file().toString()).doesNotContain(other.toString());
    assertThatThrownBy(() -> guest.changeDisk("root", site.root.resolve("none")))
        .isInstanceOf(GuestFault.class)
        .hasMessageContaining("No such file or directory");
    guest.changeDisk("root", other);
    // No driver of the guest's has told anything.
    assertThat(guest.balloonStatistics()).isEmpty();
    guest.kill();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSnapshotIsLoadedTwiceSideBySideWithOtherTaps(boolean pci) throws Exception {
    try (var taps = new Taps(site.host, 3)) {
      Device[] devices = {
        new PlannedBalloon("balloon", 0, true, 1),
        disk("root", false),
        taps.network(0),
        new PlannedEntropy("rng")
      };
      Guest guest = start(plan(pci, devices));
      terminal.console().await(LINE).type("hello\n").await("hello\n");
      guest.pause();
      Path state = site.root.resolve("state");
      Path memory = site.root.resolve("memory");
      guest.snapshot(state, memory);
      // Another one, of a guest that has not moved.
      guest.snapshot(site.root.resolve("state2"), site.root.resolve("memory2"));
      assertThat(memory).hasSameBinaryContentAs(site.root.resolve("memory2"));
      assertThat(Files.size(memory)).isEqualTo(128 << 20);
      byte[] before = Files.readAllBytes(memory);
      assertThat(new String(before, StandardCharsets.ISO_8859_1)).contains(LINE);
      guest.resume();
      terminal.console().type("more\n#").await("0000000b\n");
      for (int next = 1; next <= 2; next++) {
        devices[2] = taps.network(next);
        GuestSite.Terminal other = site.terminal();
        Guest loaded = other.hypervisor().load(plan(pci, devices), Optional.empty(), state, memory);
        other.console().type("#");
        Awaitility.await()
            .during(Duration.ofMillis(100))
            .until(() -> other.console().said().isEmpty());
        loaded.resume();
        other.console().await("00000006\n").type("b").await("b");
        if (pci) {
          other.console().type("p").await("00:03.0 1af4:1041\n").await("00:04.0 1af4:1044\n");
        }
        // What was loaded can be saved again.
        loaded.pause();
        loaded.snapshot(state, site.root.resolve("memory" + next));
        loaded.resume();
        other.console().type("#").await("00000007\n");
      }
      assertThat(Files.readAllBytes(memory)).isEqualTo(before);
      site.killAll();
    }
  }

  /** The first moments of a guest are its firmware's, which Firecracker does not have. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aGuestGoesOnWhereverInItsFirstMomentsItWasSaved(boolean pci) throws Exception {
    Path state = site.root.resolve("state");
    Path memory = site.root.resolve("memory");
    GuestPlan plan = plan(pci, new PlannedEntropy("rng"));
    boolean isBooted = false;
    for (int millis = 0; !isBooted; millis += 10) {
      GuestSite.Terminal first = site.terminal();
      Guest guest = first.hypervisor().start(plan, Optional.empty());
      Thread.sleep(millis);
      guest.pause();
      guest.snapshot(state, memory);
      isBooted = first.console().said().contains(LINE);
      guest.kill();
      GuestSite.Terminal next = site.terminal();
      Guest loaded = next.hypervisor().load(plan, Optional.empty(), state, memory);
      loaded.resume();
      next.console().type("on\n").await("on\n");
      loaded.kill();
    }
  }

  @Test
  void whatIsNoWholeSnapshotIsSaid() throws Exception {
    Guest guest = start(plan(false, new PlannedEntropy("rng")));
    terminal.console().await(LINE);
    Path state = site.root.resolve("state");
    Path memory = site.root.resolve("memory");
    assertThatThrownBy(() -> guest.snapshot(state, memory))
        .isInstanceOf(GuestFault.class)
        .hasMessageContaining("must be paused first");
    guest.pause();
    assertThatThrownBy(() -> guest.snapshot(site.root.resolve("no/state"), memory))
        .isInstanceOf(GuestFault.class)
        .hasMessageContaining("no/state");
    assertThatThrownBy(() -> guest.snapshot(state, site.root.resolve("no/memory")))
        .isInstanceOf(GuestFault.class)
        .hasMessageContaining("no/memory");
    assertThat(site.root).isDirectoryNotContaining("regex:.*/(state|memory).*");
    guest.snapshot(state, memory);
    guest.kill();
    byte[] whole = Files.readAllBytes(state);
    Path cut = Files.write(site.root.resolve("cut"), Arrays.copyOf(whole, whole.length / 2));
    GuestPlan plan = plan(false, new PlannedEntropy("rng"));
    assertCannotLoad(plan, cut, memory, "is not whole");
    assertCannotLoad(plan, site.root.resolve("none"), memory, "none");
    assertCannotLoad(plan, state, site.root.resolve("none"), "none");
    assertCannotLoad(plan, state, cut, "a guest of 128 MiB has 134217728 of memory");
    assertCannotLoad(
        plan(true, new PlannedEntropy("rng")), state, memory, "load of migration failed");
    assertThat(site.processes()).isEmpty();
  }

  private void assertCannotLoad(GuestPlan plan, Path state, Path memory, String why) {
    assertThatThrownBy(() -> terminal.hypervisor().load(plan, Optional.empty(), state, memory))
        .isInstanceOf(GuestFault.class)
        .hasMessageContaining(why);
  }

  private List<String> openFiles(Guest guest) throws IOException {
    Path descriptors = Path.of("/proc", Long.toString(((QemuGuest) guest).pid()), "fd");
    try (var files = Files.list(descriptors)) {
      return files
          .map(file -> {
            try {
              return Files.readSymbolicLink(file).toString();
            } catch (IOException e) {
              return "gone";
            }
          })
          .toList();
    }
  }
}
