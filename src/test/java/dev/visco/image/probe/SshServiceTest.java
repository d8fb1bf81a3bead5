package dev.visco.image.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.image.RootContents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether something starts an image's SSH server, as its init will see it. */
class SshServiceTest {
  private static final String TARGET = "etc/systemd/system/multi-user.target.wants/";
  private final LinuxHost host = new LinuxHost();
  @TempDir private Path folder;
  private Path root;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(folder.resolve("root"));
    program("usr/sbin/sshd");
    text("etc/ssh/sshd_config", "HostKey /run/x\n");
    text("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  }

  private void program(String path) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, MadeFiles.program(MadeFiles.X86_64));
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

  private RootContents contents() throws IOException {
    Path disk = folder.resolve("root.img");
    Files.deleteIfExists(disk);
    host.check(Command.of("mke2fs", "-q", "-t", "ext4", "-d", root + "", disk + "", "16M"));
    Path work = Files.createDirectories(folder.resolve("work"));
    return Objects.requireNonNull(
        RootInspection.of(host, disk, RootProbe.of(disk), work, null).contents());
  }

  private void systemd() throws IOException {
    program("usr/lib/systemd/systemd");
    link("sbin/init", "/usr/lib/systemd/systemd");
  }

  private void startedBy(String path) throws IOException {
    RootContents found = contents();
    assertThat(found.sshdStartedBy()).isEqualTo(path);
    assertThat(found.notices()).isEmpty();
  }

  private void nothingIsSaid() throws IOException {
    RootContents found = contents();
    assertThat(found.sshdStartedBy()).isNull();
    assertThat(found.notices()).isEmpty();
  }

  private void nothingStartsIt(String remedy) throws IOException {
    RootContents found = contents();
    assertThat(found.sshdStartedBy()).isNull();
    assertThat(found.notices())
        .singleElement()
        .asString()
        .startsWith("nothing starts the SSH server")
        .contains(remedy);
  }

  @Test
  void systemdStartsWhatATargetWants() throws IOException {
    systemd();
    nothingStartsIt("systemctl enable ssh");
    link(TARGET + "ssh.service", "/lib/systemd/system/ssh.service");
    startedBy("/" + TARGET + "ssh.service");
    // Masked: Debian's name of it, and Fedora's is wanted besides.
    link("etc/systemd/system/ssh.service", "/dev/null");
    nothingStartsIt("multi-user.target.wants");
    link(TARGET + "sshd.service", "/lib/systemd/system/sshd.service");
    startedBy("/" + TARGET + "sshd.service");
  }

  @Test
  void systemdStartsItBySocketOrAtTheFirstBoot() throws IOException {
    systemd();
    Path presets = root.resolve("etc/machine-id");
    Files.writeString(presets, "uninitialized\n");
    nothingIsSaid();
    Files.writeString(presets, "");
    nothingIsSaid();
    link("etc/systemd/system/sockets.target.wants/ssh.socket", "/lib/systemd/system/ssh.socket");
    startedBy("/etc/systemd/system/sockets.target.wants/ssh.socket");
  }

  @Test
  void cloudInitMayEnableIt() throws IOException {
    systemd();
    program("usr/bin/cloud-init");
    nothingIsSaid();
  }

  @Test
  void openRcStartsWhatIsInARunlevel() throws IOException {
    program("sbin/openrc");
    program("bin/busybox");
    link("sbin/init", "/bin/busybox");
    text("etc/inittab", "::sysinit:/sbin/openrc sysinit\n");
    nothingStartsIt("rc-update add sshd default");
    link("etc/runlevels/default/sshd", "/etc/init.d/sshd");
    startedBy("/etc/runlevels/default/sshd");
  }

  @Test
  void ofOtherInitsTheirTableAndTheirLinksAreRead() throws IOException {
    program("bin/busybox");
    link("sbin/init", "/bin/busybox");
    text("etc/inittab", "# ::respawn:/usr/sbin/sshd -D\n::sysinit:/etc/rc\n");
    nothingIsSaid();
    text("etc/inittab", "::respawn:/usr/sbin/sshd -D\n");
    startedBy("/etc/inittab");
    text("etc/inittab", "si::sysinit:/etc/init.d/rcS\n");
    link("etc/rc2.d/S01ssh", "../init.d/ssh");
    startedBy("/etc/rc2.d/S01ssh");
  }
}
