package dev.visco.image.imports;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.host.WrappedHost;
import dev.visco.image.Images;
import dev.visco.image.probe.DiskFormat;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmmUsers;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks that are refused: what each is, and what to do about it; and the sandbox of the rest. */
class DiskRefusalTest {
  private static final int MIB = 1 << 20;
  private final LinuxHost host = new LinuxHost();
  @TempDir Path folder;
  private Path raw;

  @BeforeEach
  void aRawDisk() throws IOException {
    Path files = Files.createDirectory(folder.resolve("files"));
    byte[] full = new byte[4 * MIB];
    java.util.Arrays.fill(full, (byte) 7);
    MadeDisk.file(files, "hello", full);
    raw = new MadeDisk(folder).with(MadeDisk.ROOT, "root", files).raw("whole.raw");
  }

  /** What an import answers before it does anything. */
  private AbstractThrowableAssert<?, ? extends Throwable> refused(Path disk) {
    var sources = new DiskImport(new ImageName("mine"), disk, null, null, null, false);
    return assertThatThrownBy(sources::check)
        .isInstanceOf(Refused.class)
        .hasMessageContaining("disk \"" + disk + "\"");
  }

  /** What it answers once it has looked into a copy. */
  private AbstractThrowableAssert<?, ? extends Throwable> refusedLater(Path disk) {
    var images = new Images(host, folder.resolve("store"), List.of());
    var sources = new DiskImport(new ImageName("mine"), disk, null, null, null, false);
    return assertThatThrownBy(() -> images.importImage(sources, Progress.SILENT))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("disk \"" + disk + "\"")
        .satisfies(e -> assertThat(folder.resolve("store/work")).doesNotExist());
  }

  private Path file(String name, String start) throws IOException {
    Path file = folder.resolve(name);
    byte[] bytes = new byte[2 * MIB];
    byte[] first = start.getBytes(ISO_8859_1);
    System.arraycopy(first, 0, bytes, 0, first.length);
    return Files.write(file, bytes);
  }

  private Path qemu(String name, String... words) {
    Path file = folder.resolve(name);
    var all = new ArrayList<>(List.of("qemu-img", "create", "-q"));
    all.addAll(List.of(words));
    all.add(file.toString());
    host.check(Command.of(all));
    return file;
  }

  private void cut(Path file, long bytes) throws IOException {
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(bytes);
    }
  }

  private void put(Path file, long at, byte[] bytes) throws IOException {
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(at);
      open.write(bytes);
    }
  }

  @Test
  void whatIsNoFileOrHasNothingInItIsNamed() throws IOException {
    refused(folder).hasMessageContaining("is a folder");
    refused(Files.createFile(folder.resolve("none"))).hasMessageContaining("is empty");
    refused(folder.resolve("gone")).hasMessageContaining("does not exist");
    refused(file("zeros", "")).hasMessageContaining("no partition table and no file system");
  }

  @ParameterizedTest
  @CsvSource({
    "gzip,gunzip",
    "xz,unxz",
    "bzip2,bunzip2",
    "zstd,unzstd",
  })
  void aPackedDiskIsRefusedWithTheCommandThatUnpacksIt(String by, String unpack) {
    Path packed = folder.resolve("disk.qcow2");
    assertThat(
            host.run(
                    Command.of(
                        "sh", "-c", by + " -c \"$0\" > \"$1\"", raw.toString(), packed.toString()))
                .succeeded())
        .isTrue();
    refused(packed).hasMessageContaining("is packed with").hasMessageContaining(unpack + " disk");
  }

  @Test
  void archivesAndOtherFilesAreNamedForWhatTheyAre() throws IOException {
    Path tar = folder.resolve("disk.img");
    host.check(Command.of("tar", "-cf", tar.toString(), "-C", folder.toString(), "whole.raw"));
    refused(tar).hasMessageContaining("is a tar archive").hasMessageContaining("tar -xf disk.img");
    refused(file("a.zip", "PK\u0003\u0004")).hasMessageContaining("unzip a.zip");
    Path iso = file("b.iso", "");
    put(iso, 0x8001, "CD001".getBytes(ISO_8859_1));
    refused(iso).hasMessageContaining("is an ISO 9660 image").hasMessageContaining("cloud image");
    refused(file("c", "<<< Oracle VM VirtualBox Disk Image >>>"))
        .hasMessageContaining("is a VDI disk")
        .hasMessageContaining("qemu-img convert -O qcow2 c disk.qcow2");
    refused(file("d", "LUKS\u00ba\u00be")).hasMessageContaining("encrypted LUKS volume");
    refused(file("e", "QFI\u00fb\0\0\0\1")).hasMessageContaining("qcow's version 1");
    refused(file("f", "#!/bin/sh\n")).hasMessageContaining("a script");
  }

  @Test
  void aQcow2ThatNeedsAnotherFileIsRefusedBeforeAnythingOpensIt() throws IOException {
    refused(qemu("backed", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd"))
        .hasMessageContaining("needs other files: its backing file /etc/passwd")
        .hasMessageContaining("qemu-img convert -O qcow2 backed whole.qcow2");
    Path data = folder.resolve("data");
    Path file = folder.resolve("external");
    host.check(
        Command.of(
            "qemu-img", "create", "-q", "-f", "qcow2", "-o", "data_file=" + data, file + "", "8M"));
    refused(file).hasMessageContaining("its external data file");
  }

  @Test
  void encryptedAndDamagedQcow2AreRefused() throws IOException {
    Path file = MadeDisk.converted(raw, folder.resolve("q"), "-O", "qcow2");
    put(file, 32, new byte[] {0, 0, 0, 2});
    refused(file).hasMessageContaining("is encrypted (LUKS)");
    put(file, 32, new byte[] {0, 0, 0, 1});
    refused(file).hasMessageContaining("is encrypted (AES)");
    put(file, 32, new byte[4]);
    put(file, 72, new byte[] {0, 0, 0, 0, 0, 0, 0, 2});
    refused(file).hasMessageContaining("is marked as corrupt");
  }

  @Test
  void aVmdkWithItsDataInOtherFilesIsRefused() throws IOException {
    Path flat = folder.resolve("flat.vmdk");
    MadeDisk.converted(raw, flat, "-O", "vmdk", "-o", "subformat=monolithicFlat");
    refused(flat)
        .hasMessageContaining("needs other files: those with the data of this VMDK disk")
        .hasMessageContaining("flat-flat.vmdk");
    Path split = folder.resolve("split.vmdk");
    MadeDisk.converted(raw, split, "-O", "vmdk", "-o", "subformat=twoGbMaxExtentSparse");
    refused(split).hasMessageContaining("split-s001.vmdk");
    refused(folder.resolve("split-s001.vmdk")).hasMessageContaining("needs other files");
    Path stolen = MadeDisk.converted(raw, folder.resolve("stolen"), "-O", "vmdk");
    String descriptor =
        "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\n"
            + "createType=\"monolithicFlat\"\nRW 8 FLAT \"/etc/shadow\" 0\n";
    put(stolen, 512, descriptor.getBytes(ISO_8859_1));
    put(stolen, 12, new byte[8]);
    refused(stolen).hasMessageContaining("[/etc/shadow,");
    Path child = qemu("child", "-f", "vmdk", "-F", "vmdk", "-b", vmdk().toString());
    refused(child).hasMessageContaining("its parent, of which it has the differences");
  }

  private Path vmdk() {
    return MadeDisk.converted(raw, folder.resolve("parent"), "-O", "vmdk");
  }

  @Test
  void aVhdOfDifferencesOrWithoutItsEndIsRefused() throws IOException {
    Path vhd = MadeDisk.converted(raw, folder.resolve("v"), "-O", "vpc");
    put(vhd, 60, new byte[] {0, 0, 0, 4});
    refused(vhd).hasMessageContaining("its parent");
    put(vhd, 60, new byte[] {0, 0, 0, 3});
    cut(vhd, Files.size(vhd) - 4096);
    refused(vhd).hasMessageContaining("is cut off: a VHD disk ends with a footer");
  }

  @Test
  void aFooterAtTheEndOfARawDiskCountsOnlyWithItsSum() throws IOException {
    byte[] footer = new byte[512];
    System.arraycopy("conectix".getBytes(ISO_8859_1), 0, footer, 0, 8);
    footer[63] = 2;
    Path disk = Files.copy(raw, folder.resolve("odd"));
    put(disk, Files.size(disk) - 512, footer);
    assertThat(DiskFormat.of("disk", disk, disk)).isEqualTo(DiskFormat.RAW);
    int sum = 0;
    for (byte one : footer) {
      sum += one & 0xff;
    }
    put(disk, Files.size(disk) - 512 + 64, ByteBuffer.allocate(4).putInt(~sum).array());
    assertThat(DiskFormat.of("disk", disk, disk)).isEqualTo(DiskFormat.VHD);
  }

  @ParameterizedTest
  @CsvSource({"qcow2", "vmdk", "vhdx"})
  void aDiskThatIsCutOffIsRefused(String format) throws IOException {
    Path disk = MadeDisk.converted(raw, folder.resolve("cut"), "-O", format);
    cut(disk, Files.size(disk) / 2);
    refusedLater(disk).message().containsAnyOf("is damaged or cut off", "cannot be opened");
  }

  @Test
  void aRawDiskThatIsCutOffIsRefused() throws IOException {
    cut(raw, 5 * MIB);
    refused(raw).hasMessageContaining("is cut off: its ext4 file system");
  }

  @Test
  void volumesOfLvmAndLuksAreNamed() throws IOException {
    Path disk = folder.resolve("lvm");
    cut(disk, 16 * MIB);
    host.check(
        Command.of("sgdisk", "--clear", "--new=1:2048:+4M", "--new=2:10240:+4M", disk.toString()));
    put(disk, MIB + 512, "LABELONE".getBytes(ISO_8859_1));
    put(disk, 5 * MIB, "LUKS\u00ba\u00be".getBytes(ISO_8859_1));
    refused(disk).hasMessageContaining("1 (a volume of LVM), 2 (an encrypted LUKS volume)");
  }

  @Test
  void aDiskThatIsTooLargeIsRefused() throws IOException {
    refusedLater(qemu("q", "-f", "qcow2", "-o", "size=" + (DiskConversion.MAX_BYTES + 512)))
        .hasMessageContaining("is a disk of 1099511628288 bytes");
  }

  private DiskConversion conversion(List<Command> commands) throws IOException {
    Files.copy(
        MadeDisk.converted(raw, folder.resolve("q"), "-c", "-O", "qcow2"),
        Files.createDirectory(folder.resolve("work")).resolve("disk"));
    var watched =
        new WrappedHost(host) {
          @Override
          public CommandResult run(Command command) {
            commands.add(command);
            return super.run(command);
          }
        };
    return new DiskConversion(
        watched, folder.resolve("work"), "disk", DiskFormat.QCOW2, "disk", folder.resolve("q"));
  }

  @Test
  void theRoomIsCheckedBeforeAnythingIsConverted() throws IOException {
    var asked = new AtomicLong();
    DiskConversion conversion = conversion(new ArrayList<>());
    assertThatThrownBy(() ->
            conversion.to(
                "raw",
                bytes -> {
                  asked.set(bytes);
                  throw new Refused(new Refusal.HostLacks("disk space", "none", "none"));
                },
                Progress.SILENT))
        .isInstanceOf(Refused.class);
    // What is not zero: less than the disk, and not none.
    assertThat(asked.get()).isBetween((long) (MIB / 64), Files.size(raw) - MIB);
    assertThat(folder.resolve("work/raw")).doesNotExist();
  }

  @Test
  void qemuImgRunsAloneAndIsToldTheFormat() throws IOException {
    var commands = new ArrayList<Command>();
    conversion(commands).to("raw", bytes -> {}, Progress.SILENT);
    assertThat(folder.resolve("work/raw")).hasSameBinaryContentAs(raw);
    assertThat(commands).hasSize(4);
    for (Command command : commands) {
      String words = String.join(" ", command.arguments());
      assertThat(words)
          .as("found by its folder when the daemon was killed")
          .startsWith(
              "unshare --pid --fork --kill-child --wd="
                  + folder.resolve("work")
                  + "/ -- unshare --net ")
          .contains("--reuid=" + VmmUsers.TOOLS, "--no-new-privs", "--bounding-set=-all")
          .contains("--as=", "--cpu=", "--fsize=", "--nofile=", "--nproc=")
          .contains("--image-opts driver=qcow2,file.driver=file,file.filename=disk");
    }
  }
}
