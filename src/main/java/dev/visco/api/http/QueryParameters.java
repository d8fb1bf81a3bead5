package dev.visco.api.http;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.description.RouteDescription;
import dev.visco.model.Durations;
import dev.visco.model.Refused;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;

/** The parameters of a request's query; invalid ones are refused by their names. */
final class QueryParameters {
  private final Request request;
  private final RouteCall call;

  QueryParameters(Request request, RouteCall call) {
    this.request = request;
    this.call = call;
  }

  /**
   * Refuses a parameter which the route does not know, one that is given twice, and a value that is
   * none of its kind.
   */
  void requireKnown() {
    RouteDescription route = call.description();
    for (Fields.Field field : fields()) {
      String name = field.getName();
      QueryParameter known =
          route.parameter(name, call.isVersioned()).orElseThrow(() -> unknown(field));
      if (field.getValues().size() > 1) {
        throw Refused.invalid(
            name, String.join(", ", field.getValues()), "is given more than once", "Give it once.");
      }
      known.check(field.getValue());
    }
    cursor();
  }

  private Refused unknown(Fields.Field field) {
    Set<String> names = call.description().names(call.isVersioned());
    return Refused.invalid(
        field.getName(),
        field.getValue() + "",
        "is no parameter of this route",
        names.isEmpty()
            ? "Leave it out: this route has none."
            : "Known are " + String.join(", ", names) + ".");
  }

  /** What a cursor of {@code /api/v1} stands for: a parameter and its value. */
  private record PageCursor(String parameter, String value) {
    static PageCursor of(String text) {
      try {
        String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
        int end = plain.indexOf('=');
        if (end > 0) {
          return new PageCursor(plain.substring(0, end), plain.substring(end + 1));
        }
      } catch (IllegalArgumentException e) {
        // Refused below.
      }
      throw Refused.invalid(
          RouteDescription.CURSOR,
          text,
          "is no cursor",
          "Give the next of an earlier answer, or leave it out for the first page.");
    }
  }

  private Optional<PageCursor> cursor() {
    return call.isVersioned() && call.description().cursor() != null
        ? Optional.ofNullable(fields().getValue(RouteDescription.CURSOR)).map(PageCursor::of)
        : Optional.empty();
  }

  /** The cursor of the page that begins behind this value of a parameter. */
  static String cursor(String parameter, String value) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((parameter + "=" + value).getBytes(StandardCharsets.UTF_8));
  }

  private Fields fields() {
    try {
      return Request.extractQueryParameters(request);
    } catch (HttpException.RuntimeException | IllegalArgumentException e) {
      throw Refused.invalid(
          "query",
          request.getHttpURI().getQuery() + "",
          "is not encoded as a URL's query is",
          "Write what is no letter or digit as % and two hexadecimal digits of its UTF-8.");
    }
  }

  Optional<String> find(String name) {
    return cursor()
        .filter(cursor -> cursor.parameter().equals(name))
        .map(PageCursor::value)
        .or(() -> Optional.ofNullable(fields().getValue(name)));
  }

  /** False when it is left out. */
  boolean isTrue(String name) {
    return find(name).orElse("false").equals("true");
  }

  /** At most {@code max}; {@code standard} when it is left out. */
  Duration duration(String name, Duration standard, Duration max) {
    Duration asked = find(name).map(text -> Durations.of(name, text)).orElse(standard);
    return asked.compareTo(max) > 0 ? max : asked;
  }

  /** Not negative; {@code standard} when it is left out. */
  long number(String name, long standard) {
    String text = find(name).orElse("");
    if (text.isEmpty()) {
      return standard;
    }
    if (!text.matches("\\d{1,18}")) {
      throw Refused.invalid(name, text, "is not a whole number", "Give one, or leave it out.");
    }
    return Long.parseLong(text);
  }

  /** The whole query with this value of one parameter. */
  String with(String name, String value) {
    var query = new StringBuilder();
    for (Fields.Field field : fields()) {
      if (!field.getName().equals(name)) {
        query.append(encoded(field.getName())).append('=').append(encoded(field.getValue()));
        query.append('&');
      }
    }
    return query.append(encoded(name)).append('=').append(encoded(value)).toString();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
