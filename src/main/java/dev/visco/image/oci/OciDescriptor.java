package dev.visco.image.oci;

import dev.visco.model.Digest;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a manifest or an index says of something that it leads to (OCI image specification,
 * descriptor.md; docker's has the same form).
 *
 * @param mediaType empty when it does not say
 * @param size in bytes, -1 when it does not say
 * @param platform {@code os/architecture}, null when it does not say
 */
record OciDescriptor(
    String mediaType,
    Digest digest,
    long size,
    @Nullable String platform,
    Map<String, String> annotations) {
  private static final String NAME = "org.opencontainers.image.ref.name";

  /** containerd's and docker's own, with the whole reference. */
  private static final String FULL_NAME = "io.containerd.image.name";

  static OciDescriptor of(JsonNode node) {
    JsonNode platform = node.path("platform");
    return new OciDescriptor(
        node.path("mediaType").asString(""),
        digest(node.path("digest").asString("")),
        node.path("size").asLong(-1),
        platform.isObject()
            ? platform.path("os").asString("?") + "/" + platform.path("architecture").asString("?")
            : null,
        OciDocuments.texts(node.path("annotations")));
  }

  static Digest digest(String text) {
    if (!text.matches("sha256:[0-9a-f]{64}")) {
      throw OciRefusal.of(
          text, "is no SHA-256 digest", "Build the image with a tool that names layers by these.");
    }
    return new Digest(text);
  }

  /** Whether it is an index: manifests for several platforms. */
  boolean isIndex() {
    return mediaType.contains("image.index") || mediaType.contains("manifest.list");
  }

  /** Whether this is what a name given by an operator stands for. */
  boolean isNamed(String name) {
    return name.equals(annotations.get(NAME)) || name.equals(annotations.get(FULL_NAME));
  }

  /** Its name for people: what it is annotated with, else its digest. */
  String name() {
    String full = annotations.get(FULL_NAME);
    return full != null ? full : annotations.getOrDefault(NAME, digest.toString());
  }
}
