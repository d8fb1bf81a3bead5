package dev.visco.compatible;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.compatible.GuestPlan.Device;
import dev.visco.compatible.GuestPlan.PlannedBalloon;
import dev.visco.compatible.GuestPlan.PlannedDisk;
import dev.visco.compatible.GuestPlan.PlannedEntropy;
import dev.visco.compatible.GuestPlan.PlannedNetwork;
import dev.visco.compatible.GuestPlan.PlannedVsock;
import dev.visco.host.LinuxHost;
import dev.visco.model.Rate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The argument lists, word by word. */
class GuestArgumentsTest {
  private static final Path CONTROL = Path.of("/tmp/control");
  private static final List<Device> DEVICES =
      List.of(
          new PlannedBalloon("balloon", 16, false, 1),
          new PlannedDisk("root", Path.of("/d/a,b"), true, new Rate(5, 7)),
          new PlannedNetwork("eth0", "tap0", "06:00:ac:10:00:02", null, null),
          new PlannedVsock("vsock", 3, Path.of("/v.sock")),
          new PlannedEntropy("rng"));

  private static GuestPlan plan(boolean pci, int vcpus, List<Device> devices) {
    return new GuestPlan(pci, Path.of("/k"), Path.of("/i"), "a  line -- x", vcpus, 128, devices);
  }

  private static List<String> render(GuestPlan plan) {
    return new GuestArguments(plan, false, Optional.empty(), CONTROL).render();
  }

  /** Everything between blanks is a word; the kernel's parameters are one. */
  private static List<String> words(String text) {
    return List.of(text.strip().split("\\s+", -1)).stream()
        .map(word -> word.equals("%line") ? "a  line -- x" : word)
        .toList();
  }

  @Test
  void withoutDevicesOnMmio() {
    assertThat(render(plan(false, 1, List.of())))
        .containsExactlyElementsOf(
            words(
                """
                qemu-system-x86_64 -name visco-firecracker-compatible
                -nodefaults -no-user-config -no-reboot -display none
                -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
                -icount shift=auto
                -machine microvm,auto-kernel-cmdline=off,ioapic2=on,memory-backend=memory
                -object memory-backend-memfd,id=memory,size=128M
                -accel tcg,thread=single,tb-size=128 -cpu max,-erms -smp 1 -m 128M
                -kernel /k -initrd /i -append %line -device i8042
                -chardev stdio,id=console,signal=off -serial chardev:console
                -chardev socket,id=control,path=/tmp/control -mon chardev=control,mode=control
                -S -no-shutdown -d cpu_reset
                """));
  }

  @Test
  void devicesHaveTheirPlacesAlsoBehindOneThatIsNotThere() {
    assertThat(devices(render(plan(true, 1, DEVICES))))
        .containsExactly(
            "i8042",
            "virtio-balloon-pci,disable-legacy=on,deflate-on-oom=off,id=device0,addr=1",
            "virtio-blk-pci,disable-legacy=on,drive=disk1-0,id=device1,addr=2",
            "virtio-net-pci,disable-legacy=on,netdev=net2,mac=06:00:ac:10:00:02,id=device2,"
                + "addr=3,romfile=",
            "virtio-rng-pci,disable-legacy=on,rng=rng4,id=device4,addr=5");
    assertThat(devices(render(plan(false, 1, DEVICES))))
        .containsExactly(
            "i8042",
            "virtio-balloon-device,deflate-on-oom=off,id=device0,bus=virtio-mmio-bus.23",
            "virtio-blk-device,drive=disk1-0,id=device1,bus=virtio-mmio-bus.22",
            "virtio-net-device,netdev=net2,mac=06:00:ac:10:00:02,id=device2,"
                + "bus=virtio-mmio-bus.21",
            "virtio-rng-device,rng=rng4,id=device4,bus=virtio-mmio-bus.19");
  }

  private static List<String> devices(List<String> words) {
    return java.util.stream.IntStream.range(0, words.size() - 1)
        .filter(at -> words.get(at).equals("-device"))
        .mapToObj(at -> words.get(at + 1))
        .toList();
  }

  @Test
  void aDiskIsAnUnlockedRawFileBehindItsLimit() {
    List<String> words = render(plan(false, 1, DEVICES));
    assertThat(words.stream().filter(word -> word.contains("\"filename\":\"/d/a,b\"")))
        .singleElement()
        .asString()
        .contains("\"driver\":\"throttle\"", "\"locking\":\"off\"", "\"read-only\":true");
    assertThat(words.stream().filter(word -> word.contains("throttle-group\"")).findFirst())
        .hasValueSatisfying(word ->
            assertThat(word).contains("\"id\":\"rate1\"", "\"bps-total\":5", "\"iops-total\":7"));
  }

  @Test
  void severalProcessorsHaveAThreadEachAndNoCountedClock() {
    assertThat(render(plan(true, 4, List.of())))
        .contains("tcg,thread=multi,tb-size=128")
        .doesNotContain("-icount")
        .containsSequence("-smp", "4");
  }

  @Test
  void aConsoleFileIsAppendedTo() {
    assertThat(
            new GuestArguments(
                    plan(false, 1, List.of()), false, Optional.of(Path.of("/c,d")), CONTROL)
                .render())
        .contains("file,id=console,append=on,path=/c,,d")
        .noneMatch(word -> word.startsWith("stdio"));
  }

  @Test
  void fromASnapshotNothingIsBooted() {
    assertThat(
            new GuestArguments(plan(true, 1, List.of()), true, Optional.empty(), CONTROL).render())
        .containsSequence("-incoming", "defer")
        .doesNotContain("-kernel", "-initrd", "-append");
  }

  @Test
  void whatQemuCannotDoIsToldAndNothingElse() {
    var limited = new PlannedNetwork("eth1", "tap1", null, new Rate(1, 0), null);
    assertThat(new QemuHypervisor().shortcomings(plan(true, 1, DEVICES)))
        .containsExactly("The guest has no vsock device vsock: QEMU's ends in no unix socket.");
    assertThat(new QemuHypervisor().shortcomings(plan(true, 1, List.of(limited))))
        .containsExactly("Nothing limits eth1: QEMU cannot limit a network card.");
  }

  /** They are what firectl and others give by default. */
  @Test
  void argumentsThatAGuestDoesNotBearHereAreLeftOutAndTold() {
    String line = "console=ttyS0 noapic reboot=k acpi=off pci=off -- noapic";
    assertThat(UnbearableArguments.without(line))
        .isEqualTo("console=ttyS0 reboot=k pci=off -- noapic");
    assertThat(UnbearableArguments.without("console=ttyS0")).isEqualTo("console=ttyS0");
    assertThat(new QemuHypervisor().shortcomings(plan(true, 1, List.of()).withCommandLine(line)))
        .hasSize(2)
        .first()
        .asString()
        .startsWith("The guest is not given noapic");
  }

  @Test
  void onlyALinuxWithSeveralProcessorsIsToldOfItsClock(@TempDir Path folder) throws IOException {
    byte[] kernel = new byte[3 << 20];
    Path file = Files.write(folder.resolve("kernel"), kernel);
    assertThat(LinuxClock.isNeeded(withKernel(file, 2))).isFalse();
    byte[] words = "Linux version 6.1".getBytes(StandardCharsets.US_ASCII);
    // Across the pieces in which it is read, and at the end.
    for (int at : new int[] {0, (1 << 20) + 7, (2 << 20) - 3, (3 << 20) - words.length}) {
      byte[] linux = kernel.clone();
      System.arraycopy(words, 0, linux, at, words.length);
      Files.write(file, linux);
      assertThat(LinuxClock.isNeeded(withKernel(file, 2))).as("at " + at).isTrue();
    }
    assertThat(LinuxClock.isNeeded(withKernel(file, 1))).isFalse();
    assertThat(LinuxClock.line("a -- b", new LinuxHost()))
        .startsWith("a ")
        .endsWith(" tsc=reliable no_timer_check -- b");
    assertThat(LinuxClock.line("a --x", new LinuxHost())).endsWith("no_timer_check");
  }

  private static GuestPlan withKernel(Path kernel, int vcpus) {
    return new GuestPlan(false, kernel, null, "", vcpus, 128, List.of());
  }
}
