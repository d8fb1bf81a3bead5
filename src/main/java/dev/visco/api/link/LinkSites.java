package dev.visco.api.link;

import dev.visco.model.GuestPorts;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.settings.PublicUrl;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The host names of links: {@code PORT-VM} below the host of {@code links.url}, or below {@code
 * localhost}, where browsers find this host without any DNS (RFC 6761, 6.3; so does a tunnel of
 * SSH).
 */
public final class LinkSites {
  private static final String LOCALHOST = "localhost";
  private static final Pattern HOST =
      Pattern.compile("(?<port>[1-9]\\d{0,4})-(?<vm>vm-[0-9a-f]{8})\\.(?<below>[a-z0-9.-]{1,230})");
  private static final Pattern AUTHORITY =
      Pattern.compile("(?<name>[^:]{1,300}?)\\.?(?<port>:\\d{0,5})?");
  private static final Pattern HERE = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]");

  private final @Nullable PublicUrl url;
  private final boolean isBehindProxy;
  private final String scheme;

  /**
   * @param url {@code links.url}; null for names below localhost
   * @param isBehindProxy whether {@code api.public-url} is set, so that people come from elsewhere
   * @param isTls whether the API speaks HTTPS itself
   */
  public LinkSites(@Nullable PublicUrl url, boolean isBehindProxy, boolean isTls) {
    this.scheme = isTls ? "https://" : "http://";
    this.url = url;
    this.isBehindProxy = isBehindProxy;
  }

  /**
   * Where a port of a VM is served.
   *
   * @param origin as browsers name it, without a slash at its end
   */
  record LinkSite(VmId vm, int port, String origin) {
    /** Whether browsers reach it by HTTPS. */
    boolean isSecure() {
      return origin.startsWith("https:");
    }
  }

  /** Whose site a Host header names; empty when that is none of a link. */
  Optional<LinkSite> site(@Nullable String host) {
    Matcher authority = AUTHORITY.matcher(host == null ? "" : host.toLowerCase(Locale.ROOT));
    if (!authority.matches()) {
      return Optional.empty();
    }
    Matcher name = HOST.matcher(authority.group("name"));
    if (!name.matches() || !name.group("below").equals(url == null ? LOCALHOST : url.host())) {
      return Optional.empty();
    }
    int port = Integer.parseInt(name.group("port"));
    return port > 65_535
        ? Optional.empty()
        : Optional.of(site(new VmId(name.group("vm")), port, authority.group("port")));
  }

  /**
   * @param called the port of the address that was called, after a colon; null for none
   */
  private LinkSite site(VmId vm, int port, @Nullable String called) {
    String name = port + "-" + vm + ".";
    return new LinkSite(
        vm,
        port,
        url == null
            ? scheme + name + LOCALHOST + (called == null || isUsual(called) ? "" : called)
            : url.scheme() + "://" + name + url.host() + (url.port() < 0 ? "" : ":" + url.port()));
  }

  private boolean isUsual(String called) {
    return called.equals(scheme.equals("https://") ? ":443" : ":80");
  }

  /**
   * The site of a VM's port, for a caller of the API.
   *
   * @param host the Host header by which the API was called
   * @throws Refused where names below localhost would not lead here
   */
  LinkSite siteFor(VmId vm, int port, String host) {
    GuestPorts.of("port", Integer.toString(port));
    Matcher authority = AUTHORITY.matcher(host.toLowerCase(Locale.ROOT));
    boolean isHere =
        authority.matches() && HERE.matcher(authority.group("name")).matches()
            || host.startsWith("[::1]");
    if (url == null && (isBehindProxy || !isHere)) {
      throw new Refused(
          new Refusal.HostLacks(
              "links.url",
              "Links have no host name yet by which browsers elsewhere reach them.",
              "Set links.url (VISCO_LINKS_URL) to a host whose names, *.HOST, all lead here."));
    }
    String called = authority.matches() ? authority.group("port") : null;
    return site(vm, port, host.startsWith("[") ? host.replaceFirst("^\\[.*]", "") : called);
  }

  /** Whether a page of this origin is one of the same VM's. */
  boolean isOfSameVm(String origin, VmId vm) {
    int scheme = origin.indexOf("://");
    return scheme > 0
        && site(origin.substring(scheme + 3))
            .filter(site -> site.vm().equals(vm) && site.origin().equals(origin))
            .isPresent();
  }
}
