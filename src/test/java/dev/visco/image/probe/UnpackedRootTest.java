package dev.visco.image.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.image.RootContents;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Roots that cannot be written to, looked into by their own programs. */
class UnpackedRootTest {
  private static final byte[] PROGRAM = MadeFiles.program(MadeFiles.X86_64);
  private final Host host = new LinuxHost();
  @TempDir Path folder;
  private Path root;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(folder.resolve("root"));
    program("usr/lib/systemd/systemd");
    program("usr/sbin/sshd");
    link("usr/sbin/init", "../lib/systemd/systemd");
    link("sbin", "usr/sbin");
    text("etc/ssh/sshd_config", "AuthorizedKeysFile /run/visco/authorized_keys\nHostKey /run/x\n");
    text("etc/network/interfaces", "auto eth0\niface eth0 inet dhcp\n");
    text("usr/sbin/ifup", "");
    link("etc/rcS.d/S01networking", "../init.d/networking");
    host.check(Command.of("mknod", root + "/null", "c", "1", "3"));
  }

  private void program(String path) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, PROGRAM);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void text(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void link(String path, String target) throws IOException {
    Path link = root.resolve(path);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of(target));
  }

  private Path packed(String type) {
    Path disk = folder.resolve("root.img");
    host.check(
        type.equals("squashfs")
            ? Command.of("mksquashfs", root + "", disk + "", "-quiet", "-noappend")
            : Command.of("mkfs.erofs", "-zlz4hc", disk + "", root + ""));
    return disk;
  }

  private RootInspection look(Path disk) throws IOException {
    Path work = Files.createDirectories(folder.resolve("work"));
    return RootInspection.of(host, disk, RootProbe.of(disk), work, MadeFiles.RELEASE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"squashfs", "erofs"})
  void oneThatWorksIsLookedIntoAsAnExtWouldBe(String type) throws IOException {
    Path disk = packed(type);
    RootInspection found = look(disk);
    assertThat(found.damages()).isEmpty();
    assertThat(found.unclear()).isEmpty();
    RootContents contents = Objects.requireNonNull(found.contents());
    assertThat(contents.problems()).isEmpty();
    assertThat(contents.init()).isEqualTo("/usr/lib/systemd/systemd");
    assertThat(contents.sshd()).isEqualTo("/usr/sbin/sshd");
    assertThat(contents.freeFiles()).isNull();
    assertThat(found.takesSeedKeys()).isTrue();
    assertThat(AddressConfigurers.of(host, disk, RootProbe.of(disk)).owners())
        .singleElement()
        .asString()
        .contains("iface eth0 inet dhcp");
  }

  @ParameterizedTest
  @ValueSource(strings = {"squashfs", "erofs"})
  void anInitThatIsMissingOrOfAnotherMachineIsFound(String type) throws IOException {
    Files.write(root.resolve("usr/lib/systemd/systemd"), MadeFiles.program(MadeFiles.AARCH64));
    assertThat(Objects.requireNonNull(look(packed(type)).contents()).problems())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.rule()).isEqualTo(RootInspection.INIT_NOT_EXECUTABLE);
          assertThat(problem.cause()).contains("aarch64");
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"squashfs", "erofs"})
  void aLinkLeadsNowhereOutOfIt(String type) throws IOException {
    text("../secret", "the host's");
    link("etc/os-release", "../../../../../../../../.." + folder.resolve("secret"));
    link("out", folder.toString());
    link("circle", "circle");
    Path disk = packed(type);
    RootReader reader = RootReaders.of(host, disk, RootProbe.of(disk));
    assertThat(reader.find("/etc/os-release")).isPresent();
    assertThat(reader.find("/etc/os-release").flatMap(reader::text)).isEmpty();
    assertThat(reader.list("/out")).isEmpty();
    assertThat(reader.find("/out/secret")).isEmpty();
    assertThat(reader.find("/circle/x")).isEmpty();
    assertThat(reader.copy("/etc/os-release", folder.resolve("copy"))).isFalse();
    assertThat(reader.copy("/sbin/init", folder.resolve("init"))).isTrue();
    assertThat(folder.resolve("init")).hasBinaryContent(PROGRAM);
  }

  @ParameterizedTest
  @ValueSource(strings = {"squashfs", "erofs"})
  void oneThatIsCutOffOrDamagedIsSaidToBe(String type) throws IOException {
    Path disk = packed(type);
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.seek(type.equals("squashfs") ? 100 : 1200);
      file.write(new byte[(int) file.length() - 1300]);
    }
    RootInspection found = look(disk);
    assertThat(found.damages()).isNotEmpty();
    assertThat(found.contents()).isNull();
    assertThat(folder.resolve("unpacked-root")).doesNotExist();
  }

  @Test
  void aSquashfsOnAPartitionIsRead() throws IOException {
    Path bare = packed("squashfs");
    Path disk = folder.resolve("disk.img");
    Files.write(disk, new byte[1 << 20]);
    host.check(Command.of("truncate", "-s", "8M", disk + ""));
    host.check(Command.of("sgdisk", "--new=1:2048:+4M", "--typecode=1:8304", disk + ""));
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.seek(1 << 20);
      file.write(Files.readAllBytes(bare));
    }
    assertThat(Objects.requireNonNull(look(disk).contents()).init())
        .isEqualTo("/usr/lib/systemd/systemd");
  }

  @Test
  void whatIsTooLargeUnpackedIsNotUnpacked() throws IOException {
    try (var file = new RandomAccessFile(root.resolve("zeros").toFile(), "rw")) {
      file.setLength(9L << 30);
    }
    RootInspection found = look(packed("squashfs"));
    assertThat(found.contents()).isNull();
    assertThat(found.damages()).isEmpty();
    assertThat(found.unclear()).singleElement().asString().contains("bytes unpacked");
  }
}
