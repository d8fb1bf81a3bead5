package dev.visco.image.oci;

import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.image.ContainerConfig;
import dev.visco.image.Image;
import dev.visco.image.probe.DiskPrograms;
import dev.visco.image.probe.RootProbe;
import dev.visco.model.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;

/**
 * What Visco puts beside a container image, all below {@code /.visco}: sshd, busybox and the
 * programs that they need, of an image that was built here ({@link #of}), and scripts.
 */
final class GuestParts {
  private static final String OWN = ".visco";

  /** Since OpenSSH 9.8 a session has programs of its own, at these places. */
  private static final List<String> SSHD_SINCE_9_8 =
      List.of("/usr/lib/openssh/sshd-session", "/usr/lib/openssh/sshd-auth");

  private final Path folder;
  private final ExtraFiles files = new ExtraFiles();
  private int number;

  private GuestParts(Path folder) {
    this.folder = folder;
  }

  /**
   * Collects them.
   *
   * @param base an image with sshd, busybox, setpriv and resize2fs, as the recipe cli makes one
   * @param folder an empty one, for copies
   */
  static ExtraFiles of(
      Host host, Image base, ContainerConfig config, ContainerUser user, Path folder)
      throws IOException {
    var parts = new GuestParts(folder);
    parts.folders();
    parts.programs(host, base);
    parts.scripts(config, user);
    return parts.files;
  }

  private void folders() {
    files.folder(OWN, 0755);
    files.folder(OWN + "/tmp", 01777);
    for (String name : List.of("proc", "dev", "run/sshd", "run/visco", "root")) {
      files.folder(OWN + "/" + name, 0755);
    }
  }

  private void programs(Host host, Image base) throws IOException {
    var disk = new DiskPrograms(host, base.rootfs(), RootProbe.of(base.rootfs()), folder);
    add(disk, base, "/usr/bin/busybox", "bin/busybox");
    add(disk, base, "/usr/sbin/sshd", "usr/sbin/sshd");
    for (String path : SSHD_SINCE_9_8) {
      var copy = disk.copy(path);
      if (copy.isPresent()) {
        files.program(OWN + path, copy.get());
      }
    }
    for (String name : List.of("setpriv", "resize2fs")) {
      String path = name.equals("setpriv") ? "/usr/bin/setpriv" : "/usr/sbin/resize2fs";
      add(disk, base, path, "lib/visco/" + name);
      files.program(OWN + "/bin/" + name, resource("wrapped"));
    }
    add(disk, base, "/usr/lib/visco/start", "lib/visco/start");
    Path config =
        disk.copy("/etc/ssh/sshd_config").orElseThrow(() -> lacks(base, "/etc/ssh/sshd_config"));
    // The root of the first process is the image's, whichever root sshd itself has.
    Files.writeString(config, "\nChrootDirectory /proc/1/root\n", StandardOpenOption.APPEND);
    files.program(OWN + "/etc/ssh/sshd_config", config);
    for (var library : disk.libraries().entrySet()) {
      files.program(OWN + "/lib/" + library.getKey(), library.getValue());
    }
    files.link(OWN + "/lib64/" + DiskPrograms.LOADER, "../lib/" + DiskPrograms.LOADER);
  }

  private void add(DiskPrograms disk, Image base, String path, String to) throws IOException {
    files.program(OWN + "/" + to, disk.copy(path).orElseThrow(() -> lacks(base, path)));
  }

  private static Refused lacks(Image base, String path) {
    return Refused.invalid(
        "base",
        base.manifest().name(),
        "has no " + path,
        "Give an image that was built from the recipe cli, or from one with its packages.");
  }

  private void scripts(ContainerConfig config, ContainerUser user) throws IOException {
    files.program(OWN + "/start", resource("start"));
    files.program(OWN + "/lib/visco/keep", resource("keep"));
    files.program(OWN + "/bin/session", resource("session"));
    files.program(OWN + "/bin/shell", resource("shell"));
    files.program(
        OWN + "/etc/passwd",
        text(
            "root:*:0:0:root:/root:/.visco/bin/session\nsshd:*:65534:65534::/run/sshd:/bin/false\n"));
    files.program(OWN + "/etc/group", text("root:*:0:\nnogroup:*:65534:\n"));
    files.program(OWN + "/etc/container/environment", text(GuestScripts.environment(config)));
    files.program(OWN + "/etc/container/stop-signal", text(GuestScripts.stopSignal(config)));
    if (!config.words().isEmpty()) {
      files.program(OWN + "/etc/container/service", text(GuestScripts.service(config, user)));
    }
    if (GuestScripts.isInit(config)) {
      files.program(OWN + "/etc/container/init", text("yes\n"));
    }
  }

  private Path text(String text) throws IOException {
    return Files.writeString(folder.resolve("text-" + number++), text);
  }

  private Path resource(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(GuestParts.class.getResourceAsStream(name), name)) {
      Path copy = folder.resolve("script-" + number++);
      Files.copy(in, copy);
      return copy;
    } catch (IOException e) {
      throw new HostFault("cannot copy the script " + name, e);
    }
  }
}
