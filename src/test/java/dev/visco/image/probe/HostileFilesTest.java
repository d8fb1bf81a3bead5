package dev.visco.image.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.Refused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators' files in which somebody has changed what they like are refused, or read. */
class HostileFilesTest {
  /** What a probe may take of the daemon's heap, and what the process itself needs. */
  private static final String HEAP = "-Xmx80m";

  private static final int MIB = 1 << 20;

  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();

  @Test
  void changedDisksInitramfsAndKernelsAreRefusedOrReadWithinBounds() throws Exception {
    Path files = Files.createDirectory(folder.resolve("files"));
    make(files);
    Path work = Files.createDirectory(folder.resolve("work"));
    List<String> before = everything();

    List<String> said = ranInSmallHeap(files, work);

    assertThat(everything()).as("nothing else was written or changed").isEqualTo(before);
    assertThat(work).isEmptyDirectory();
    var counted = Pattern.compile("(\\S+) refused (\\d+) read (\\d+)");
    int all = 0;
    for (String line : said) {
      Matcher matcher = counted.matcher(line);
      assertThat(matcher.matches()).as(line).isTrue();
      all += Integer.parseInt(matcher.group(2)) + Integer.parseInt(matcher.group(3));
    }
    assertThat(all).isGreaterThanOrEqualTo(200);
    assertThat(said).as("some of most kinds are read").anyMatch(line -> !line.endsWith("read 0"));
    assertThat(said).filteredOn(line -> line.contains("refused 0 ")).hasSizeLessThan(4);
  }

  private List<String> ranInSmallHeap(Path files, Path work) throws Exception {
    Path said = folder.resolve("said");
    Files.createFile(said);
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                HEAP,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                HostileFiles.class.getName(),
                files.toString(),
                work.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    if (!process.waitFor(3, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(said);
    assertThat(process.waitFor()).as(String.join("\n", lines)).isZero();
    Files.delete(said);
    Files.createFile(said);
    return lines;
  }

  /** All files of this test with sizes and times. */
  private List<String> everything() throws IOException {
    try (var files = Files.walk(folder)) {
      return files
          .filter(file -> !file.endsWith("said") && !file.endsWith("work") && !file.equals(folder))
          .map(file -> file + " " + file.toFile().length() + " " + file.toFile().lastModified())
          .sorted()
          .toList();
    }
  }

  private void make(Path files) throws IOException {
    run("mke2fs", "-q", "-t", "ext4", file(files, "ext4", 4), "4M");
    superblocks(files);
    String gpt = file(files, "gpt", 6);
    run("sgdisk", "--clear", "--new=1:2048:+4M", "--typecode=1:8304", gpt);
    put(files.resolve("ext4"), Path.of(gpt));
    Path mbr = Path.of(file(files, "mbr", 6));
    var table = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
    table.putInt(440, 0x1234abcd).putShort(510, (short) 0xaa55);
    table.put(450, (byte) 0x83).putInt(454, 2048).putInt(458, 8192);
    table.put(466, (byte) 0x05).putInt(470, 10240).putInt(474, 1024);
    write(mbr, 0, table.array());
    put(files.resolve("ext4"), mbr);
    for (String format : List.of("qcow2", "vmdk", "vhdx", "vpc")) {
      String to = files.resolve(format.equals("vpc") ? "vhd" : format).toString();
      run("qemu-img", "convert", "-f", "raw", "-O", format, gpt, to);
    }
    byte[] cpio =
        MadeFiles.cpio(
            "init",
            "#!/bin/sh\n".getBytes(StandardCharsets.UTF_8),
            "lib/modules/x/virtio_blk.ko",
            MadeFiles.module(MadeFiles.X86_64, MadeFiles.RELEASE));
    Files.write(files.resolve("initrd-raw"), cpio);
    Files.write(files.resolve("initrd-two"), MadeFiles.joined(cpio, cpio));
    for (Compression how :
        List.of(Compression.GZIP, Compression.XZ, Compression.ZSTD, Compression.LZ4)) {
      Files.write(files.resolve("initrd-" + how), MadeFiles.packed(how, cpio));
      Files.write(
          files.resolve("kernel-" + how),
          MadeFiles.bzImage(MadeFiles.packed(how, MadeFiles.vmlinux("CONFIG_A=y\n")), "6.1", true));
    }
    Files.write(files.resolve("kernel-elf"), MadeFiles.vmlinux("CONFIG_A=y\n"));
  }

  /** The first blocks of file systems that no tool of the host's makes. */
  private static void superblocks(Path files) throws IOException {
    ByteBuffer xfs = ByteBuffer.allocate(128).put("XFSB".getBytes(StandardCharsets.US_ASCII));
    write(Path.of(file(files, "xfs", 1)), 0, xfs.putInt(4, 4096).putLong(8, 256).array());
    var btrfs = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
    btrfs.put(0x40, "_BHRfS_M".getBytes(StandardCharsets.US_ASCII)).putLong(0x70, MIB);
    write(Path.of(file(files, "btrfs", 1)), 0x10000, btrfs.array());
    var erofs = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
    erofs.putInt(0, 0xe0f5e1e2).put(12, (byte) 12).putInt(36, 256);
    write(Path.of(file(files, "erofs", 1)), 1024, erofs.array());
    var squashfs = ByteBuffer.allocate(96).order(ByteOrder.LITTLE_ENDIAN);
    squashfs.put(0, "hsqs".getBytes(StandardCharsets.US_ASCII)).putLong(40, MIB);
    write(Path.of(file(files, "squashfs", 1)), 0, squashfs.array());
  }

  private static void write(Path file, long at, byte[] bytes) throws IOException {
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.seek(at);
      access.write(bytes);
    }
  }

  private static String file(Path files, String name, int mib) throws IOException {
    Path file = files.resolve(name);
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength((long) mib * MIB);
    }
    return file.toString();
  }

  private static void put(Path system, Path disk) throws IOException {
    try (var from = FileChannel.open(system);
        var to = FileChannel.open(disk, StandardOpenOption.WRITE)) {
      to.transferFrom(from, MIB, from.size());
    }
  }

  private void run(String... words) {
    host.check(Command.of(words));
  }

  /** A packed archive with more modules than any kernel has, whose names alone fill a heap. */
  @Test
  void anInitramfsWithCountlessFilesOrPartsIsRefused() throws IOException {
    byte[] one = MadeFiles.cpio("lib/modules/00000000.ko", new byte[0]);
    // Without the trailer, which is the next 124 bytes and what pads them.
    byte[] entry = java.util.Arrays.copyOf(one, 136);
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      for (int number = 0; number < 60_000; number++) {
        byte[] name = "%08d".formatted(number).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(name, 0, entry, 110 + "lib/modules/".length(), name.length);
        gzip.write(entry);
      }
      gzip.write(one);
    }
    Path many = Files.write(folder.resolve("many"), packed.toByteArray());
    assertThatThrownBy(() -> InitrdProbe.of(many))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("more than 50000 kernel modules");

    byte[] part = MadeFiles.packed(Compression.GZIP, MadeFiles.cpio());
    var parts = new ByteArrayOutputStream();
    for (int number = 0; number < 600; number++) {
      parts.writeBytes(part);
    }
    Path divided = Files.write(folder.resolve("divided"), parts.toByteArray());
    assertThatThrownBy(() -> InitrdProbe.of(divided))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("more than 256 archives");
  }

  @Test
  void numbersBeyondTheirBoundsInAnArchiveAreRefused() throws IOException {
    byte[] cpio = MadeFiles.cpio("init", new byte[] {1});
    // No kind of file has such a mode; the kernel leaves it out.
    assertThat(InitrdProbe.of(withField(cpio, 14)).hasInit()).isTrue();
    for (int field : List.of(54, 94)) {
      Path file = withField(cpio, field);
      assertThatThrownBy(() -> InitrdProbe.of(file)).isInstanceOf(Refused.class);
    }
  }

  private Path withField(byte[] cpio, int at) throws IOException {
    byte[] changed = cpio.clone();
    System.arraycopy("FFFFFFFF".getBytes(StandardCharsets.US_ASCII), 0, changed, at, 8);
    return Files.write(folder.resolve("field-" + at), changed);
  }
}
