package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.image.DebianRoot;
import dev.visco.image.oci.MadeContainer;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Healthy guests whose init or initramfs is a distribution's, through a whole create. */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "emulated guests with systemd and dracut take minutes")
class ForeignInitIT {
  private static final Duration SOON = Duration.ofMinutes(2);
  private final LinuxHost host = new LinuxHost();
  @TempDir private Path folder;

  @Test
  void containersThatRunTheirOwnInitBecomeReady() throws Exception {
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      String systemd = container(visco, "systemd", DebianRoot.SYSTEMD);
      assertThat(visco.ok("exec", systemd, "cat", "/proc/1/comm").strip()).isEqualTo("systemd");
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(visco.run("exec", systemd, "systemctl", "is-system-running").output())
                  .containsAnyOf("running", "degraded"));
      visco.ok("rm", systemd);
      String openrc = container(visco, "openrc", DebianRoot.OPENRC);
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(visco.run("exec", openrc, "cat", "/run/started").output())
                  .contains("openrc started us"));
    }
  }

  private String container(ViscoUnderTest visco, String name, DebianRoot root) throws IOException {
    Path layout =
        new MadeContainer()
            .archive(root.tar())
            .with("Entrypoint", List.of("/sbin/init"))
            .layout(folder.resolve(name), name);
    visco.ok("image", "import", name, "--oci", layout.toString());
    return visco.create("--image", name);
  }

  @Test
  void aGuestWithDracutsInitramfsBecomesReady() throws Exception {
    Path root = Files.createDirectory(folder.resolve("root"));
    host.check(Command.of("tar", "-xf", DebianRoot.DRACUT.tar().toString(), "-C", root.toString()));
    Path own = OwnGuest.folder().resolve("root");
    for (String file : List.of("etc/inittab", "etc/rc", "etc/ssh/sshd_config")) {
      Files.copy(
          own.resolve(file),
          root.resolve(file),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.COPY_ATTRIBUTES);
    }
    for (String name : List.of("sbin/init", "sbin/poweroff")) {
      Files.deleteIfExists(root.resolve(name));
      Files.createSymbolicLink(root.resolve(name), Path.of("/bin/busybox"));
    }
    Path disk = folder.resolve("root.img");
    host.check(
        Command.of("mke2fs", "-q", "-t", "ext4", "-d", root.toString(), disk.toString(), "1G")
            .within(SOON));
    Path kernel;
    try (var kernels = Files.newDirectoryStream(root.resolve("boot"), "vmlinuz-*")) {
      kernel = kernels.iterator().next();
    }
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      visco.ok(
          "image",
          "import",
          "dracut",
          "--kernel",
          kernel.toString(),
          "--initrd",
          root.resolve("boot/dracut.img").toString(),
          "--rootfs",
          disk.toString());
      DurableFiles.deleteTree(root); // Not left to JUnit, which tells of each link in it.
      String vm = visco.create("--image", "dracut");
      assertThat(visco.ok("logs", vm)).contains("dracut");
      assertThat(visco.ok("exec", vm, "hostname").strip()).isNotBlank();
    }
  }
}
