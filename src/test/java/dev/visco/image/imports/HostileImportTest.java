package dev.visco.image.imports;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.image.Images;
import dev.visco.image.StoreCopies;
import dev.visco.image.probe.MadeFiles;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole imports of disks that somebody has changed: refused, or an image; the tools that convert
 * and read them end, and nothing outside the store is written or changed.
 */
@Timeout(300)
class HostileImportTest {
  private static final int MIB = 1 << 20;
  private static final int SEEDS = Boolean.getBoolean("visco.all") ? 40 : 1;
  private static final String KERNEL = "boot/vmlinuz-" + MadeFiles.RELEASE;

  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();
  private Path operators;
  private Path store;
  private Path root;
  private Images images;
  private int number;

  @BeforeEach
  void start() throws IOException {
    operators = Files.createDirectory(folder.resolve("operators"));
    store = folder.resolve("store");
    root = Files.createDirectory(folder.resolve("root"));
    MadeDisk.file(
        root,
        KERNEL,
        MadeFiles.vmlinux("CONFIG_VIRTIO_BLK=y\nCONFIG_EXT4_FS=y\nCONFIG_EFI_PARTITION=y\n"));
    MadeDisk.program(root, "sbin/init", MadeFiles.program(MadeFiles.X86_64));
    MadeDisk.file(root, "usr/bin/cloud-init", "#!/bin/sh\n".getBytes(UTF_8));
    MadeDisk.file(root, "etc/network/interfaces", "iface eth0 inet dhcp\n".getBytes(UTF_8));
    images = new Images(host, store, List.of());
  }

  private Path raw() throws IOException {
    Path disk = new MadeDisk(folder).with(MadeDisk.ROOT, "", root).raw("disk-" + number++);
    return Files.move(disk, operators.resolve(disk.getFileName()));
  }

  /** Imports it, and looks at what is left; whether it became an image. */
  private boolean isTaken(String what, Path disk) throws IOException {
    List<String> before = outside();
    var sources = new DiskImport(new ImageName("n" + number++), disk, null, null, null, false);
    boolean isTaken = true;
    try {
      images.importImage(sources, Progress.SILENT);
    } catch (Refused e) {
      isTaken = false;
      assertThat(e.refusal().detail()).as(what).hasSizeLessThan(1500);
    }
    assertThat(outside()).as(what).isEqualTo(before);
    assertThat(images.leftovers()).as(what).isEmpty();
    StoreCopies.assertNothingHalf(images, store);
    assertThat(host.processes())
        .as(what)
        .noneMatch(process ->
            process.arguments().stream().anyMatch(word -> word.contains(store + "/work")));
    return isTaken;
  }

  /** All that is beside the store, with sizes and times. */
  private List<String> outside() throws IOException {
    try (var files = Files.walk(folder)) {
      return files
          .filter(file -> !file.startsWith(store) && !file.equals(folder))
          .map(file -> file + " " + file.toFile().length() + " " + file.toFile().lastModified())
          .sorted()
          .toList();
    }
  }

  @Test
  void changedDisksOfAllFormatsAreRefusedOrConverted() throws IOException {
    Path raw = raw();
    for (String format : List.of("qcow2", "vmdk", "vhdx", "vpc")) {
      Path whole = MadeDisk.converted(raw, folder.resolve(format), "-O", format);
      assertThat(isTaken(format, Files.copy(whole, operators.resolve(format)))).isTrue();
      for (int seed = 0; seed < SEEDS; seed++) {
        Path changed = operators.resolve(format + "-" + seed);
        Files.copy(whole, changed);
        // The first clusters are headers and tables.
        scribble(changed, 0, 256 << 10, new Random(format.hashCode() + seed));
        isTaken(format + " " + seed, changed);
        Files.delete(changed);
      }
    }
  }

  @Test
  void fileSystemsWhoseTablesAreChangedAreRefusedOrRead() throws IOException {
    for (int seed = 0; seed < 2 * SEEDS; seed++) {
      Path disk = raw();
      scribble(disk, MIB + 1024, MIB, new Random(seed));
      isTaken("ext4 " + seed, disk);
    }
  }

  private static void scribble(Path file, long from, int length, Random random) throws IOException {
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      for (int times = 200; times > 0; times--) {
        byte[] bytes = new byte[1 + random.nextInt(8)];
        random.nextBytes(bytes);
        long at = from + random.nextInt(length);
        if (at + bytes.length < access.length()) {
          access.seek(at);
          access.write(bytes);
        }
      }
    }
  }

  @Test
  void loopsSizesDepthAndNamesLeadNowhere() throws IOException {
    // A name that would be commands to the tool that reads it, and one that imitates its answers.
    MadeDisk.file(root, "boot/vmlinuz-9\"\nquit", new byte[] {1});
    MadeDisk.file(root, "boot/vmlinuz-8;!touch " + "x".repeat(200), new byte[] {1});
    Files.createDirectories(root.resolve("usr/lib"));
    Files.createSymbolicLink(root.resolve("usr/lib/one"), Path.of("two"));
    Files.createSymbolicLink(root.resolve("usr/lib/two"), Path.of("one"));
    Files.createSymbolicLink(root.resolve("etc/os-release"), Path.of("../usr/lib/one"));
    Files.createDirectories(root.resolve("d/".repeat(400)));
    isTaken("names", raw());

    Path disk = raw();
    // A folder in itself, and a file that is larger than any disk.
    debugfs(disk, "ln /boot /boot/again");
    debugfs(disk, "set_inode_field /etc/network/interfaces size 0xffffffffff");
    isTaken("loop", disk);
    debugfs(disk, "set_inode_field /" + KERNEL + " size 0xffffffffff");
    assertThat(isTaken("size", disk)).isFalse();
  }

  private void debugfs(Path disk, String command) {
    host.check(Command.of("debugfs", "-w", "-R", command, disk + "?offset=" + MIB));
  }
}
