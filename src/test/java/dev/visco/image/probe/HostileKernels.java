package dev.visco.image.probe;

import dev.visco.host.FileDigest;
import dev.visco.image.BootKernel;
import dev.visco.image.ElfKernels;
import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A bzImage that unpacks to 120 MiB, as a distribution's with debug information may. */
public final class HostileKernels {
  public static final int UNPACKED = 120 << 20;

  private HostileKernels() {}

  /** Writes it; this takes a heap of its own. */
  public static void write(Path bzImage) throws IOException {
    byte[] content = new byte[UNPACKED];
    byte[] banner = MadeFiles.inside("CONFIG_VIRTIO_BLK=y\n");
    System.arraycopy(banner, 0, content, UNPACKED - banner.length, banner.length);
    byte[] elf = MadeFiles.elf(MadeFiles.X86_64, 2, true, content);
    Files.write(bzImage, MadeFiles.bzImage(MadeFiles.packed(Compression.GZIP, elf), "", true));
  }

  /**
   * Looks into it as an import does, and unpacks it as a boot does.
   *
   * @throws AssertionError when it is not known for what it is
   */
  public static void run(Path bzImage, Path folder) throws IOException {
    KernelProbe probe = KernelProbe.of(bzImage);
    if (!MadeFiles.RELEASE.equals(probe.release()) || probe.configuration() == null) {
      throw new AssertionError("the kernel was not known: " + probe);
    }
    Digest digest = FileDigest.of(bzImage);
    BootKernel kernel = new ElfKernels(folder).of(bzImage, digest);
    if (Files.size(kernel.file()) < UNPACKED) {
      throw new AssertionError("the kernel was not unpacked whole");
    }
  }
}
