package dev.visco.api.http;

import dev.visco.model.Refused;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code If-Match} (RFC 9110, 13.1.1) of changes of a VM, whose tag is its revision in
 * quotes.
 */
public final class IfMatch {
  public static final String NAME = "If-Match";

  /** What it does, for descriptions of routes. */
  public static final String MEANING =
      "a VM's ETag: 412 when the VM has changed since that was given";

  private static final Pattern TAGS = Pattern.compile("^(?:\"[^\"]*+\"\\s*+(?:,\\s*+|$))++$");
  private static final Pattern REVISION = Pattern.compile("\"(\\d{1,18})\"");

  private IfMatch() {}

  /** The revisions that it names; null where the route does not heed it, or it says any. */
  static @Nullable Set<Long> revisions(Exchange exchange) {
    String text = exchange.heeded(NAME).orElse("*").strip();
    if (text.equals("*")) {
      return null;
    }
    if (!TAGS.matcher(text).matches()) {
      throw Refused.invalid(
          NAME, text, "is no list of tags", "Give the ETag of the VM as it was sent, in quotes.");
    }
    var found = new HashSet<Long>();
    for (Matcher tag = REVISION.matcher(text); tag.find(); ) {
      found.add(Long.parseLong(tag.group(1)));
    }
    return found;
  }
}
