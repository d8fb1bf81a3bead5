package dev.visco.documents;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request of the API as a document shows it: by {@code curl}, or in its text like {@code `POST
 * /api/volumes` `{"name": "data"}`}, method and path in code and the body behind it.
 *
 * @param place of it, for people
 * @param target path and query
 * @param body null for none
 */
record ShownRequest(String place, String method, String target, @Nullable String body) {
  private static final Pattern SHOWN =
      Pattern.compile(
          "`(GET|POST|PATCH|DELETE|WEBSOCKET) (/(?:api|health|metrics)[^` ]*)`(?:,? `(\\{\"[^`]*\\})`)?");

  /** Those in a document's text, in its order. */
  static List<ShownRequest> of(Path document) {
    var found = new ArrayList<ShownRequest>();
    boolean isBlock = false;
    int number = 0;
    for (String line : FencedBlock.lines(document)) {
      number++;
      isBlock ^= line.strip().startsWith("```");
      Matcher shown = SHOWN.matcher(line);
      while (!isBlock && shown.find()) {
        found.add(
            new ShownRequest(
                document + ":" + number, shown.group(1), shown.group(2), shown.group(3)));
      }
    }
    return found;
  }

  /** Its path, without the query and without the version that the API has. */
  String path() {
    return target.split("\\?", 2)[0].replaceFirst("^/api/v1(?=/|$)", "/api");
  }

  /** Whether it is below {@code /api/v1}. */
  boolean isVersioned() {
    return target.matches("/api/v1([/?].*)?");
  }

  /** The names of the parameters of its query. */
  List<String> parameters() {
    String[] parts = target.split("\\?", 2);
    return parts.length == 1
        ? List.of()
        : List.of(parts[1].split("&")).stream().map(one -> one.split("=", 2)[0]).toList();
  }
}
