package dev.visco.image;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Root file systems of Debian's packages as tar archives, for guests whose init is not ours. Each
 * is made once and kept outside the checkout, by what it is made of.
 */
public enum DebianRoot {
  /** A container that runs systemd. */
  SYSTEMD("systemd-sysv,dbus,procps", ""),

  /**
   * As Alpine boots: busybox is the init, and OpenRC starts the services; Debian has no packages of
   * Alpine's, and its busybox is no musl program.
   */
  OPENRC(
      "busybox-static,openrc,musl",
      """
      ln -sf /bin/busybox "$1/sbin/init"
      printf '%s\\n' '::sysinit:/sbin/openrc sysinit' '::sysinit:/sbin/openrc boot' \\
        '::wait:/sbin/openrc default' '::shutdown:/sbin/openrc shutdown' >"$1/etc/inittab"
      printf '%s\\n' '#!/sbin/openrc-run' 'start() { echo "openrc started us" >/run/started; }' \\
        >"$1/etc/init.d/made"
      chmod 755 "$1/etc/init.d/made"
      chroot "$1" rc-update add made default
      """),

  /** An initramfs of dracut's, beside what a guest of one's own needs. */
  DRACUT(
      "busybox-static,openssh-server,dracut-core,linux-image-cloud-amd64",
      """
      chroot "$1" dracut --force --no-hostonly --gzip --filesystems ext4 \\
        --add-drivers "virtio_blk virtio_net virtio_mmio virtio_pci ext4" \\
        /boot/dracut.img "$(ls "$1/lib/modules")"
      """);

  private static final Duration LONG = Duration.ofMinutes(20);
  private final String packages;
  private final String changes;

  DebianRoot(String packages, String changes) {
    this.packages = packages;
    this.changes = changes;
  }

  /** The archive; made where it is not there, which needs the host's package sources. */
  public synchronized Path tar() throws IOException {
    Digest identity = Digest.of((packages + changes).getBytes(StandardCharsets.UTF_8));
    Path tar =
        Objects.requireNonNull(TestImages.folder().getParent())
            .resolve("debian-root-" + identity.hex().substring(0, 16) + ".tar");
    if (!Files.exists(tar)) {
      if (System.getenv().containsKey("OUTER_JAVA")) {
        throw new IllegalStateException(
            tar + " is not there, and cannot be made in the guests' network.");
      }
      Path work = Files.createTempDirectory("visco-debian-root");
      try {
        var words = new ArrayList<>(List.of("mmdebstrap", "--mode=root", "--variant=minbase"));
        words.add("--include=" + packages);
        if (!changes.isEmpty()) {
          words.add("--customize-hook=" + changes);
        }
        words.addAll(List.of("bookworm", work.resolve("root.tar").toString()));
        new LinuxHost().check(Command.of(words).makingPublicFiles().within(LONG));
        Path half = DurableFiles.half(tar);
        Files.move(work.resolve("root.tar"), half);
        Files.move(half, tar);
      } finally {
        DurableFiles.deleteTree(work);
      }
    }
    return tar;
  }
}
