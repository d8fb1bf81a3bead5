package dev.visco.settings;

import dev.visco.model.Refused;
import java.util.Set;
import java.util.TreeSet;

/**
 * Web sites whose pages may do more than those of any other, as browsers name them in {@code
 * Origin}.
 *
 * @param api may call the API, with a token of theirs
 * @param desktop may show desktops in a frame, and connect to them with a ticket
 */
public record WebOrigins(Set<String> api, Set<String> desktop) {
  public static final WebOrigins NONE = new WebOrigins(Set.of(), Set.of());

  public WebOrigins {
    api = Set.copyOf(api);
    desktop = Set.copyOf(desktop);
  }

  /** Parses the operator's list. */
  static Set<String> list(Key key, String text) {
    var origins = new TreeSet<String>();
    for (String one : text.split(",", -1)) {
      PublicUrl url = PublicUrl.of(key, one.strip());
      if (!url.path().isEmpty()) {
        throw Refused.invalid(
            key.path(), one.strip(), "is more than an origin", "Give " + url.origin() + ".");
      }
      origins.add(url.origin());
    }
    return origins;
  }
}
