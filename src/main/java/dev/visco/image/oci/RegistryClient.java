package dev.visco.image.oci;

import dev.visco.host.HostFault;
import dev.visco.image.oci.RegistryCredentials.Login;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads from a registry (OCI distribution specification, pull) with a login of docker's. Answers
 * are bounded, a redirection takes no login to another host, and none leads from https to http.
 */
final class RegistryClient implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(15);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final int MAX_REDIRECTIONS = 5;
  private static final int MAX_TOKEN = 256 << 10;
  private static final String MANIFESTS =
      String.join(
          ", ",
          List.of(
              "application/vnd.oci.image.index.v1+json",
              "application/vnd.oci.image.manifest.v1+json",
              "application/vnd.docker.distribution.manifest.list.v2+json",
              "application/vnd.docker.distribution.manifest.v2+json"));

  private final OciReference reference;
  private final RegistryCredentials credentials;
  private final boolean plain;
  private final HttpClient http;
  private @Nullable String authorization;

  /**
   * @param plain whether http is used where the registry is not on this host
   */
  RegistryClient(OciReference reference, RegistryCredentials credentials, boolean plain) {
    this.reference = reference;
    this.credentials = credentials;
    this.plain = plain || reference.isLoopback();
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(new EnvironmentProxies(credentials.environment()))
            .build();
  }

  /** A manifest or index, by tag or digest. */
  byte[] manifest(String selector) throws IOException {
    try (InputStream in = get("manifests/" + selector, MANIFESTS)) {
      return bounded(in, OciLimits.MAX_DOCUMENT, "manifest " + selector);
    }
  }

  /** A blob from the first byte on. */
  InputStream blob(String digest) throws IOException {
    return get("blobs/" + digest, "*/*");
  }

  static byte[] bounded(InputStream in, int max, String what) throws IOException {
    byte[] bytes = in.readNBytes(max + 1);
    if (bytes.length > max) {
      throw OciRefusal.layer(what, "has more than " + (max >> 10) + " KiB");
    }
    return bytes;
  }

  private InputStream get(String path, String accept) throws IOException {
    URI uri =
        URI.create(
            (plain ? "http://" : "https://")
                + reference.host()
                + "/v2/"
                + reference.repository()
                + "/"
                + path);
    HttpResponse<InputStream> answer = followed(uri, accept);
    if (answer.statusCode() == 401 && authorize(answer)) {
      answer.body().close();
      answer = followed(uri, accept);
    }
    if (answer.statusCode() == 200) {
      return answer.body();
    }
    answer.body().close();
    throw refused(answer.statusCode(), path);
  }

  /** Follows redirections; the login is for the registry itself alone. */
  private HttpResponse<InputStream> followed(URI first, String accept) throws IOException {
    URI uri = first;
    for (int hop = 0; hop <= MAX_REDIRECTIONS; hop++) {
      HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(ANSWER);
      request.header("Accept", accept).header("User-Agent", "visco");
      if (authorization != null && isSameOrigin(uri, first)) {
        request.header("Authorization", authorization);
      }
      HttpResponse<InputStream> answer = send(request.build());
      Optional<String> to = answer.headers().firstValue("Location");
      if (answer.statusCode() / 100 != 3 || to.isEmpty()) {
        return answer;
      }
      answer.body().close();
      uri = redirected(uri, to.get());
    }
    throw new HostFault(reference.registry() + " redirects in a circle");
  }

  private URI redirected(URI from, String to) {
    try {
      URI next = from.resolve(to);
      boolean isHttp = "http".equals(next.getScheme()) && "http".equals(from.getScheme());
      if ("https".equals(next.getScheme()) || isHttp) {
        return next;
      }
    } catch (IllegalArgumentException e) {
      // Refused below.
    }
    throw new HostFault(reference.registry() + " redirects to what is not https");
  }

  private static boolean isSameOrigin(URI one, URI other) {
    return one.getScheme().equals(other.getScheme())
        && one.getAuthority().equals(other.getAuthority());
  }

  private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted while asking " + reference.registry(), e);
    }
  }

  /** Gets what the registry asks for; false when there is nothing that could be tried. */
  private boolean authorize(HttpResponse<InputStream> answer) throws IOException {
    var asked = RegistryToken.of(answer.headers().firstValue("WWW-Authenticate").orElse(""));
    Optional<Login> login = credentials.of(reference);
    if (asked.scheme().equals("basic")) {
      authorization = login.map(Login::basic).orElse(null);
      return authorization != null;
    }
    if (!asked.scheme().equals("bearer")) {
      return false;
    }
    authorization = "Bearer " + token(asked, login.orElse(null));
    return true;
  }

  /** A token of the realm that the registry names, for nobody where there is no login. */
  private String token(RegistryToken asked, @Nullable Login login) throws IOException {
    URI realm = realm(asked.parameter("realm"));
    String scope = "repository:" + reference.repository() + ":pull";
    HttpRequest.Builder request;
    if (login != null && login.isToken()) {
      String form =
          form(
              Map.of(
                  "grant_type",
                  "refresh_token",
                  "refresh_token",
                  login.secret(),
                  "client_id",
                  "visco",
                  "service",
                  asked.parameter("service"),
                  "scope",
                  scope));
      request =
          HttpRequest.newBuilder(realm)
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(HttpRequest.BodyPublishers.ofString(form));
    } else {
      String query = form(Map.of("service", asked.parameter("service"), "scope", scope));
      String join = realm.getRawQuery() == null ? "?" : "&";
      request = HttpRequest.newBuilder(URI.create(realm + join + query));
      if (login != null) {
        request.header("Authorization", login.basic());
      }
    }
    HttpResponse<InputStream> answer = send(request.timeout(ANSWER).build());
    try (InputStream in = answer.body()) {
      byte[] bytes = bounded(in, MAX_TOKEN, "token of " + realm.getHost());
      if (answer.statusCode() != 200) {
        throw refused(answer.statusCode(), "token");
      }
      JsonNode found = OciDocuments.parse("token", bytes, null);
      String token = found.path("token").asString(found.path("access_token").asString(""));
      if (!token.matches("[\\x21-\\x7e]+")) {
        throw new HostFault(realm.getHost() + " gives no token");
      }
      return token;
    }
  }

  private URI realm(String text) {
    try {
      URI realm = URI.create(text);
      if (realm.getHost() != null
          && ("https".equals(realm.getScheme()) || plain && "http".equals(realm.getScheme()))) {
        return realm;
      }
    } catch (IllegalArgumentException e) {
      // Refused below.
    }
    throw new HostFault(reference.registry() + " names no place for tokens that is https");
  }

  private static String form(Map<String, String> values) {
    return values.entrySet().stream()
        .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
        .collect(java.util.stream.Collectors.joining("&"));
  }

  private RuntimeException refused(int status, String what) {
    return switch (status) {
      case 401, 403 ->
          Refused.invalid(
              "reference",
              reference.toString(),
              "is not for everybody: " + reference.registry() + " answers " + status,
              "Sign in by docker login "
                  + reference.registry()
                  + " on the daemon's host, as its user; a registry may also answer so for what it"
                  + " does not have.");
      case 404 ->
          new Refused(
              new Refusal.NotFound(
                  "container image",
                  reference.toString(),
                  reference.registry() + " does not have it; look at its name and tag."));
      default ->
          new HostFault(
              "%s answers %d to the request for %s".formatted(reference.registry(), status, what));
    };
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
