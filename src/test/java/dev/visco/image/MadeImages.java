package dev.visco.image;

import dev.visco.host.FileDigest;
import dev.visco.host.Host;
import dev.visco.image.probe.MadeFiles;
import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A store with one image of a few bytes, for tests that boot nothing. */
public final class MadeImages {
  private MadeImages() {}

  /** A store in {@code folder} that holds an image of this name. */
  public static Images with(Host host, Path folder, String name) throws IOException {
    return with(host, folder, name, Map.of("ssh", 22));
  }

  /**
   * The same with these services.
   *
   * @param services what listens in the guest, by name, and on which port
   */
  public static Images with(Host host, Path folder, String name, Map<String, Integer> services)
      throws IOException {
    add(host, folder, name, services, null);
    return new Images(host, folder, List.of());
  }

  /** An image that stands in the store as if it had been built from this recipe. */
  public static Image built(Host host, Path folder, String name, Digest recipe) throws IOException {
    return add(host, folder, name, Map.of("ssh", 22), recipe);
  }

  /** The image cli with this root disk, which is moved. */
  public static Images withRoot(Host host, Path folder, Path rootfs) throws IOException {
    add(host, folder, "cli", Map.of("ssh", 22), null, rootfs);
    return new Images(host, folder, List.of());
  }

  private static Image add(
      Host host, Path folder, String name, Map<String, Integer> services, @Nullable Digest recipe)
      throws IOException {
    Files.createDirectories(folder);
    return add(host, folder, name, services, recipe, file(folder, name, "rootfs"));
  }

  private static Image add(
      Host host,
      Path folder,
      String name,
      Map<String, Integer> services,
      @Nullable Digest recipe,
      Path rootfs)
      throws IOException {
    Files.createDirectories(folder);
    Path kernel = file(folder, name, "kernel");
    Path initrd = file(folder, name, "initrd");
    var manifest =
        new Manifest(
            name,
            recipe,
            FileDigest.of(kernel),
            FileDigest.of(initrd),
            FileDigest.of(rootfs),
            "PARTUUID=7669736f-01",
            null,
            "7669736f-01",
            null,
            "ext4",
            List.of(),
            "bzImage",
            MadeFiles.RELEASE,
            Map.of(),
            List.of(),
            "initramfs",
            services,
            1,
            256,
            List.of(),
            List.of(),
            null,
            null,
            null,
            List.of(),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null);
    Map<Digest, Path> files =
        Map.of(manifest.kernel(), kernel, FileDigest.of(initrd), initrd, manifest.rootfs(), rootfs);
    return new ImageStore(host, folder).add(manifest, files);
  }

  private static Path file(Path folder, String name, String content) throws IOException {
    return Files.write(
        folder.resolve("made-" + content),
        (name + "'s " + content).getBytes(StandardCharsets.UTF_8));
  }
}
