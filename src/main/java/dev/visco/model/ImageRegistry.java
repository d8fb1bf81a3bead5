package dev.visco.model;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The registry of container images that are named without one.
 *
 * @param name a host with perhaps a port, as it stands in references
 * @param folder the folder of repositories whose name has one part; empty for none
 * @param host the host that is asked, with perhaps a port; most often the name
 */
public record ImageRegistry(String name, String folder, String host) {
  private static final String HOST =
      "(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9a-fA-F:]{2,45}\\])(?::[0-9]{1,5})?";

  private static final Pattern FORM =
      Pattern.compile("(" + HOST + ")(?:/([a-z0-9][a-z0-9._-]{0,127}))?(?:=(" + HOST + "))?");

  private static final Pattern ANY_HOST = Pattern.compile(HOST);

  /** Reads {@code NAME[/FOLDER][=HOST]}; refused as {@code field} when it is none. */
  public static ImageRegistry of(String field, String text) {
    Matcher matcher = FORM.matcher(text);
    // References tell a registry from a folder by these signs.
    if (!matcher.matches() || !isToldFromAFolder(matcher.group(1))) {
      throw Refused.invalid(
          field,
          text,
          "is no registry",
          "Give a host, like registry.example.com, perhaps with a folder and the host that is"
              + " asked: NAME/FOLDER=HOST.");
    }
    String folder = matcher.group(2);
    String host = matcher.group(3);
    return new ImageRegistry(
        matcher.group(1), folder == null ? "" : folder, host == null ? matcher.group(1) : host);
  }

  /** Whether a text is a host with perhaps a port. */
  public static boolean isHost(String text) {
    return ANY_HOST.matcher(text).matches();
  }

  /** Whether the first part of a reference is a registry, as docker tells it from a folder. */
  public static boolean isToldFromAFolder(String first) {
    return first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
  }

  /** A repository's whole name in this registry. */
  public String repository(String repository) {
    return folder.isEmpty() || repository.contains("/") ? repository : folder + "/" + repository;
  }
}
