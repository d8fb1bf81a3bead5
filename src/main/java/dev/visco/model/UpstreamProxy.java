package dev.visco.model;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A user's own proxy, through which all of a guest's traffic leaves. Its password is never part of
 * it.
 *
 * @param host a name or an IPv4 address
 * @param port 1 to 65535
 * @param user the name to log in with; null for none
 */
public record UpstreamProxy(ProxyKind kind, String host, int port, @Nullable String user) {
  /** How it is spoken to. */
  public enum ProxyKind {
    /** HTTP's {@code CONNECT} (RFC 9110, section 9.3.6), with basic authentication. */
    HTTP,
    /** SOCKS version 5 (RFC 1928), with a name and password (RFC 1929). */
    SOCKS5;

    /** The scheme of its URL. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Pattern URL =
      Pattern.compile("(http|socks5)://(?:([^/]{1,320})@)?([^@/:]{1,253}):([1-9]\\d{0,4})/?");

  /** Without the colon that ends it in RFC 7617. */
  private static final Pattern USER = Pattern.compile("[A-Za-z0-9._@+-]{1,128}");

  public UpstreamProxy {
    if (!EgressRule.isName(host) || port < 1 || port > 65_535) {
      throw notAProxy(host + ":" + port);
    }
    if (user != null && !USER.matcher(user).matches()) {
      throw Refused.invalid(
          "proxy",
          user,
          "is no name to log in with",
          "Give 1 to 128 letters, digits, '.', '_', '@', '+' or '-'.");
    }
  }

  /** Reads a URL like {@code socks5://alice@proxy.example:1080}; refuses one with a password. */
  public static UpstreamProxy of(String url) {
    var parts = URL.matcher(url);
    if (!parts.matches()) {
      int at = url.indexOf('@');
      throw notAProxy(at < 0 ? url : "…" + url.substring(at));
    }
    String user = parts.group(2);
    if (user != null && user.contains(":")) {
      throw Refused.invalid(
          "proxy",
          "…@" + parts.group(3) + ":" + parts.group(4),
          "has a password in it",
          "Give the password apart, so that it stands in no list of commands and no log.");
    }
    return new UpstreamProxy(
        ProxyKind.valueOf(parts.group(1).toUpperCase(Locale.ROOT)),
        parts.group(3).toLowerCase(Locale.ROOT),
        Integer.parseInt(parts.group(4)),
        user);
  }

  private static Refused notAProxy(String text) {
    return Refused.invalid(
        "proxy",
        text,
        "is no proxy",
        "Give a URL with its port, like http://proxy.example:3128 or"
            + " socks5://alice@proxy.example:1080.");
  }

  /** Its URL, without a password. */
  public String url() {
    return kind.word() + "://" + (user == null ? "" : user + "@") + host + ":" + port;
  }

  /** Where it is, like {@code proxy.example:1080}. */
  public String address() {
    return host + ":" + port;
  }
}
