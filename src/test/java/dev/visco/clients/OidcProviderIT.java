package dev.visco.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.visco.signin.standin.OidcProvider;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The provider that tools sign in to in tests with guests: fetched from npm's registry, which those
 * tests cannot reach, and tried.
 */
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "It fetches a Node; ToolSignInIT, which needs it, is run with --all as well")
class OidcProviderIT {
  /** A verifier and its challenge: RFC 7636, appendix B. */
  private static final String VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

  private static final String CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  private static final Pattern FORM = Pattern.compile("action=\"([^\"]*)\"");

  @TempDir private Path folder;
  private final CookieManager cookies = new CookieManager();
  private final HttpClient browser = HttpClient.newBuilder().cookieHandler(cookies).build();
  private String issuer = "";
  private @Nullable Process provider;

  @BeforeEach
  void start() throws IOException {
    String lacks = OidcProvider.fetch();
    assumeTrue(lacks.isEmpty(), "skipped: oidc-provider is not to be had: " + lacks);
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    issuer = "http://127.0.0.1:" + port;
    Path log = folder.resolve("log");
    provider =
        new ProcessBuilder(OidcProvider.command(issuer, "127.0.0.1", port))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> Files.readString(log).contains("listening on"));
  }

  @AfterEach
  void end() throws InterruptedException {
    if (provider != null) {
      provider.destroyForcibly().waitFor();
    }
    browser.close();
  }

  private static String form(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(it -> it.getKey() + "=" + URLEncoder.encode(it.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException {
    try {
      return browser.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** Follows what stays at the provider; the answer is a page, or leads to the program. */
  private HttpResponse<String> follow(HttpResponse<String> first) throws IOException {
    HttpResponse<String> answer = first;
    for (int hops = 0; hops < 10; hops++) {
      String to = answer.headers().firstValue("Location").orElse("");
      if (to.isEmpty() || to.startsWith("http://localhost:4242")) {
        return answer;
      }
      answer = send(HttpRequest.newBuilder(answer.uri().resolve(to)).build());
    }
    throw new IOException("it goes round in a circle");
  }

  private HttpResponse<String> open() throws IOException {
    var query = new TreeMap<String, String>();
    query.put("response_type", "code");
    query.put("client_id", "visco");
    query.put("redirect_uri", "http://localhost:4242");
    query.put("scope", "openid profile offline_access");
    query.put("prompt", "consent");
    query.put("state", "of-the-tool");
    query.put("code_challenge_method", "S256");
    query.put("code_challenge", CHALLENGE);
    return follow(
        send(HttpRequest.newBuilder(URI.create(issuer + "/auth?" + form(query))).build()));
  }

  /** Sends the form of a page, the first or the last that it has. */
  private HttpResponse<String> fill(
      HttpResponse<String> page, int which, Map<String, String> fields) throws IOException {
    Matcher found = FORM.matcher(page.body());
    for (int at = 0; at <= which; at++) {
      assertThat(found.find()).as(page.body()).isTrue();
    }
    return follow(
        send(
            HttpRequest.newBuilder(page.uri().resolve(found.group(1)))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form(fields)))
                .build()));
  }

  private HttpResponse<String> signIn() throws IOException {
    return fill(open(), 0, Map.of("name", OidcProvider.NAME, "password", OidcProvider.PASSWORD));
  }

  private JsonNode token(Map<String, String> fields) throws IOException {
    String client =
        Base64.getEncoder()
            .encodeToString("visco:known-to-all".getBytes(StandardCharsets.US_ASCII));
    return Json.read(
        send(HttpRequest.newBuilder(URI.create(issuer + "/token"))
                .header("Authorization", "Basic " + client)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form(fields)))
                .build())
            .body(),
        JsonNode.class);
  }

  private static String back(HttpResponse<String> answer) {
    return answer.headers().firstValue("Location").orElse("none: " + answer.body());
  }

  private static Map<String, String> exchange(String code, String verifier) {
    return Map.of(
        "grant_type",
        "authorization_code",
        "code",
        code,
        "redirect_uri",
        "http://localhost:4242",
        "code_verifier",
        verifier);
  }

  @Test
  void nameAndPasswordAndConsentGiveATokenThatIsRefreshed() throws Exception {
    HttpResponse<String> refused =
        fill(open(), 0, Map.of("name", OidcProvider.NAME, "password", "wrong"));
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("Wrong name or password.");
    HttpResponse<String> consent =
        fill(refused, 0, Map.of("name", OidcProvider.NAME, "password", OidcProvider.PASSWORD));
    assertThat(consent.body()).contains("Does visco get access?", "offline_access");
    assertThat(cookies.getCookieStore().getCookies())
        .isNotEmpty()
        .extracting(HttpCookie::getPath)
        .as("NetSurf takes no others")
        .containsOnly("/");
    String back = back(fill(consent, 0, Map.of()));
    assertThat(back).startsWith("http://localhost:4242").contains("state=of-the-tool");
    JsonNode first = token(exchange(back.replaceFirst(".*[?&]code=([^&]*).*", "$1"), VERIFIER));
    assertThat(first.path("id_token").asString("")).as(first.toString()).isNotEmpty();
    JsonNode second = refreshed(first);
    assertThat(second.path("access_token").asString("")).as(second.toString()).isNotEmpty();
    assertThat(refreshed(first).path("error").asString())
        .as("a token that was used")
        .isEqualTo("invalid_grant");
  }

  private JsonNode refreshed(JsonNode tokens) throws IOException {
    return token(
        Map.of(
            "grant_type",
            "refresh_token",
            "refresh_token",
            tokens.path("refresh_token").asString()));
  }

  @Test
  void whoRefusesGivesNoCode() throws Exception {
    assertThat(back(fill(signIn(), 1, Map.of())))
        .startsWith("http://localhost:4242")
        .contains("error=access_denied")
        .doesNotContain("code=");
  }

  @Test
  void aCodeIsForWhoeverAskedForIt() throws Exception {
    String code = back(fill(signIn(), 0, Map.of())).replaceFirst(".*[?&]code=([^&]*).*", "$1");
    assertThat(token(exchange(code, VERIFIER.replace('d', 'e'))).path("error").asString())
        .isEqualTo("invalid_grant");
  }
}
