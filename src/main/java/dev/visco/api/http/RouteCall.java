package dev.visco.api.http;

import dev.visco.api.description.RouteDescription;
import java.util.Map;

/**
 * How a route was called.
 *
 * @param named what the parts of its path in braces stand for, as they were sent
 * @param isVersioned whether below {@code /api/v1}: all lists are {@code {"items": […], "next":
 *     …}}, and a next page is asked for with {@code cursor}. Elsewhere below {@code /api} lists are
 *     bare arrays, each with a parameter of its own for the next page.
 */
public record RouteCall(
    RouteDescription description, Map<String, String> named, boolean isVersioned) {
  private static final String BASE = "/api";
  private static final String VERSIONED = "/api/v1";

  /** For what is no route's. */
  static final RouteCall NONE = new RouteCall(RouteDescription.NONE, Map.of(), false);

  /** Whether a path is below {@code /api/v1}. */
  static boolean isVersioned(String path) {
    return path.equals(VERSIONED) || path.startsWith(VERSIONED + "/");
  }

  /** The path in a route's template that this one stands for. */
  static String plain(String path) {
    return isVersioned(path) ? BASE + path.substring(VERSIONED.length()) : path;
  }

  /** The same path below {@code /api/v1}; unchanged for what is not below {@code /api}. */
  public static String versioned(String template) {
    return template.equals(BASE) || template.startsWith(BASE + "/")
        ? VERSIONED + template.substring(BASE.length())
        : template;
  }

  /** A path of the API, below what the caller uses. */
  String path(String template) {
    return isVersioned ? versioned(template) : template;
  }
}
