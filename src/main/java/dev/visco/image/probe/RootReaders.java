package dev.visco.image.probe;

import dev.visco.host.Host;
import java.nio.file.Path;

/** Chooses what reads a root file system. */
final class RootReaders {
  private RootReaders() {}

  /**
   * A reader for a root that {@link RootProbe#isReadable} says can be read.
   *
   * @param disk its file name was chosen by Visco; where the root is packed, the disk's folder gets
   *     what is unpacked of it, and is removed by its owner
   */
  static RootReader of(Host host, Path disk, RootProbe root) {
    return root.isReadOnly()
        ? UnpackedRoot.of(host, disk.toAbsolutePath(), root)
        : new DebugFs(host, disk, root.offset());
  }
}
