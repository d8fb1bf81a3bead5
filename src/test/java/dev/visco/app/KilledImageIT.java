package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.image.oci.MadeContainer;
import dev.visco.image.oci.MadeRegistry;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real {@code kill -9} of the daemon while it makes an image: nothing is left of it once a daemon
 * has started again, no program goes on, and the same image can be made then.
 */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes minutes; ./visco test --all runs it")
class KilledImageIT {
  /** Unpacking, converting and reading so much takes a second at least. */
  private static final int LARGE = 64 << 20;

  private final LinuxHost host = new LinuxHost();
  @TempDir private Path folder;

  @Test
  void nothingIsLeftAndTheNextTryWorks() throws Exception {
    Path large = folder.resolve("large");
    byte[] noise = new byte[LARGE];
    new Random(1).nextBytes(noise);
    Files.write(large, noise);
    var container =
        new MadeContainer()
            .texts(Map.of("srv/app", "#!/bin/sh\n"))
            .programs(Map.of("srv/large", large))
            .with("Entrypoint", List.of("/srv/app"));
    try (var registry = new MadeRegistry().with("shop/web:1", container);
        var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      List<Path> before = files(visco);
      List<String> pull = List.of("image", "pull", registry.address() + "/shop/web:1");
      try (var held = registry.holding()) {
        killed(visco, "fetching", pull, held::isReached);
      }
      assertThat(files(visco)).as("whole layers are kept").containsAll(before);
      Path work = visco.data().resolve("images/work");
      killed(visco, "unpacking", pull, () -> Files.exists(work.resolve("tree")));
      killed(visco, "writing the disk", pull, () -> isLarge(work.resolve("root.img")));
      visco.ok(pull.toArray(String[]::new));
      assertThat(visco.ok("image", "ls", "-q").lines()).contains("web");
      visco.ok("image", "rm", "web");

      disk(large);
      List<String> disk =
          List.of(
              "image",
              "import",
              "mine",
              "--disk",
              folder + "/disk.qcow2",
              "--base",
              "cli",
              "--force");
      killed(visco, "copying", disk, () -> isLarge(work.resolve("disk")));
      killed(visco, "converting", disk, () -> Files.exists(work.resolve("disk.raw")));
      visco.ok(disk.toArray(String[]::new));
      assertThat(visco.ok("image", "ls", "-q").lines()).contains("mine");
      visco.ok("image", "rm", "mine");
      // The shared images have files of earlier ones, which go with the first that is removed.
      assertThat(before).containsAll(files(visco));
    }
  }

  private static boolean isLarge(Path file) throws IOException {
    return Files.exists(file) && Files.size(file) > 1 << 20;
  }

  private void disk(Path large) throws IOException {
    Path root = Files.createDirectory(folder.resolve("root"));
    Files.move(large, root.resolve("large"));
    Path raw = folder.resolve("disk.raw");
    host.check(Command.of("mke2fs", "-q", "-t", "ext4", "-d", root + "", raw + "", "128M"));
    host.check(Command.of("qemu-img", "convert", "-O", "qcow2", raw + "", folder + "/disk.qcow2"));
  }

  /** Kills the daemon at a moment of this command, and starts it again. */
  private void killed(
      ViscoUnderTest visco, String when, List<String> command, Callable<Boolean> moment)
      throws Exception {
    List<Path> before = objects(visco);
    Path said = folder.resolve("said");
    Process process = visco.start(said, command.toArray(String[]::new));
    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofMinutes(2))
        .until(() -> moment.call() || !process.isAlive());
    visco.killDaemon();
    assertThat(process.waitFor()).as(when + ": " + Files.readString(said)).isNotZero();
    visco.up();
    await(when)
        .atMost(Duration.ofMinutes(1))
        .until(() -> !Files.exists(visco.data().resolve("images/work")));
    assertThat(objects(visco)).as(when).isEqualTo(before);
    assertThat(visco.ok("image", "ls", "-q").lines()).as(when).doesNotContain("web", "mine");
    assertThat(host.processes())
        .as(when)
        .noneMatch(one -> one.arguments().toString().contains(visco.data() + "/images/"));
  }

  private static List<Path> objects(ViscoUnderTest visco) throws IOException {
    try (Stream<Path> all = Files.list(visco.data().resolve("images/objects"))) {
      return all.sorted().toList();
    }
  }

  /** Of images and their layers. */
  private static List<Path> files(ViscoUnderTest visco) throws IOException {
    try (Stream<Path> all = Files.walk(visco.data().resolve("images"))) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.toString().endsWith(".lock"))
          .filter(file -> !file.toString().contains("/unpacked/"))
          .sorted()
          .toList();
    }
  }
}
