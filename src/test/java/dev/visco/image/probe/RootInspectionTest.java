package dev.visco.image.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.image.RootContents;
import dev.visco.model.RootProblem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real file systems with one thing wrong each, looked into without mounting them. */
class RootInspectionTest {
  private static final byte[] PROGRAM = MadeFiles.program(MadeFiles.X86_64);
  private final Host host = new LinuxHost();
  @TempDir Path folder;
  private Path root;

  @BeforeEach
  void aRootThatWorks() throws IOException {
    root = Files.createDirectory(folder.resolve("root"));
    file("usr/lib/systemd/systemd", PROGRAM, "755");
    link("usr/sbin/init", "../lib/systemd/systemd");
    link("sbin", "usr/sbin");
    file("usr/sbin/sshd", PROGRAM, "755");
    text("etc/ssh/sshd_config", "AuthorizedKeysFile /run/visco/authorized_keys\nHostKey /run/x\n");
  }

  private void file(String path, byte[] content, String mode) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
    String letters = "---,--x,-w-,-wx,r--,r-x,rw-,rwx";
    var permissions = new StringBuilder();
    mode.chars()
        .forEach(digit -> permissions.append(letters, (digit - '0') * 4, (digit - '0') * 4 + 3));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions.toString()));
  }

  private void text(String path, String text) throws IOException {
    file(path, text.getBytes(StandardCharsets.UTF_8), "644");
  }

  private void link(String path, String target) throws IOException {
    Path link = root.resolve(path);
    Files.createDirectories(link.getParent());
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of(target));
  }

  private void shebang(String path, String text) throws IOException {
    file(path, text.getBytes(StandardCharsets.UTF_8), "755");
  }

  private Path disk() throws IOException {
    Path disk = folder.resolve("root.img");
    Files.deleteIfExists(disk);
    host.check(
        Command.of("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", root + "", disk + "", "16M"));
    return disk;
  }

  private RootInspection look(Path disk) throws IOException {
    Path work = Files.createDirectories(folder.resolve("work"));
    RootInspection found =
        RootInspection.of(host, disk, RootProbe.of(disk), work, MadeFiles.RELEASE);
    assertThat(work).isEmptyDirectory();
    return found;
  }

  private RootContents contents() throws IOException {
    RootInspection found = look(disk());
    assertThat(found.damages()).isEmpty();
    assertThat(found.unclear()).isEmpty();
    return Objects.requireNonNull(found.contents());
  }

  private RootProblem onlyProblem() throws IOException {
    List<RootProblem> problems = contents().problems();
    assertThat(problems).hasSize(1);
    return problems.getFirst();
  }

  private void initIs(String rule, String... causes) throws IOException {
    RootProblem problem = onlyProblem();
    assertThat(problem.rule()).isEqualTo(rule);
    assertThat(problem.cause()).contains(causes);
    assertThat(problem.remedy()).isNotBlank();
    assertThat(contents().init()).isNull();
  }

  @Test
  void nothingIsWrongWithOneThatWorks() throws IOException {
    RootInspection found = look(disk());
    RootContents contents = Objects.requireNonNull(found.contents());
    assertThat(contents.problems()).isEmpty();
    assertThat(contents.notices()).isEmpty();
    assertThat(contents.init()).isEqualTo("/usr/lib/systemd/systemd");
    assertThat(contents.sshd()).isEqualTo("/usr/sbin/sshd");
    assertThat(contents.freeMib()).isBetween(4L, 16L);
    assertThat(contents.freeFiles()).isGreaterThan(100);
    assertThat(contents.modules()).isNull();
    assertThat(found.takesSeedKeys()).isTrue();
  }

  @Test
  void anInitThatIsNotThere() throws IOException {
    Files.delete(root.resolve("usr/sbin/init"));
    initIs("init-missing", "no /sbin/init, /etc/init, /bin/init");
    link("usr/sbin/init", "/opt/none");
    initIs("init-not-executable", "/sbin/init is a link that leads to /opt, which is not there");
    link("usr/sbin/init", "init");
    initIs("init-not-executable", "/sbin/init is a link that leads in a circle");
  }

  @ParameterizedTest
  @CsvSource({
    "644, is not executable (mode 644)",
    "000, is not executable (mode 0)",
  })
  void anInitWithoutPermission(String mode, String cause) throws IOException {
    file("usr/lib/systemd/systemd", PROGRAM, mode);
    initIs("init-not-executable", "/sbin/init (/usr/lib/systemd/systemd) " + cause);
  }

  @Test
  void anInitThatIsNoProgramForThisMachine() throws IOException {
    file("usr/lib/systemd/systemd", MadeFiles.program(MadeFiles.AARCH64), "755");
    initIs("init-not-executable", "is a program for aarch64, and guests here are x86-64");
    file("usr/lib/systemd/systemd", new byte[0], "755");
    initIs("init-not-executable", "is empty");
    file("usr/lib/systemd/systemd", new byte[] {1, 2, 3}, "755");
    initIs("init-not-executable", "is neither an ELF program nor a script with a #! line");
    Files.delete(root.resolve("usr/lib/systemd/systemd"));
    Files.createDirectory(root.resolve("usr/lib/systemd/systemd"));
    initIs("init-not-executable", "is a folder");
  }

  @Test
  void aScriptsInterpreter() throws IOException {
    shebang("usr/lib/systemd/systemd", "#!/bin/bash\necho\n");
    initIs("init-not-executable", "its interpreter /bin/bash is not there");
    file("bin/bash", PROGRAM, "644");
    initIs("init-not-executable", "its interpreter /bin/bash is not executable (mode 644)");
    shebang("usr/lib/systemd/systemd", "#!/bin/bash\r\necho\r\n");
    initIs("init-not-executable", "end in CR LF");
    shebang("usr/lib/systemd/systemd", "#!\n");
    initIs("init-not-executable", "names no interpreter");
    file("bin/bash", PROGRAM, "755");
    shebang("usr/lib/systemd/systemd", "#! /bin/bash -e\n");
    assertThat(contents().problems()).isEmpty();
  }

  /** A program of this host with what it needs, without one part after the other. */
  @Test
  void aProgramsLoaderAndLibraries() throws IOException {
    file("usr/lib/systemd/systemd", Files.readAllBytes(Path.of("/usr/bin/true")), "755");
    initIs("init-not-executable", "needs the loader /lib64/ld-linux-x86-64.so.2");
    file("lib64/ld-linux-x86-64.so.2", PROGRAM, "644");
    initIs("init-not-executable", "needs the loader", "which cannot be executed");
    file("lib64/ld-linux-x86-64.so.2", PROGRAM, "755");
    initIs("init-not-executable", "needs the library libc.so.6, which is not there");
    file("opt/lib/libc.so.6", PROGRAM, "644");
    initIs("init-not-executable", "needs the library libc.so.6");
    text("etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n");
    text("etc/ld.so.conf.d/mine.conf", "/opt/lib\n");
    assertThat(contents().problems()).isEmpty();
  }

  @Test
  void anotherInitThatWorksCounts() throws IOException {
    file("usr/lib/systemd/systemd", PROGRAM, "644");
    file("bin/init", PROGRAM, "755");
    assertThat(contents().init()).isEqualTo("/bin/init");
    assertThat(contents().problems()).isEmpty();
  }

  @Test
  void theInitThatIsNamed() throws IOException {
    shebang("opt/mine", "#!/bin/none\n");
    Path disk = disk();
    Path work = Files.createDirectory(folder.resolve("work"));
    RootProbe probe = RootProbe.of(disk);
    assertThat(RootInspection.init(host, disk, probe, work, "/usr/sbin/init")).isEmpty();
    assertThat(RootInspection.init(host, disk, probe, work, "/opt/none"))
        .map(RootProblem::rule)
        .contains("init-missing");
    assertThat(RootInspection.init(host, disk, probe, work, "/opt/mine"))
        .map(RootProblem::rule)
        .contains("init-not-executable");
    // A name that debugfs would read in another way is not judged.
    assertThat(RootInspection.init(host, disk, probe, work, "/opt/a b;\"quit")).isEmpty();
  }

  @Test
  void anSshdThatCannotAnswer() throws IOException {
    file("usr/sbin/sshd", PROGRAM, "644");
    assertThat(onlyProblem().rule()).isEqualTo("sshd-not-executable");
    assertThat(onlyProblem().cause()).contains("/usr/sbin/sshd is not executable");
    file("usr/sbin/sshd", PROGRAM, "755");
    text("etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\n");
    text("etc/ssh/sshd_config.d/10-port.conf", "# a port\nPort=2222\nMatch User x\nPort 22\n");
    text("etc/passwd", "root:x:0:0::/root:/bin/zsh\n");
    assertThat(contents().notices())
        .hasSize(4)
        .anyMatch(text -> text.startsWith("sshd listens on port 2222"))
        .anyMatch(text -> text.contains("PermitRootLogin no"))
        .anyMatch(text -> text.startsWith("sshd has no host key"))
        .anyMatch(text -> text.contains("/bin/zsh is not there"));
    file("usr/bin/cloud-init", PROGRAM, "755");
    assertThat(contents().notices()).noneMatch(text -> text.startsWith("sshd has no host key"));
    Files.delete(root.resolve("usr/sbin/sshd"));
    assertThat(contents().notices()).anyMatch(text -> text.startsWith("there is no SSH server"));
  }

  @Test
  void whatFstabWantsAndTheDiskHasNot() throws IOException {
    text(
        "etc/fstab",
        """
        LABEL=root / ext4 defaults 0 1
        LABEL=root /again ext4 defaults 0 1
        UUID=00000000-1111-2222-3333-444444444444 /data ext4 defaults 0 2
        LABEL=gone /fine ext4 defaults,nofail 0 2
        LABEL=later /later ext4 noauto 0 2
        /dev/vdb /seed iso9660 ro 0 0
        LABEL=swap none swap sw 0 0
        tmpfs /tmp tmpfs defaults 0 0
        # LABEL=old /old ext4
        /dev/sda2 /srv ext4 defaults 0 2
        """);
    assertThat(contents().problems())
        .allMatch(problem -> problem.rule().equals(RootInspection.FSTAB))
        .satisfiesExactly(
            one -> assertThat(one.cause()).contains("/data"),
            one -> assertThat(one.cause()).contains("/dev/sda2 on /srv"));
    // Other inits go on without.
    file("usr/lib/other", PROGRAM, "755");
    link("usr/sbin/init", "../lib/other");
    assertThat(contents().problems()).isEmpty();
  }

  @Test
  void theDriversForTheKernel() throws IOException {
    String modules = "usr/lib/modules/" + MadeFiles.RELEASE + "/";
    link("lib", "usr/lib");
    text(
        modules + "modules.dep",
        "kernel/drivers/net/virtio_net.ko.xz: kernel/net/core/failover.ko.xz\n"
            + "kernel/fs/xfs/xfs.ko.xz:\n");
    text(modules + "modules.builtin", "kernel/drivers/block/virtio_blk.ko\n");
    RootInspection found = look(disk());
    assertThat(found.modules().options())
        .containsEntry("VIRTIO_BLK", "y")
        .containsEntry("VIRTIO_NET", "m")
        .containsEntry("XFS_FS", "m")
        .containsEntry("BTRFS_FS", "n");
    assertThat(Objects.requireNonNull(found.contents()).modules())
        .containsExactly("virtio_net", "xfs");
    Files.delete(root.resolve(modules + "modules.builtin"));
    assertThat(look(disk()).modules().options()).containsOnlyKeys("VIRTIO_NET", "XFS_FS");
  }

  @Test
  void aFullOne() throws IOException {
    byte[] filler = new byte[9 << 20];
    java.util.Arrays.fill(filler, (byte) 1);
    file("filler", filler, "644");
    Path disk = disk();
    host.check(
        Command.of(
                "sh",
                "-c",
                "head -c 6M /dev/urandom >more; debugfs -w -R 'write more more' root.img")
            .in(folder));
    assertThat(Objects.requireNonNull(look(disk).contents()).notices())
        .anyMatch(text -> text.startsWith("the root file system has 0 MiB left"));
  }

  @Test
  void aDamagedInodeIsNoAbsentFile() throws IOException {
    Path disk = disk();
    String inode =
        host.check(Command.of("debugfs", "-R", "imap /usr/sbin", "root.img").in(folder)).output();
    var at = java.util.regex.Pattern.compile("block ([0-9]+), offset 0x([0-9a-f]+)").matcher(inode);
    assertThat(at.find()).as(inode).isTrue();
    long block = Long.parseLong(at.group(1)) * 1024 + Long.parseLong(at.group(2), 16);
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.seek(block + 8);
      file.writeInt(0x12345678); // Its time, which its checksum covers.
    }
    RootInspection found = look(disk);
    assertThat(found.damages()).singleElement().asString().containsIgnoringCase("checksum");
    assertThat(Objects.requireNonNull(found.contents()).problems()).isEmpty();
  }

  @Test
  void otherFileSystemsAreNotLookedInto() throws IOException {
    var xfs = new RootProbe(null, 0, 0, null, "xfs", null, null, List.of(), "XFS_FS", List.of());
    var found = RootInspection.of(host, disk(), xfs, folder, null);
    assertThat(found.contents()).isNull();
    assertThat(RootInspection.init(host, disk(), xfs, folder, "/x")).isEqualTo(Optional.empty());
  }
}
