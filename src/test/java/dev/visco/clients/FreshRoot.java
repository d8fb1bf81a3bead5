package dev.visco.clients;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.image.TestImages;
import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * The root of a Debian release with what the package depends on and nothing else, and with the cli
 * image in the data folder. Scripts run in it in namespaces of their own, with no network but
 * loopback; what they write lies in a folder of the test.
 */
final class FreshRoot {
  private static final Duration LONG = Duration.ofMinutes(20);

  /** What every script begins with. */
  private static final String BEGIN =
      """
      set -e
      mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
      mount -t tmpfs run /run; mount -t tmpfs tmp /tmp
      ip link set lo up
      export DEBIAN_FRONTEND=noninteractive VISCO_NAMESERVER=192.0.2.53
      """;

  private final LinuxHost host = new LinuxHost();
  private final Path base;
  private final Path written;
  private final Path work;
  private final Path root;

  /**
   * Makes it; the test is skipped where the release's packages are not to be had.
   *
   * @param release the code name
   * @param folder of the test, on the file system of the images' cache
   */
  FreshRoot(String release, Path folder) throws IOException {
    base = base(release);
    written = Files.createDirectories(folder.resolve("written"));
    work = Files.createDirectories(folder.resolve("work"));
    root = Files.createDirectories(folder.resolve("root"));
    TestImages.cli();
    Path data = Files.createDirectories(written.resolve("var/lib/visco"));
    // The files of an image are never written again, so that a hard link is as good as a copy.
    host.check(
        Command.of("cp", "-al", TestImages.folder().toString(), data.resolve("images").toString()));
  }

  /** Made once for what the package depends on, and kept beside the images. */
  private Path base(String release) throws IOException {
    String needed = String.join(",", Files.readAllLines(Path.of("dist/debian/depends")));
    String identity = Digest.of(needed.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 16);
    Path made =
        Objects.requireNonNull(TestImages.folder().getParent())
            .resolve("package-root-" + release + "-" + identity);
    if (!Files.exists(made)) {
      Path half = DurableFiles.half(made);
      CommandResult result =
          host.run(
              Command.of(
                      "mmdebstrap",
                      "--mode=root",
                      "--variant=minbase",
                      "--include=init-system-helpers," + needed,
                      release,
                      half.toString())
                  .makingPublicFiles()
                  .within(LONG));
      if (!result.succeeded()) {
        DurableFiles.deleteTree(half);
        assumeTrue(false, "skipped: " + release + " is not to be had: " + result.error());
      }
      Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(half, made);
    }
    return made;
  }

  /** Puts a file at the root's top. */
  void add(Path file, String name) throws IOException {
    Files.copy(file, written.resolve(name));
  }

  /** What a script has written there. */
  Path written(String path) {
    return written.resolve(path);
  }

  /** Runs a script in it; every process ends with it. */
  CommandResult run(String script) throws IOException {
    Files.writeString(written.resolve("script"), BEGIN + script);
    return host.run(
        Command.of(
                List.of(
                    "unshare",
                    "--net",
                    "--mount",
                    "--pid",
                    "--fork",
                    "--kill-child",
                    "--propagation",
                    "private",
                    "sh",
                    "-c",
                    "mount -t overlay overlay -o \"lowerdir=$0,upperdir=$1,workdir=$2\" \"$3\""
                        + " && exec chroot \"$3\" bash /script",
                    base.toString(),
                    written.toString(),
                    work.toString(),
                    root.toString()))
            .within(LONG));
  }
}
