package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.compatible.GuestPlan.Device;
import dev.visco.compatible.GuestPlan.PlannedBalloon;
import dev.visco.compatible.GuestPlan.PlannedDisk;
import dev.visco.compatible.GuestPlan.PlannedEntropy;
import dev.visco.compatible.GuestPlan.PlannedNetwork;
import dev.visco.compatible.Hypervisor.Guest;
import dev.visco.compatible.Hypervisor.MachineEnd;
import dev.visco.host.Command;
import dev.visco.image.Image;
import dev.visco.image.TestImages;
import dev.visco.vmm.LaunchSite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole Linux behind the compatible API's hypervisor, its command line left as it is. */
class LinuxGuestIT {
  private static final String GATEWAY = "192.168.77.1";
  private static final String GUEST = "192.168.77.2";

  private final GuestSite site = new GuestSite();

  @AfterEach
  void nothingIsLeft() throws IOException {
    site.close();
  }

  private PlannedDisk root(Image image) {
    Path file = site.root.resolve("root.img");
    site.host.check(
        Command.of("cp", "--sparse=always", image.rootfs().toString(), file.toString()));
    return new PlannedDisk("root", file, false, null);
  }

  private PlannedDisk other() throws IOException {
    return new PlannedDisk(
        "other", Files.write(site.root.resolve("o"), new byte[1 << 20]), true, null);
  }

  private void moveGatewayTo(String tap, String before) {
    String remove = before.isEmpty() ? "" : "addr del " + GATEWAY + "/24 dev " + before + "\n";
    site.host.check(
        Command.of("ip", "-batch", "-")
            .withInput(
                remove + "addr add " + GATEWAY + "/24 dev " + tap + "\nlink set " + tap + " up\n"));
  }

  private void awaitAnswer() {
    Awaitility.await("ping")
        .atMost(LaunchSite.LONG)
        .until(() ->
            site.host.run(Command.of("busybox", "ping", "-c", "1", "-W", "1", GUEST)).succeeded());
  }

  @ParameterizedTest
  @CsvSource({"false, 1", "true, 1", "true, 2"})
  void bootsIsSavedIsLoadedAndRebootsByItsKeyboard(boolean pci, int vcpus) throws Exception {
    Image image = TestImages.cli();
    String line =
        "console=ttyS0 reboot=k panic=1 root="
            + image.manifest().root()
            + " rw ip="
            + GUEST
            + "::"
            + GATEWAY
            + ":255.255.255.0:guest:eth0:off";
    try (var taps = new Taps(site.host, 2)) {
      PlannedNetwork network = taps.network(0);
      Device[] devices = {
        new PlannedBalloon("balloon", 0, true, 1),
        root(image),
        other(),
        network,
        new PlannedEntropy("rng")
      };
      GuestSite.Terminal first = site.terminal();
      moveGatewayTo(network.tap(), "");
      Guest guest =
          first
              .hypervisor()
              .start(plan(pci, image, line, vcpus, List.of(devices)), Optional.empty());
      first.console().await("starting /sbin/init");
      assertThat(first.console().said())
          .contains("Command line: " + line + (vcpus == 1 ? "\r\n" : " tsc"))
          .contains("mounted from /dev/vda1", "[vdb] 2048 512-byte logical blocks")
          .doesNotContain("Marking TSC unstable");
      awaitAnswer();
      guest.pause();
      guest.snapshot(site.root.resolve("state"), site.root.resolve("memory"));
      guest.kill();
      devices[3] = taps.network(1);
      moveGatewayTo(Taps.name(1), Taps.name(0));
      GuestSite.Terminal second = site.terminal();
      Guest loaded =
          second
              .hypervisor()
              .load(
                  plan(pci, image, line, vcpus, List.of(devices)),
                  Optional.empty(),
                  site.root.resolve("state"),
                  site.root.resolve("memory"));
      loaded.resume();
      awaitAnswer();
      loaded.ctrlAltDel();
      assertThat(loaded.awaitEnd()).isEqualTo(MachineEnd.RESET);
    }
  }

  private static GuestPlan plan(
      boolean pci, Image image, String line, int vcpus, List<Device> devices) {
    return new GuestPlan(pci, image.kernel(), image.initrd(), line, vcpus, 256, devices);
  }
}
