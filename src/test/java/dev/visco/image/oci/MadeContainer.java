package dev.visco.image.oci;

import dev.visco.model.Digest;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A container image that a test makes: written as an OCI layout, or given to a registry. */
public final class MadeContainer {
  static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private final MadeLayers layers = new MadeLayers();
  private final Map<String, Object> config = new TreeMap<>();
  private String architecture = "amd64";

  /** A layer with these files of this host, executable, by their paths in the image. */
  public MadeContainer programs(Map<String, Path> programs) throws IOException {
    var archive = new MadeLayers.Archive();
    for (var program : programs.entrySet()) {
      archive.file(program.getKey(), Files.readAllBytes(program.getValue()), 0755);
    }
    layers.with(archive);
    return this;
  }

  /** A layer with these texts by path, executable. */
  public MadeContainer texts(Map<String, String> texts) {
    var archive = new MadeLayers.Archive();
    texts.forEach((path, text) -> archive.file(path, text, 0755, 0, 0));
    layers.with(archive);
    return this;
  }

  /** A layer with these links by path, to their targets. */
  public MadeContainer links(Map<String, String> links) {
    var archive = new MadeLayers.Archive();
    links.forEach(archive::link);
    layers.with(archive);
    return this;
  }

  /** A layer of an archive that is there already. */
  public MadeContainer archive(Path tar) throws IOException {
    layers.with(Files.readAllBytes(tar));
    return this;
  }

  /** Sets a value of the configuration, like {@code Entrypoint}. */
  public MadeContainer with(String key, Object value) {
    config.put(key, value);
    return this;
  }

  MadeContainer forArchitecture(String name) {
    architecture = name;
    return this;
  }

  byte[] configuration() {
    return json(
        Map.of(
            "os",
            "linux",
            "architecture",
            architecture,
            "config",
            config,
            "rootfs",
            Map.of(
                "type",
                "layers",
                "diff_ids",
                layers.layers().stream().map(layer -> layer.diffId() + "").toList())));
  }

  byte[] manifest() {
    var list = new ArrayList<Map<String, Object>>();
    for (OciLayer layer : layers.layers()) {
      list.add(descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layers.bytes(layer)));
    }
    return json(
        Map.of(
            "schemaVersion",
            2,
            "mediaType",
            MANIFEST,
            "config",
            descriptor("application/vnd.oci.image.config.v1+json", configuration()),
            "layers",
            list));
  }

  /** The digests of its layers, the lowest first. */
  public List<String> layerDigests() {
    return layers.layers().stream().map(layer -> layer.digest() + "").toList();
  }

  MadeLayers layers() {
    return layers;
  }

  /** All of its blobs by digest: layers, configuration and manifest. */
  Map<Digest, byte[]> blobs() {
    var blobs = new LinkedHashMap<Digest, byte[]>();
    layers.layers().forEach(layer -> blobs.put(layer.digest(), layers.bytes(layer)));
    for (byte[] document : List.of(configuration(), manifest())) {
      blobs.put(Digest.of(document), document);
    }
    return blobs;
  }

  /** Writes it as an OCI layout with one image of this name. */
  public Path layout(Path folder, String name) throws IOException {
    var descriptor = descriptor(MANIFEST, manifest());
    descriptor.put("annotations", Map.of("org.opencontainers.image.ref.name", name));
    write(folder, List.of(descriptor));
    return folder;
  }

  void write(Path folder, List<Map<String, Object>> index) throws IOException {
    Path blobs = Files.createDirectories(folder.resolve("blobs/sha256"));
    for (var blob : blobs().entrySet()) {
      Files.write(blobs.resolve(blob.getKey().hex()), blob.getValue());
    }
    Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.write(
        folder.resolve("index.json"),
        json(Map.of("schemaVersion", 2, "mediaType", INDEX, "manifests", index)));
  }

  static Map<String, Object> descriptor(String type, byte[] blob) {
    var descriptor = new TreeMap<String, Object>();
    descriptor.put("mediaType", type);
    descriptor.put("digest", Digest.of(blob) + "");
    descriptor.put("size", blob.length);
    return descriptor;
  }

  static byte[] json(Object value) {
    return Json.line(value).getBytes(StandardCharsets.UTF_8);
  }
}
