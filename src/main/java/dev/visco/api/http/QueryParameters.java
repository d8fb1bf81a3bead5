package dev.visco.api.http;

import dev.visco.model.Durations;
import dev.visco.model.Refused;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;

/** The parameters of a request's query; invalid ones are refused by their names. */
final class QueryParameters {
  private final Request request;

  QueryParameters(Request request) {
    this.request = request;
  }

  /** Refuses a parameter which the route does not know, or one that is given twice. */
  void requireKnown(Set<String> parameters) {
    for (Fields.Field field : fields()) {
      String name = field.getName();
      if (!parameters.contains(name)) {
        throw Refused.invalid(
            name,
            field.getValue() + "",
            "is no parameter of this route",
            parameters.isEmpty()
                ? "Leave it out: this route has none."
                : "Known are " + String.join(", ", new TreeSet<>(parameters)) + ".");
      }
      if (field.getValues().size() > 1) {
        throw Refused.invalid(
            name, String.join(", ", field.getValues()), "is given more than once", "Give it once.");
      }
    }
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
    return Optional.ofNullable(fields().getValue(name));
  }

  /** False when it is left out. */
  boolean isTrue(String name) {
    String value = find(name).orElse("false");
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw Refused.invalid(
              name, value, "is neither true nor false", "Give one of them, or leave it out.");
    };
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
