package dev.visco.settings;

import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whose bearer tokens are accepted besides Visco's own.
 *
 * @param issuer the URL that stands in them as {@code iss}; null for none
 * @param audience that stands in them as {@code aud}, or is one of several there
 * @param keysUrl where the issuer's keys are; null for where the issuer says, at its own host
 * @param userClaim the claim with the user's id
 * @param roleClaim the claim with the role, or several; null for none
 * @param roles what each value of that claim stands for
 * @param defaultRole for tokens whose claim has none of them; null to refuse those
 */
public record OidcSettings(
    @Nullable String issuer,
    String audience,
    @Nullable URI keysUrl,
    String userClaim,
    @Nullable String roleClaim,
    Map<String, TokenRole> roles,
    @Nullable TokenRole defaultRole) {
  public OidcSettings {
    roles = Map.copyOf(roles);
  }

  /** The URL of an issuer, or of its keys. */
  static URI url(Key key, String text) {
    try {
      var url = new URI(text);
      boolean isSafe =
          "https".equals(url.getScheme())
              || ("http".equals(url.getScheme()) && isLoopback(url.getHost()));
      if (isSafe && url.getHost() != null && url.getQuery() == null && url.getFragment() == null) {
        return url;
      }
    } catch (URISyntaxException e) {
      // Refused below.
    }
    throw Refused.invalid(
        key.path(),
        text,
        "is no URL of an issuer",
        "Give one that begins with https:// and has no query, like https://sso.example.com/realms/a.");
  }

  private static boolean isLoopback(@Nullable String host) {
    try {
      return host != null
          && (host.equals("localhost") || InetAddress.ofLiteral(host).isLoopbackAddress());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** {@code admin=VALUE,operator=VALUE,…}; a role may be named several times. */
  static Map<String, TokenRole> roles(String text) {
    var roles = new TreeMap<String, TokenRole>();
    for (String one : text.split(",", -1)) {
      String[] parts = one.strip().split("=", 2);
      if (parts.length != 2 || parts[1].isEmpty()) {
        throw Refused.invalid(
            Key.OIDC_ROLES.path(),
            text,
            "is no list of roles",
            "Give ROLE=VALUE with commas between them, like admin=visco-admins,user=staff.");
      }
      roles.put(parts[1], TokenRole.of(parts[0]));
    }
    return roles;
  }

  /** A role, or none. */
  static @Nullable TokenRole defaultRole(String text) {
    return text.equals("none") ? null : TokenRole.of(text);
  }
}
