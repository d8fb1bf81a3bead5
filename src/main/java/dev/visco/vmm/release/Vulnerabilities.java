package dev.visco.vmm.release;

import dev.visco.host.ResourceText;
import dev.visco.model.Transport;
import dev.visco.wire.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What is known to be wrong with Firecracker releases: {@code vulnerabilities.json} beside it. */
public final class Vulnerabilities {
  private static final String FILE = "vulnerabilities.json";

  private Vulnerabilities() {}

  /** Read when it is first asked for: hosts that run only QEMU never do. */
  private static final class Catalogue {
    private static final List<Vulnerability> ALL = read();

    private static List<Vulnerability> read() {
      var list = Json.read(ResourceText.of(Vulnerabilities.class, FILE), JsonNode.class);
      return list.valueStream().map(Catalogue::one).toList();
    }

    private static Vulnerability one(JsonNode node) {
      return new Vulnerability(
          node.path("id").asString(),
          Vulnerability.Part.valueOf(
              node.path("part").asString().toUpperCase(java.util.Locale.ROOT)),
          node.path("pciOnly").asBoolean(),
          node.path("affected")
              .valueStream()
              .map(range ->
                  new Vulnerability.VersionRange(
                      Version.of(range.path("from").asString()),
                      Version.of(range.path("to").asString())))
              .toList(),
          node.path("fixed").valueStream().map(fixed -> Version.of(fixed.asString())).toList(),
          node.path("summary").asString(),
          node.path("source").asString());
    }
  }

  /** All of them, whatever they affect. */
  public static List<Vulnerability> all() {
    return Catalogue.ALL;
  }

  /** What a machine of this release is open to on this transport. */
  public static List<Vulnerability> of(Release release, Transport transport) {
    return Catalogue.ALL.stream()
        .filter(one -> one.affects(release.version(), release.jailer() != null, transport))
        .toList();
  }

  /** What a machine of this release is open to on any transport that the release has. */
  public static List<Vulnerability> of(Release release) {
    return of(release, release.features().hasPci() ? Transport.PCI : Transport.MMIO);
  }
}
