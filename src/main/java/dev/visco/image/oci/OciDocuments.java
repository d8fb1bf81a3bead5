package dev.visco.image.oci;

import dev.visco.model.Digest;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads indexes, manifests and configurations, of OCI's and of docker's form. */
final class OciDocuments {
  private static final String PLATFORM = "linux/amd64";

  private OciDocuments() {}

  /** Parses a document; refuses what is no JSON object, or not what the digest says. */
  static JsonNode parse(String what, byte[] bytes, @Nullable Digest digest) {
    if (digest != null && !Digest.of(bytes).equals(digest)) {
      throw OciRefusal.layer(what, "has other contents than " + digest);
    }
    try {
      JsonNode node = Json.mapper().readTree(bytes);
      if (node.isObject() || node.isArray()) {
        return node;
      }
    } catch (JacksonException e) {
      // Refused below.
    }
    throw OciRefusal.layer(
        what,
        "is no JSON document: "
            + OciRefusal.printable(
                new String(bytes, 0, Math.min(bytes.length, 60), StandardCharsets.UTF_8)));
  }

  /** The texts of a JSON object; all else in it is left out. */
  static Map<String, String> texts(JsonNode object) {
    var found = new TreeMap<String, String>();
    object
        .properties()
        .forEach(one -> {
          if (one.getValue().isString()) {
            found.put(one.getKey(), one.getValue().asString());
          }
        });
    return found;
  }

  /** The manifest for this kind of machine in an index; refuses an index without one. */
  static OciDescriptor choose(String what, JsonNode index) {
    List<OciDescriptor> all = descriptors(index.path("manifests"));
    List<OciDescriptor> fit = all.stream().filter(one -> PLATFORM.equals(one.platform())).toList();
    if (!fit.isEmpty()) {
      return fit.getFirst();
    }
    // A layout with one image need not say for what it is; its configuration does.
    List<OciDescriptor> silent = all.stream().filter(one -> one.platform() == null).toList();
    if (silent.size() == 1) {
      return silent.getFirst();
    }
    throw otherPlatform(
        what,
        all.stream()
            .map(one -> one.platform() + "")
            .filter(one -> !one.startsWith("unknown/"))
            .distinct()
            .collect(Collectors.joining(", ")));
  }

  static Refused otherPlatform(String what, String found) {
    return OciRefusal.of(
        what,
        "is for " + (found.isEmpty() ? "nothing" : found) + " and not for " + PLATFORM,
        "Build it for this platform (docker build --platform " + PLATFORM + ").");
  }

  static List<OciDescriptor> descriptors(JsonNode list) {
    var found = new ArrayList<OciDescriptor>();
    for (JsonNode one : list) {
      found.add(OciDescriptor.of(one));
    }
    return found;
  }

  /**
   * The layers of a manifest with the diff ids of its configuration; refuses a number that differs,
   * and what is no layer.
   */
  static List<OciLayer> layers(String what, List<OciDescriptor> layers, JsonNode configuration) {
    JsonNode diffIds = configuration.path("rootfs").path("diff_ids");
    if (layers.size() != diffIds.size()) {
      throw OciRefusal.layer(
          what, "has " + layers.size() + " layers and " + diffIds.size() + " diff ids");
    }
    if (layers.isEmpty() || layers.size() > OciLimits.MAX_LAYERS) {
      throw OciRefusal.layer(
          what, "has " + layers.size() + " layers, where 1 to " + OciLimits.MAX_LAYERS + " fit");
    }
    var found = new ArrayList<OciLayer>();
    for (int at = 0; at < layers.size(); at++) {
      OciDescriptor layer = layers.get(at);
      if (!layer.mediaType().isEmpty() && !layer.mediaType().contains("tar")) {
        throw OciRefusal.of(
            what,
            "has something of the kind " + layer.mediaType() + " for a layer",
            "Give a container image: this is another kind of artifact, or an encrypted one.");
      }
      found.add(
          new OciLayer(
              layer.digest(), layer.size(), OciDescriptor.digest(diffIds.get(at).asString(""))));
    }
    return found;
  }
}
