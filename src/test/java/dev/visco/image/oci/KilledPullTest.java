package dev.visco.image.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.image.Image;
import dev.visco.image.ImageLeftover;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.image.StoreCopies;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon is killed at each effect of a pull: no image is half there, no layer, and nothing
 * stays that is not swept; the next pull goes on with what came whole.
 */
class KilledPullTest {
  /** Larger than what is read at once, so that kills come in their midst. */
  private static final int LARGE = 300 << 10;

  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();

  private final MadeContainer image =
      new MadeContainer()
          .texts(Map.of("bin/one", incompressible(1)))
          .texts(Map.of("bin/two", incompressible(2)))
          .with("Cmd", List.of("/bin/one"));

  private static String incompressible(int seed) {
    return new java.util.Random(seed)
        .ints(LARGE, 'a', 'z')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** The root disk of an image from which a container image gets its programs. */
  private Path base() throws IOException {
    Path root = Files.createDirectory(folder.resolve("root"));
    for (String program :
        List.of(
            "usr/bin/busybox",
            "usr/sbin/sshd",
            "usr/bin/setpriv",
            "usr/sbin/resize2fs",
            "usr/lib/visco/start",
            "etc/ssh/sshd_config")) {
      Files.createDirectories(root.resolve(program).getParent());
      Files.copy(Path.of("/bin/busybox"), root.resolve(program));
    }
    Path disk = folder.resolve("base.img");
    host.check(
        Command.of("mke2fs", "-q", "-t", "ext4", "-d", root.toString(), disk.toString(), "24M"));
    return disk;
  }

  private static ContainerRequest request(MadeRegistry registry) {
    var reference = OciReference.of(registry.address() + "/shop/web:3");
    return new ContainerRequest(
        new ImageName("web"),
        new ImageName("cli"),
        new ContainerRequest.InRegistry(reference, false));
  }

  @Test
  void eachKillLeavesWholeLayersAndTheNextPullGoesOn() throws IOException {
    Path store = folder.resolve("store");
    MadeImages.withRoot(host, store, base());
    Set<String> before = new TreeSet<>(StoreCopies.files(store));
    var copies = new StoreCopies(store, folder.resolve("copies"));
    try (var registry = new MadeRegistry().with("shop/web:3", image)) {
      new Images(copies.host(), store, List.of()).containers().make(request(registry), copies);
      assertThat(copies.all()).hasSizeGreaterThan(12);
      var layers = new ArrayList<Integer>();
      for (Path copy : copies.all()) {
        layers.add(wholeLayers(copy, before));
      }
      assertThat(layers).as("kills before, between and after layers").isSorted().contains(0, 1, 2);
      int between = layers.indexOf(1);
      int last = copies.all().size() - 1;
      for (int at :
          Boolean.getBoolean("visco.all") ? List.of(0, between, last) : List.of(between)) {
        Path copy = copies.all().get(at);
        registry.askedBlobs().clear();
        Image made = images(copy).containers().make(request(registry), Progress.SILENT);
        assertThat(made.manifest().container()).isNotNull();
        assertThat(registry.askedBlobs())
            .as("the configuration and the layers that were not there")
            .hasSize(1 + 2 - layers.get(at));
        assertThat(images(copy).leftovers()).isEmpty();
      }
    }
  }

  private Images images(Path store) {
    return new Images(host, store, List.of());
  }

  /** Nothing in it is half, and all but whole layers is swept; gives how many it has. */
  private int wholeLayers(Path copy, Set<String> before) throws IOException {
    Images images = images(copy);
    assertThat(images.all()).extracting(one -> one.manifest().name()).containsExactly("cli");
    StoreCopies.assertNothingHalf(images, copy);
    images.removeLeftovers();
    assertThat(images.leftovers())
        .noneMatch(ImageLeftover::isOrphan)
        .allMatch(left -> left.name().startsWith("images/layers/"));
    List<String> after =
        StoreCopies.files(copy).stream().filter(file -> !before.contains(file)).toList();
    assertThat(after).allMatch(file -> file.startsWith("layers/"));
    assertThat(images.leftovers()).hasSameSizeAs(after);
    return after.size();
  }
}
