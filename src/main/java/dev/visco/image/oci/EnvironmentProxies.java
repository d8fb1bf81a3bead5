package dev.visco.image.oci;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The proxies of the environment, as curl and apt take them: {@code https_proxy}, {@code
 * http_proxy} and {@code no_proxy}, also in capitals. The JDK itself knows properties alone.
 */
final class EnvironmentProxies extends ProxySelector {
  private static final List<Proxy> NONE = List.of(Proxy.NO_PROXY);
  private static final int DEFAULT_PORT = 3128;
  private final Map<String, String> environment;

  EnvironmentProxies(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public List<Proxy> select(URI uri) {
    String host = Objects.requireNonNullElse(uri.getHost(), "");
    String proxy = variable(uri.getScheme() + "_proxy");
    if (proxy.isEmpty() || isExcepted(host)) {
      return NONE;
    }
    try {
      URI place = URI.create(proxy.contains("://") ? proxy : "http://" + proxy);
      if (place.getHost() != null) {
        int port = place.getPort() < 0 ? DEFAULT_PORT : place.getPort();
        return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(place.getHost(), port)));
      }
    } catch (IllegalArgumentException e) {
      // What cannot be read is none.
    }
    return NONE;
  }

  private String variable(String name) {
    String lower = environment.getOrDefault(name, "");
    return lower.isEmpty() ? environment.getOrDefault(name.toUpperCase(Locale.ROOT), "") : lower;
  }

  /** This host, and those of {@code no_proxy}: names, ends of names, or all. */
  private boolean isExcepted(String host) {
    if (host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]")) {
      return true;
    }
    for (String one : variable("no_proxy").split(",", -1)) {
      String name = one.strip().replaceFirst("^\\*?\\.", "");
      boolean isAll = one.strip().equals("*");
      if (isAll || !name.isEmpty() && (host.equals(name) || host.endsWith("." + name))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException e) {
    // The request fails with it.
  }
}
