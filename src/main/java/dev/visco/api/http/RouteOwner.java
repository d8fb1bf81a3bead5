package dev.visco.api.http;

import java.util.Locale;

/** Whose a route is about, as its path says. A user's token opens only what is that user's. */
public enum RouteOwner {
  /** The host's; nothing of it is a user's. */
  HOST,
  /** What the operator offers to all users; nothing of it is a user's. */
  EVERYBODY,
  /** The caller's own: the route lists or creates, and a user's token gets that user's only. */
  CALLER,
  /** The owner of the VM that the path names. */
  VM,
  /** The owner of the snapshot that the path names. */
  SNAPSHOT,
  /** The owner of the volume that the path names. */
  VOLUME,
  /** The owner of the credential that the path names. */
  CREDENTIAL,
  /** The owner of the VM whose tool answers the prompt that the path names. */
  PROMPT,
  /** The user who signs in by the session that the path names. */
  SESSION;

  /** Of a route with this path. */
  static RouteOwner of(String template) {
    for (RouteOwner owner : new RouteOwner[] {VM, SNAPSHOT, VOLUME, CREDENTIAL, PROMPT}) {
      String all = "/api/" + owner.word() + "s";
      if (template.startsWith(all + "/{")) {
        return owner;
      }
      if (template.equals(all) || template.startsWith(all + "/")) {
        return CALLER;
      }
    }
    if (template.startsWith("/api/auth/")) {
      return template.startsWith("/api/auth/session/{") ? SESSION : CALLER;
    }
    for (String offered : new String[] {"/api/types", "/api/providers"}) {
      if (template.equals(offered) || template.startsWith(offered + "/")) {
        return EVERYBODY;
      }
    }
    return template.equals("/api/events") || template.equals("/api/stats") ? CALLER : HOST;
  }

  /** Its name in lists. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
