package dev.visco.image;

import dev.visco.host.Host;
import dev.visco.model.BootSpec;
import java.nio.file.Path;
import java.util.Map;

/**
 * A VM's own disks: a layer over the image's root disk, and the seed disk with what only this VM
 * has.
 */
public final class Disks {
  public Disks(Host host) {}

  /**
   * Makes {@code root.qcow2} in {@code folder} over the image's root disk, owned by {@code uid};
   * safe to repeat before launch.
   */
  public BootSpec.Disk rootLayer(Image image, Path folder, int uid) {
    throw new UnsupportedOperationException();
  }

  /**
   * Makes {@code seed.img}: a small read-only disk from which the guest's {@code visco-seed}
   * service takes its files before sshd starts. Keys are file names below {@code /run/visco} in the
   * guest, like {@code authorized_keys}; modes are 0600.
   */
  public BootSpec.Disk seed(Path folder, int uid, Map<String, byte[]> files) {
    throw new UnsupportedOperationException();
  }
}
