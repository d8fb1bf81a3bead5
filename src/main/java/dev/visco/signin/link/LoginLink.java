package dev.visco.signin.link;

import dev.visco.model.GuestText;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.LoginMethod.LoginRedirect;
import dev.visco.provider.LoginMethod.PastedCode;
import dev.visco.provider.Provider;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A link to a provider's sign-in page, as the tool gave it and never rewritten, that was compared
 * with the provider's file.
 *
 * @param address the whole link
 * @param redirect where the page sends the browser in the end; null when the link does not say
 * @param ending how the login ends by it
 */
public record LoginLink(URI address, @Nullable URI redirect, LinkEnding ending) {
  /** How a login ends. */
  public enum LinkEnding {
    /** The browser comes back to the tool's listener. */
    REDIRECT,
    /** The page shows a code, which the user pastes. */
    PASTE,
    /** The user has typed a code into the page. */
    DEVICE
  }

  /** A link that does not lead where the provider's file says. */
  public static final class LinkRefused extends Exception {
    private static final long serialVersionUID = 1;

    LinkRefused(String message) {
      super(message);
    }
  }

  /**
   * Compares a link with the provider's file.
   *
   * @throws LinkRefused in a sentence for people that quotes no more than a host
   */
  public static LoginLink of(String text, Provider provider, LoginMethod method)
      throws LinkRefused {
    URI address = address(text, provider);
    Optional<String> redirect = parameter(address, "redirect_uri");
    if (redirect.isEmpty()) {
      return withoutRedirect(address, method);
    }
    URI target = parsed(redirect.get());
    LoginRedirect listener = method.redirect();
    if (listener != null && leadsTo(target, listener)) {
      return new LoginLink(address, target, LinkEnding.REDIRECT);
    }
    PastedCode paste = method.paste();
    if (paste != null && isPage(target, paste.page())) {
      return new LoginLink(address, target, LinkEnding.PASTE);
    }
    throw new LinkRefused(
        "the link comes back to " + shown(target) + ", which the provider's file does not name");
  }

  private static LoginLink withoutRedirect(URI address, LoginMethod method) throws LinkRefused {
    if (method.device() != null) {
      return new LoginLink(address, null, LinkEnding.DEVICE);
    }
    if (method.paste() != null) {
      return new LoginLink(address, null, LinkEnding.PASTE);
    }
    throw new LinkRefused("the link does not say where it comes back to");
  }

  private static URI address(String text, Provider provider) throws LinkRefused {
    URI address = parsed(text);
    boolean isSecure = "https".equalsIgnoreCase(address.getScheme());
    if (!isSecure && !("http".equalsIgnoreCase(address.getScheme()) && provider.plainHttp())) {
      throw new LinkRefused("the link is no https");
    }
    String host = address.getHost();
    if (host == null || address.getRawUserInfo() != null || !isAllowed(host, provider)) {
      throw new LinkRefused(
          "the link leads to " + shown(address) + ", which is none of the provider's hosts");
    }
    return address;
  }

  private static URI parsed(String text) throws LinkRefused {
    if (text.length() > LinkScanner.MAX_LINK) {
      throw new LinkRefused("the link has more than " + LinkScanner.MAX_LINK + " characters");
    }
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new LinkRefused("the link is none");
    }
  }

  private static boolean isAllowed(String host, Provider provider) {
    String name = host.toLowerCase(Locale.ROOT);
    return provider.hosts().stream()
        .anyMatch(allowed ->
            allowed.startsWith("*.")
                ? name.endsWith(allowed.substring(1)) && name.length() > allowed.length() - 1
                : name.equals(allowed));
  }

  private static boolean leadsTo(URI target, LoginRedirect listener) {
    String host = target.getHost();
    return "http".equals(target.getScheme())
        && host != null
        && target.getRawUserInfo() == null
        && listener.hosts().contains(host.replace("[", "").replace("]", ""))
        && (listener.port() == 0 ? target.getPort() > 0 : target.getPort() == listener.port())
        && path(target).equals(listener.path());
  }

  private static String path(URI target) {
    String path = target.getRawPath();
    return path == null || path.isEmpty() ? "/" : path;
  }

  private static boolean isPage(URI target, String page) {
    return (target.getScheme() + "://" + target.getRawAuthority() + target.getRawPath())
        .equals(page);
  }

  private static Optional<String> parameter(URI address, String name) throws LinkRefused {
    String query = address.getRawQuery();
    if (query == null) {
      return Optional.empty();
    }
    String found = null;
    for (String pair : query.split("&", -1)) {
      if (pair.startsWith(name + "=")) {
        if (found != null) {
          throw new LinkRefused("the link says twice where it comes back to");
        }
        try {
          found = URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
          throw new LinkRefused("the link is none");
        }
      }
    }
    return Optional.ofNullable(found);
  }

  private static String shown(URI address) {
    String host = address.getHost();
    return host == null ? "no host" : GuestText.line(host, 100).value();
  }
}
