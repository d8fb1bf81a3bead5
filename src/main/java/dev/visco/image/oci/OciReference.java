package dev.visco.image.oci;

import dev.visco.model.Digest;
import dev.visco.model.ImageName;
import dev.visco.model.ImageRegistry;
import dev.visco.model.Refused;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a container image in a registry, as docker takes it: {@code
 * [REGISTRY/]REPOSITORY[:TAG][@DIGEST]}.
 *
 * @param registry a host with perhaps a port
 * @param host the one that is asked: the registry, unless a setting names another
 * @param tag null when the digest alone says which it is
 * @param digest of the manifest, null when the tag says which it is
 */
public record OciReference(
    String registry,
    String host,
    String repository,
    @Nullable String tag,
    @Nullable Digest digest) {
  private static final Pattern PART = Pattern.compile("[a-z0-9]+((?:[._]|__|-+)[a-z0-9]+)*");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final int MAX = 512;

  /** Reads one with its registry; without a tag it is {@code latest}. */
  public static OciReference of(String text) {
    return of(text, null);
  }

  /**
   * Reads one.
   *
   * @param standard the registry where it names none; null to refuse it then
   */
  public static OciReference of(String text, @Nullable ImageRegistry standard) {
    if (text.length() > MAX) {
      throw invalid(text);
    }
    String rest = text;
    Digest digest = null;
    int at = rest.indexOf('@');
    if (at >= 0) {
      digest = OciDescriptor.digest(rest.substring(at + 1));
      rest = rest.substring(0, at);
    }
    String tag = null;
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      tag = rest.substring(colon + 1);
      rest = rest.substring(0, colon);
    }
    int slash = rest.indexOf('/');
    String first = slash < 0 ? "" : rest.substring(0, slash);
    boolean hasRegistry = ImageRegistry.isToldFromAFolder(first);
    String repository = hasRegistry ? rest.substring(slash + 1) : rest;
    if (tag == null && digest == null) {
      tag = "latest";
    }
    if (hasRegistry && !ImageRegistry.isHost(first)
        || !isRepository(repository)
        || tag != null && !TAG.matcher(tag).matches()) {
      throw invalid(text);
    }
    if (standard != null && (!hasRegistry || first.equals(standard.name()))) {
      return new OciReference(
          standard.name(), standard.host(), standard.repository(repository), tag, digest);
    }
    if (!hasRegistry) {
      throw Refused.invalid(
          "reference",
          text,
          "names no registry, and there is none for names without one",
          "Write the registry's host before it, like registry.example.com/%s, or set images.registry."
              .formatted(text));
    }
    return new OciReference(first, first, repository, tag, digest);
  }

  private static boolean isRepository(String repository) {
    for (String part : repository.split("/", -1)) {
      if (!PART.matcher(part).matches()) {
        return false;
      }
    }
    return true;
  }

  private static Refused invalid(String text) {
    return Refused.invalid(
        "reference",
        OciRefusal.printable(text),
        "is no name of a container image",
        "Give one like registry.example.com/shop/web:3, or with @sha256:….");
  }

  /** What the manifest is asked for by. */
  String selector() {
    return digest != null ? digest.toString() : tag + "";
  }

  /** Whether the registry is on this host, and may be asked without TLS. */
  boolean isLoopback() {
    return host.matches("(localhost|127\\.[0-9.]{5,11}|\\[::1\\])(:[0-9]{1,5})?");
  }

  /** Whether both are of one repository. */
  public boolean isOfSameRepository(OciReference other) {
    return registry.equals(other.registry) && repository.equals(other.repository);
  }

  /** A name for an image of it: the last part of the repository. */
  public ImageName imageName() {
    String last = repository.substring(repository.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    String name = last.replaceAll("[^a-z0-9-]", "-");
    return new ImageName(name.substring(0, Math.min(32, name.length())));
  }

  @Override
  public String toString() {
    return registry
        + "/"
        + repository
        + (tag == null ? "" : ":" + tag)
        + (digest == null ? "" : "@" + digest);
  }
}
