package dev.visco.image.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.MemoryBudget;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Container images in files: what is read, chosen and refused. */
class OciArchiveTest {
  @TempDir private Path folder;

  @Test
  void aLayoutIsReadAsFolderAndAsArchive() throws IOException {
    MadeContainer made = container("one");
    Path layout = made.layout(folder.resolve("layout"), "one");

    for (Path path : List.of(layout, archiveOf(layout, "layout.tar"))) {
      try (OciArchive archive = OciArchive.open(path, null)) {
        assertThat(archive.image().digest()).isEqualTo(Digest.of(made.manifest()));
        assertThat(archive.image().config().words()).containsExactly("/bin/one", "--serve");
        assertThat(paths(archive)).containsExactly("bin", "bin/one");
      }
    }
  }

  @Test
  void anArchiveOfDockerSaveIsReadAlsoWithLinksBetweenItsLayers() throws IOException {
    MadeContainer made = container("one");
    OciLayer layer = made.layers().layers().getFirst();
    byte[] list =
        MadeContainer.json(
            List.of(
                Map.of(
                    "Config",
                    "config.json",
                    "RepoTags",
                    List.of("shop/one:3"),
                    "Layers",
                    List.of("b/layer.tar"))));
    Path tar = folder.resolve("saved.tar");
    Files.write(
        tar,
        new MadeLayers.Archive()
            .file("config.json", made.configuration(), 0644)
            .file("a/layer.tar", made.layers().bytes(layer), 0644)
            .link("b/layer.tar", "../a/layer.tar")
            .file("manifest.json", list, 0644)
            .bytes());

    try (OciArchive archive = OciArchive.open(tar, null)) {
      assertThat(archive.image().reference()).isEqualTo("shop/one:3");
      assertThat(paths(archive)).containsExactly("bin", "bin/one");
    }
    assertRefused(tar, "shop/two:3", "not the one image shop/two:3");
  }

  @Test
  void ofAnIndexTheImageForThisKindOfMachineIsChosen() throws IOException {
    MadeContainer ours = container("ours");
    MadeContainer other = container("other").forArchitecture("arm64");
    Path layout = folder.resolve("layout");
    other.write(layout, List.of());
    ours.write(layout, List.of(of(other, "arm64"), of(ours, "amd64")));

    try (OciArchive archive = OciArchive.open(layout, null)) {
      assertThat(archive.image().digest()).isEqualTo(Digest.of(ours.manifest()));
    }
    Path foreign = folder.resolve("foreign");
    byte[] index =
        MadeContainer.json(Map.of("schemaVersion", 2, "manifests", List.of(of(other, "arm64"))));
    other.write(foreign, List.of(MadeContainer.descriptor(MadeContainer.INDEX, index)));
    Files.write(foreign.resolve("blobs/sha256").resolve(Digest.of(index).hex()), index);
    assertRefused(foreign, null, "is for linux/arm64 and not for linux/amd64");
    assertRefused(
        other.layout(folder.resolve("unsaid"), "x"), null, "is for linux/arm64 and not for");
  }

  private static Map<String, Object> of(MadeContainer made, String architecture) {
    var descriptor = MadeContainer.descriptor(MadeContainer.MANIFEST, made.manifest());
    descriptor.put("platform", Map.of("os", "linux", "architecture", architecture));
    return descriptor;
  }

  @Test
  void ofSeveralImagesTheOneThatIsNamedIsTaken() throws IOException {
    MadeContainer one = container("one");
    MadeContainer two = container("two");
    Path layout = folder.resolve("layout");
    one.write(layout, List.of());
    two.write(layout, List.of(named(one, "one"), named(two, "two")));

    try (OciArchive archive = OciArchive.open(layout, "two")) {
      assertThat(archive.image().digest()).isEqualTo(Digest.of(two.manifest()));
    }
    assertRefused(layout, null, "holds one, two");
    assertRefused(layout, "three", "not the one image three");
  }

  private static Map<String, Object> named(MadeContainer made, String name) {
    var descriptor = MadeContainer.descriptor(MadeContainer.MANIFEST, made.manifest());
    descriptor.put("annotations", Map.of("org.opencontainers.image.ref.name", name));
    return descriptor;
  }

  @Test
  void whatIsNoContainerImageIsNamedForWhatItIs() throws IOException {
    assertRefused(folder.resolve("none"), null, "does not exist");
    assertRefused(Files.createDirectory(folder.resolve("empty")), null, "neither index.json");
    Path text = Files.writeString(folder.resolve("text"), "no archive".repeat(100));
    assertRefused(text, null, "is no tar archive");
    Path packed = Files.write(folder.resolve("packed"), MadeLayers.gzip(new byte[2000]));
    assertRefused(packed, null, "packed with gzip");
    Path other =
        Files.write(folder.resolve("other.tar"), new MadeLayers.Archive().file("a", "b").bytes());
    assertRefused(other, null, "neither index.json");
    Path layout = container("one").layout(folder.resolve("layout"), "one");
    Files.writeString(layout.resolve("index.json"), "no json");
    assertRefused(layout, null, "is no JSON document");
  }

  @Test
  void whatDoesNotFitTogetherIsRefused() throws IOException {
    MadeContainer made = container("one");
    Path layout = made.layout(folder.resolve("layout"), "one");
    Path blobs = layout.resolve("blobs/sha256");
    Path manifest = blobs.resolve(Digest.of(made.manifest()).hex());
    byte[] before = Files.readAllBytes(manifest);
    Files.writeString(manifest, "{}");
    assertRefused(layout, null, "has other contents than");
    Files.write(manifest, before);
    Path layer = blobs.resolve(made.layers().layers().getFirst().digest().hex());
    Files.write(layer, MadeLayers.gzip(new MadeLayers.Archive().file("x", "").bytes()));
    try (OciArchive archive = OciArchive.open(layout, null)) {
      assertThatThrownBy(() -> paths(archive)).hasMessageContaining("has other contents");
    }
    Files.delete(layer);
    Files.createSymbolicLink(layer, Path.of("/etc/passwd"));
    try (OciArchive archive = OciArchive.open(layout, null)) {
      assertThatThrownBy(() -> paths(archive)).hasMessageContaining("is a link");
    }
  }

  @Test
  void anArchiveInAFolderLeadsToNoFileOfThisHost() throws IOException {
    Path saved = Files.createDirectory(folder.resolve("saved"));
    Files.write(
        saved.resolve("manifest.json"),
        MadeContainer.json(
            List.of(Map.of("Config", "../../../etc/passwd", "Layers", List.of("a")))));

    assertRefused(saved, null, "leads out of the layout");
  }

  @Test
  void aManifestOfAnotherKindOfArtifactIsRefused() {
    var layer = Digest.of("x".getBytes(StandardCharsets.UTF_8));
    var chart = new OciDescriptor("application/vnd.cncf.helm.chart", layer, 1, null, Map.of());
    byte[] config =
        MadeContainer.json(Map.of("rootfs", Map.of("diff_ids", List.of(layer.toString()))));

    assertThatThrownBy(() ->
            OciDocuments.layers(
                "chart", List.of(chart), OciDocuments.parse("config", config, null)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("application/vnd.cncf.helm.chart");
    assertThatThrownBy(
            () -> OciDocuments.layers("x", List.of(), OciDocuments.parse("config", config, null)))
        .hasMessageContaining("0 layers and 1 diff ids");
  }

  private static MadeContainer container(String name) {
    return new MadeContainer()
        .texts(Map.of("bin/" + name, name))
        .with("Entrypoint", List.of("/bin/" + name))
        .with("Cmd", List.of("--serve"));
  }

  private Path archiveOf(Path layout, String name) throws IOException {
    var archive = new MadeLayers.Archive();
    try (var files = Files.walk(layout)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        archive.file("./" + layout.relativize(file), Files.readAllBytes(file), 0644);
      }
    }
    return Files.write(folder.resolve(name), archive.bytes());
  }

  private static List<String> paths(OciArchive archive) throws IOException {
    try (var memory = MemoryBudget.shared().nothing()) {
      RootTree tree =
          new LayerMerge(OciLimits.USUAL, memory)
              .merge(archive.image().layers(), archive, Progress.SILENT);
      var paths = new java.util.ArrayList<String>();
      TreeWalk.of(tree.root(), (path, node) -> paths.add(path));
      return paths;
    }
  }

  private static void assertRefused(Path path, @Nullable String name, String reason) {
    assertThatThrownBy(() -> OciArchive.open(path, name).close())
        .isInstanceOf(Refused.class)
        .hasMessageContaining(reason);
  }
}
