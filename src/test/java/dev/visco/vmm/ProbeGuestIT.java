package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The probe guest does what it says under QEMU, and under real Firecracker where there is one. */
class ProbeGuestIT {
  private static final String LINE = "console=ttyS0 reboot=k panic=1";
  @TempDir Path folder;

  @Test
  void underQemu() throws Exception {
    lives(List.of(0), LINE, List.of(), qemu("microvm", "virtio-rng-device"));
    lives(
        List.of(0),
        LINE,
        List.of("00:00.0 1b36:0008", "00:03.0 1af4:1044"),
        qemu("microvm,pcie=on", "virtio-rng-pci,disable-legacy=on,addr=3"));
  }

  private List<String> qemu(String machine, String device) {
    var all =
        new ArrayList<>(
            List.of("qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none"));
    all.addAll(List.of("-serial", "stdio", "-m", "128M", "-accel", "tcg", "-cpu", "max"));
    all.addAll(List.of("-machine", machine, "-device", "i8042", "-device", device));
    all.addAll(List.of("-kernel", ProbeGuest.forQemu(folder.resolve("guest")).toString()));
    all.addAll(List.of("-append", LINE));
    return all;
  }

  /** {@code VISCO_FIRECRACKER}: paths of real ones, with colons between them. */
  @Test
  void underRealFirecracker() throws Exception {
    String paths = System.getenv("VISCO_FIRECRACKER");
    assumeTrue(paths != null, "VISCO_FIRECRACKER names no real Firecracker");
    assumeTrue(Files.isWritable(Path.of("/dev/kvm")), "this host has no /dev/kvm");
    for (String firecracker : paths.split(":")) {
      // Up to 1.12 there is no PCI, and up to 1.14 a triple fault is no failure. Later it mostly
      // is.
      String version = version(firecracker);
      boolean pci = Integer.parseInt(version.split("\\.")[1]) >= 13;
      List<Integer> fault =
          Integer.parseInt(version.split("\\.")[1]) >= 15 ? List.of(0, 1) : List.of(0);
      String off = pci ? " pci=off" : "";
      String where = pci ? "0xc0001000" : "0xd0000000";
      int interrupt = version.startsWith("1.14.") ? 6 : 5;
      String mmio = LINE + off + " virtio_mmio.device=4K@" + where + ":" + interrupt;
      lives(fault, mmio, List.of(), firecracker(firecracker));
      if (pci) {
        List<String> command = firecracker(firecracker);
        command.add("--enable-pci");
        lives(fault, LINE, List.of("00:00.0 8086:0d57", "00:01.0 1af4:1044"), command);
      }
    }
  }

  private static String version(String firecracker) throws IOException {
    Process process = new ProcessBuilder(firecracker, "--version").start();
    try (var said = process.inputReader()) {
      return said.readLine().replaceFirst("Firecracker v", "");
    }
  }

  /** One with one entropy device. */
  private List<String> firecracker(String program) throws IOException {
    Path guest = ProbeGuest.forFirecracker(folder.resolve("guest"));
    Path configuration = folder.resolve("config.json");
    Files.writeString(
        configuration,
        Json.line(
            Map.of(
                "boot-source",
                Map.of("kernel_image_path", guest.toString(), "boot_args", LINE),
                "drives",
                List.of(),
                "machine-config",
                Map.of("vcpu_count", 1, "mem_size_mib", 128),
                "entropy",
                Map.of())));
    Path log = Files.write(folder.resolve("log"), new byte[0]);
    return new ArrayList<>(
        List.of(
            program,
            "--no-api",
            "--config-file",
            configuration.toString(),
            "--log-path",
            log.toString()));
  }

  /** Starts it twice: once it is ended by a reset, once by a triple fault. */
  private static void lives(
      List<Integer> afterFault, String line, List<String> pci, List<String> command)
      throws Exception {
    assertThat(life(command, line, pci, "q")).as("reset: " + command).isZero();
    assertThat(life(command, line, pci, "f")).as("fault: " + command).isIn(afterFault);
  }

  private static int life(List<String> command, String line, List<String> pci, String end)
      throws Exception {
    Process vmm =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var console = new ProbeConsole(vmm.getOutputStream(), vmm.getInputStream())) {
      console.await(ProbeGuest.GREETING + line + "\n");
      console.type("hello\n").await("\nhello\n").type("#").await("00000006\n");
      console.type("p\nagain\n").await("again\n").type(end);
      assertThat(vmm.waitFor(30, TimeUnit.SECONDS)).isTrue();
      String list = console.said().replaceAll("(?s).*00000006\n|\nagain\n", "");
      assertThat(list.lines()).containsExactlyElementsOf(pci);
      return vmm.exitValue();
    } finally {
      vmm.destroyForcibly();
    }
  }
}
