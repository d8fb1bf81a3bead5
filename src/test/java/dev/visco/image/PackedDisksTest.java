package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.SparseFile;
import dev.visco.model.BootSpec.DiskFormat;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Disks that are kept compressed, by the real qemu-img. */
class PackedDisksTest {
  private static final int UID = 61_235;
  private static final long SIZE = 16L << 20;
  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();
  private final PackedDisks packed = new Disks(host).packed();
  private Path base;
  private Path vm;

  @BeforeEach
  void make() throws IOException {
    base = folder.resolve("base \"of\" others.raw");
    vm = Files.createDirectories(folder.resolve("vm"));
    try (var file = new RandomAccessFile(base.toFile(), "rw")) {
      file.setLength(SIZE);
      file.seek(4096);
      file.write(
          new Random(1)
              .ints(100_000)
              .mapToObj(Integer::toHexString)
              .toList()
              .toString()
              .getBytes(StandardCharsets.UTF_8));
    }
  }

  private void run(String... words) {
    host.check(Command.of(words));
  }

  private Path disk(DiskFormat format) throws IOException {
    Path disk = Disks.root(vm, format).file();
    switch (format) {
      case RAW -> {
        Files.copy(base, disk);
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
          file.seek(8L << 20);
          file.write(work());
        }
      }
      case QCOW2 -> {
        run(
            "qemu-img",
            "create",
            "-q",
            "-f",
            "qcow2",
            "-F",
            "raw",
            "-b",
            base.toString(),
            disk.toString(),
            Long.toString(2 * SIZE));
        Path work = Files.write(folder.resolve("work"), work());
        host.check(
            Command.of(
                    "qemu-io",
                    "-f",
                    "qcow2",
                    "-c",
                    "write -q -s work %d %d".formatted(20 << 20, work().length),
                    disk.toString())
                .in(folder));
        Files.delete(work);
      }
    }
    run("chown", UID + ":" + UID, disk.toString());
    return disk;
  }

  private static byte[] work() {
    return "a user's work, again and again; ".repeat(32 << 10).getBytes(StandardCharsets.UTF_8);
  }

  /** What a guest sees. */
  private byte[] content() throws IOException {
    var disk = Disks.root(vm);
    Path raw = folder.resolve("content");
    run(
        "qemu-img",
        "convert",
        "-f",
        disk.format() == DiskFormat.RAW ? "raw" : "qcow2",
        "-O",
        "raw",
        disk.file().toString(),
        raw.toString());
    return Files.readAllBytes(raw);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(vm)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private long taken() throws IOException {
    long bytes = 0;
    for (String name : files()) {
      bytes += SparseFile.taken(vm.resolve(name));
    }
    return bytes;
  }

  @ParameterizedTest
  @EnumSource(DiskFormat.class)
  void aDiskTakesLessAndIsTheSameAgain(DiskFormat format) throws IOException {
    Path disk = disk(format);
    byte[] before = content();
    long taken = taken();
    packed.pack(vm);
    assertThat(content()).as("as long as it is not replaced").isEqualTo(before);
    packed.replace(vm);
    packed.replace(vm);
    assertThat(files()).hasSize(1);
    assertThat(taken()).isLessThan(taken / 2);
    assertThat(PackedDisks.of(vm).isPresent()).isEqualTo(format == DiskFormat.RAW);
    packed.unpack(vm);
    packed.unpack(vm);
    assertThat(files()).containsExactly(disk.getFileName().toString());
    assertThat(content()).isEqualTo(before);
    assertThat(Files.getAttribute(disk, "unix:uid")).isEqualTo(UID);
    assertThat(Files.getPosixFilePermissions(disk)).hasSize(2);
  }

  /** Its VMM writes to the compressed layer as it is. */
  @Test
  void aCompressedLayerIsWrittenTo() throws IOException {
    Path disk = disk(DiskFormat.QCOW2);
    byte[] before = content();
    packed.pack(vm);
    packed.replace(vm);
    run("qemu-io", "-f", "qcow2", "-c", "write -q -P 7 20M 4096", disk.toString());
    byte[] now = content();
    assertThat(now[20 << 20]).isEqualTo((byte) 7);
    now = Arrays.copyOfRange(now, (20 << 20) + 4096, now.length);
    assertThat(now).isEqualTo(Arrays.copyOfRange(before, (20 << 20) + 4096, before.length));
  }

  @ParameterizedTest
  @EnumSource(DiskFormat.class)
  void whatIsBesideADiskThatIsThereIsOfNoUse(DiskFormat format) throws IOException {
    Path disk = disk(format);
    byte[] before = content();
    packed.pack(vm);
    Path half = DurableFiles.half(vm.resolve(disk.getFileName() + ".packed"));
    Files.writeString(half, "half of a copy");
    Files.writeString(DurableFiles.half(vm.resolve("root.raw")), "half of a disk");
    packed.drop(vm);
    assertThat(files()).containsExactly(disk.getFileName().toString());
    assertThat(content()).isEqualTo(before);
  }

  /** What was cut off between the two files of a raw disk. */
  @Test
  void aDiskThatIsThereCountsMoreThanItsCopy() throws IOException {
    Path disk = disk(DiskFormat.RAW);
    packed.pack(vm);
    Files.write(disk, new byte[] {9});
    packed.unpack(vm);
    assertThat(files()).containsExactly("root.raw");
    assertThat(disk).hasBinaryContent(new byte[] {9});
  }

  @Test
  void aDiskThatCannotBeReadStaysAsItIs() throws IOException {
    Path disk = Files.writeString(vm.resolve("root.qcow2"), "no layer");
    assertThatThrownBy(() -> packed.pack(vm)).isInstanceOf(HostFault.class);
    packed.replace(vm);
    assertThat(files()).containsExactly("root.qcow2");
    assertThat(disk).hasContent("no layer");
    assertThatThrownBy(() -> packed.pack(folder.resolve("none"))).isInstanceOf(HostFault.class);
    packed.drop(folder.resolve("none"));
  }
}
