package dev.visco.image.oci;

import dev.visco.model.Digest;
import dev.visco.model.Refused;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A container image in files on this host: an OCI layout (OCI image specification, image-layout.md)
 * as a folder or tar archive, or an archive of {@code docker save}.
 */
final class OciArchive implements LayerSource, AutoCloseable {
  private static final String WANTED =
      "Give an OCI layout (a folder or a tar archive), or an archive of docker save.";

  private final Path path;
  private final BlobFiles files;
  private final OciImage image;

  /** Names of layers' files in an archive of docker save, by digest; none in a layout. */
  private final Map<Digest, String> names = new HashMap<>();

  private OciArchive(Path path, BlobFiles files, @Nullable String name) throws IOException {
    this.path = path;
    this.files = files;
    this.image = read(name);
  }

  /**
   * Opens it and reads its documents.
   *
   * @param name of the image in it, null when it holds one only
   */
  static OciArchive open(Path path, @Nullable String name) {
    try {
      BlobFiles files = Files.isDirectory(path) ? new BlobFiles.OfFolder(path) : archive(path);
      try {
        return new OciArchive(path, files, name);
      } catch (IOException | RuntimeException e) {
        files.close();
        throw e;
      }
    } catch (IOException e) {
      throw OciRefusal.of(path + "", "cannot be read: " + e.getMessage(), "Make it readable.");
    }
  }

  private static BlobFiles archive(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw OciRefusal.of(
          path + "",
          Files.exists(path) ? "is no file and no folder" : "does not exist on the daemon's host",
          WANTED);
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
      byte[] head = in.readNBytes(4);
      if (head.length == 4 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b) {
        throw OciRefusal.of(path + "", "is packed with gzip as a whole", "Unpack it by gunzip.");
      }
      if (head.length == 4 && (head[0] & 0xff) == 0x28 && (head[1] & 0xff) == 0xb5) {
        throw OciRefusal.of(path + "", "is packed with zstd as a whole", "Unpack it by unzstd.");
      }
    }
    try {
      return ArchiveFiles.of(path);
    } catch (Refused e) {
      throw OciRefusal.of(path + "", "is no tar archive: " + e.refusal().detail(), WANTED);
    }
  }

  private OciImage read(@Nullable String name) throws IOException {
    if (has("index.json")) {
      return layout(name);
    }
    if (has("manifest.json")) {
      return saved(name);
    }
    throw OciRefusal.of(path + "", "holds neither index.json nor manifest.json", WANTED);
  }

  private boolean has(String name) throws IOException {
    Optional<InputStream> found = files.open(name);
    if (found.isPresent()) {
      found.get().close();
    }
    return found.isPresent();
  }

  private OciImage layout(@Nullable String name) throws IOException {
    JsonNode index = OciDocuments.parse("index.json", files.document("index.json"), null);
    OciDescriptor at = named(OciDocuments.descriptors(index.path("manifests")), name);
    JsonNode document = blob(at.digest());
    // An index in the index is one image for several platforms.
    if (at.isIndex() || document.has("manifests")) {
      at = OciDocuments.choose(path + "", document);
      document = blob(at.digest());
    }
    OciDescriptor config = OciDescriptor.of(document.path("config"));
    JsonNode configuration = blob(config.digest());
    return new OciImage(
        name == null ? path + "" : name,
        at.digest(),
        OciConfig.of(path + "", configuration),
        OciDocuments.layers(
            path + "", OciDocuments.descriptors(document.path("layers")), configuration));
  }

  /** The one image of a layout, or the one of this name; those for one platform count as one. */
  private OciDescriptor named(List<OciDescriptor> all, @Nullable String name) {
    List<OciDescriptor> fit =
        all.stream().filter(one -> name == null || one.isNamed(name)).toList();
    // One image may have several names.
    if (fit.stream().map(OciDescriptor::digest).distinct().count() == 1) {
      return fit.getFirst();
    }
    List<OciDescriptor> ours =
        fit.stream().filter(one -> "linux/amd64".equals(one.platform())).toList();
    if (ours.size() == 1) {
      return ours.getFirst();
    }
    throw several(all.stream().map(OciDescriptor::name).toList(), name);
  }

  private Refused several(List<String> names, @Nullable String name) {
    String held =
        names.isEmpty()
            ? "holds no image"
            : "holds " + OciRefusal.printable(String.join(", ", names));
    return OciRefusal.of(
        path + "",
        name == null ? held : held + ", and not the one image " + name,
        names.isEmpty() ? WANTED : "Say which one it is to be, by ref.");
  }

  private JsonNode blob(Digest digest) throws IOException {
    String name = "blobs/sha256/" + digest.hex();
    return OciDocuments.parse(name, files.document(name), digest);
  }

  private OciImage saved(@Nullable String name) throws IOException {
    JsonNode list = OciDocuments.parse("manifest.json", files.document("manifest.json"), null);
    List<JsonNode> fit =
        StreamSupport.stream(list.spliterator(), false)
            .filter(one -> name == null || tags(one).contains(name))
            .toList();
    if (fit.size() != 1) {
      throw several(
          StreamSupport.stream(list.spliterator(), false)
              .map(one -> String.join(" ", tags(one)))
              .toList(),
          name);
    }
    String configName = fit.getFirst().path("Config").asString("");
    byte[] bytes = files.document(configName);
    JsonNode configuration = OciDocuments.parse(configName, bytes, null);
    var layers = new ArrayList<OciDescriptor>();
    for (JsonNode layer : fit.getFirst().path("Layers")) {
      layers.add(layer(layer.asString("")));
    }
    List<String> tags = tags(fit.getFirst());
    return new OciImage(
        tags.isEmpty() ? path + "" : tags.getFirst(),
        Digest.of(bytes),
        OciConfig.of(path + "", configuration),
        OciDocuments.layers(path + "", layers, configuration));
  }

  private static List<String> tags(JsonNode image) {
    return StreamSupport.stream(image.path("RepoTags").spliterator(), false)
        .map(tag -> tag.asString(""))
        .collect(Collectors.toList());
  }

  /** A layer of docker save, which is named by no digest of its bytes: it is read for it. */
  private OciDescriptor layer(String name) throws IOException {
    var sum = Digest.sha256();
    try (InputStream in = files.open(name).orElseThrow(() -> BlobFiles.missing(name));
        OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), sum)) {
      in.transferTo(out);
    }
    Digest digest = Digest.of(sum);
    names.put(digest, name);
    return new OciDescriptor("", digest, -1, null, Map.of());
  }

  OciImage image() {
    return image;
  }

  @Override
  public InputStream open(OciLayer layer) throws IOException {
    String name = names.getOrDefault(layer.digest(), "blobs/sha256/" + layer.digest().hex());
    return files.open(name).orElseThrow(() -> BlobFiles.missing(name));
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
