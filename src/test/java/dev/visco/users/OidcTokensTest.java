package dev.visco.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.visco.model.Access;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.settings.OidcSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tokens of an issuer that speaks OpenID Connect over HTTP on loopback. */
@Timeout(120)
class OidcTokensTest {
  private static final String AUDIENCE = "visco";
  private final MockOAuth2Server provider = new MockOAuth2Server();
  private Instant now = Instant.now();
  private String issuer;
  private OidcTokens tokens;

  @BeforeEach
  void start() {
    provider.start(InetAddress.getLoopbackAddress(), 0);
    issuer = provider.issuerUrl("lab").toString();
    tokens = new OidcTokens(issuer, settings("roles", TokenRole.USER), () -> now);
  }

  @AfterEach
  void end() {
    provider.shutdown();
  }

  private static OidcSettings settings(
      @Nullable String roleClaim, @Nullable TokenRole defaultRole) {
    return new OidcSettings(
        null,
        AUDIENCE,
        null,
        "sub",
        roleClaim,
        Map.of("visco-admins", TokenRole.ADMIN, "ops", TokenRole.OPERATOR),
        defaultRole);
  }

  private String token(String subject, String audience, Map<String, Object> claims) {
    return provider.issueToken("lab", subject, audience, claims).serialize();
  }

  private static void assertRefused(OidcTokens tokens, String token, String why) {
    assertThatThrownBy(() -> tokens.access(token))
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.Unauthorized.class))
        .hasMessageContaining(why);
  }

  @Test
  void aTokenOfTheIssuerIsThatUsers() {
    Access access = tokens.access(token("ada", AUDIENCE, Map.of())).orElseThrow();
    assertThat(access.name()).isEqualTo("oidc/ada");
    assertThat(access.role()).isEqualTo(TokenRole.USER);
    assertThat(access.user()).isEqualTo(new UserId("ada"));
    assertThat(access.token()).as("none of the store's").isNull();
    assertThat(access.expires()).isAfter(now).isBefore(now.plus(Duration.ofHours(3)));
  }

  @Test
  void aClaimGivesTheRole() {
    assertThat(role(Map.of("roles", "visco-admins"))).isEqualTo(TokenRole.ADMIN);
    assertThat(role(Map.of("roles", List.of("staff", "ops")))).isEqualTo(TokenRole.OPERATOR);
    assertThat(role(Map.of("roles", "ops visco-admins"))).isEqualTo(TokenRole.ADMIN);
    assertThat(role(Map.of("roles", List.of("staff")))).isEqualTo(TokenRole.USER);
    assertThat(role(Map.of("groups", "visco-admins"))).isEqualTo(TokenRole.USER);
    assertThat(role(Map.of("roles", 7))).isEqualTo(TokenRole.USER);
  }

  private TokenRole role(Map<String, Object> claims) {
    return tokens.access(token("ada", AUDIENCE, claims)).orElseThrow().role();
  }

  @Test
  void withoutADefaultRoleATokenWithoutOneIsRefused() {
    var strict = new OidcTokens(issuer, settings("roles", null), () -> now);
    assertThat(strict.access(token("ada", AUDIENCE, Map.of("roles", "ops"))).orElseThrow().role())
        .isEqualTo(TokenRole.OPERATOR);
    assertRefused(strict, token("ada", AUDIENCE, Map.of()), "has no role in its claim roles");
  }

  @Test
  void anotherAudienceAndAnotherIssuerAreRefused() {
    assertRefused(tokens, token("ada", "another", Map.of()), "audience");
    String other = provider.issueToken("elsewhere", "ada", AUDIENCE, Map.of()).serialize();
    assertRefused(tokens, other, "is not valid");
  }

  @Test
  void oneThatHasExpiredIsRefusedButForTheClocksDifference() {
    String token = provider.issueToken("lab", "ada", AUDIENCE, Map.of(), 100).serialize();
    now = now.plusSeconds(100 + 55);
    assertThat(tokens.access(token)).isPresent();
    now = now.plusSeconds(10);
    assertRefused(tokens, token, "Expired JWT");
  }

  @Test
  void oneThatIsNotYetValidIsRefused() {
    long later = now.plusSeconds(300).getEpochSecond();
    assertRefused(tokens, token("ada", AUDIENCE, Map.of("nbf", later)), "before use time");
  }

  @Test
  void aUserThatCannotBeOneIsRefused() {
    assertRefused(tokens, token("ada lovelace", AUDIENCE, Map.of()), "no id of a user");
  }

  @Test
  void whatIsNoJwtIsNobodysHere() {
    assertThat(tokens.access("visco-0123456789abcdef")).isEmpty();
    assertThat(tokens.access("a.b.c")).isEmpty();
    assertThat(tokens.access("a.b")).isEmpty();
  }

  private JWTClaimsSet claims() {
    return new JWTClaimsSet.Builder()
        .issuer(issuer)
        .audience(AUDIENCE)
        .subject("ada")
        .expirationTime(Date.from(now.plusSeconds(600)))
        .build();
  }

  @Test
  void oneThatNobodySignedIsRefused() {
    assertRefused(tokens, new PlainJWT(claims()).serialize(), "is not signed");
    String signed = token("ada", AUDIENCE, Map.of());
    assertThat(tokens.access(signed.substring(0, signed.lastIndexOf('.') + 1)))
        .as("its signature was cut off")
        .isEmpty();
  }

  /** Signed by a shared secret that everybody knows, the issuer's public key for example. */
  @Test
  void oneThatIsSignedWithASharedSecretIsRefused() throws Exception {
    var token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims());
    token.sign(new MACSigner("a secret of thirty-two characters".getBytes(StandardCharsets.UTF_8)));
    assertRefused(tokens, token.serialize(), "is not valid");
  }

  @Test
  void oneThatWasChangedIsRefused() {
    String[] parts = token("ada", AUDIENCE, Map.of()).split("\\.");
    String[] others = token("eve", AUDIENCE, Map.of()).split("\\.");
    assertRefused(tokens, parts[0] + "." + others[1] + "." + parts[2], "is not valid");
  }

  /** An issuer of this test's own, whose keys change and which can fail. */
  private static final class ChangingIssuer implements AutoCloseable {
    private final HttpServer server;
    final List<String> asked = new CopyOnWriteArrayList<>();
    volatile RSAKey key = newKey("first");
    volatile int status = 200;
    volatile String keysHost = "";

    ChangingIssuer() throws Exception {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            String path = exchange.getRequestURI().getPath();
            asked.add(path);
            String keys = keysHost.isEmpty() ? url() : keysHost;
            String text =
                path.equals("/.well-known/openid-configuration")
                    ? """
                    {"issuer":"%s","authorization_endpoint":"%s/a","jwks_uri":"%s/keys",
                     "response_types_supported":["code"],"subject_types_supported":["public"],
                     "id_token_signing_alg_values_supported":["RS256"]}\
                    """
                        .formatted(url(), url(), keys)
                    : "{\"keys\":[" + key.toPublicJWK().toJSONString() + "]}";
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            if (status == 302) {
              exchange.getResponseHeaders().set("Location", "http://127.0.0.1:1/");
            }
            exchange.sendResponseHeaders(status, status == 200 ? bytes.length : -1);
            if (status == 200) {
              exchange.getResponseBody().write(bytes);
            }
            exchange.close();
          });
      server.start();
    }

    static RSAKey newKey(String id) {
      try {
        return new RSAKeyGenerator(2048).keyID(id).generate();
      } catch (JOSEException e) {
        throw new IllegalStateException(e);
      }
    }

    String url() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    String token(RSAKey by, Instant now) throws JOSEException {
      var token =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.RS256)
                  .keyID(by.getKeyID())
                  .type(new JOSEObjectType("at+jwt"))
                  .build(),
              new JWTClaimsSet.Builder()
                  .issuer(url())
                  .audience(List.of("other", AUDIENCE))
                  .subject("ada")
                  .expirationTime(Date.from(now.plus(Duration.ofHours(12))))
                  .build());
      token.sign(new RSASSASigner(by));
      return token.serialize();
    }

    OidcTokens tokens(java.time.InstantSource clock) {
      return new OidcTokens(url(), settings(null, TokenRole.USER), clock);
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  @Test
  void keysAreAskedForOnceAndNewOnesWhenATokenNamesOne() throws Exception {
    try (var own = new ChangingIssuer()) {
      OidcTokens known = own.tokens(() -> now);
      String first = own.token(own.key, now);
      assertThat(known.access(first)).isPresent();
      assertThat(known.access(first)).isPresent();
      assertThat(own.asked).containsExactly("/.well-known/openid-configuration", "/keys");
      own.key = ChangingIssuer.newKey("second");
      String second = own.token(own.key, now);
      now = now.plus(IssuerKeys.PAUSE);
      assertThat(known.access(second)).isPresent();
      assertThat(own.asked).hasSize(4);
      assertRefused(known, first, "is not valid");
    }
  }

  /** Whoever makes keys up makes no load for the issuer. */
  @Test
  void unknownKeysMakeOneQuestionInAWhile() throws Exception {
    try (var own = new ChangingIssuer()) {
      OidcTokens known = own.tokens(() -> now);
      for (int number = 0; number < 20; number++) {
        RSAKey madeUp = ChangingIssuer.newKey("made-up");
        assertRefused(known, own.token(madeUp, now), "is not valid");
      }
      assertThat(own.asked).hasSize(2);
    }
  }

  @Test
  void anIssuerThatIsDownHindersOnlyTokensOfUnknownKeys() throws Exception {
    try (var own = new ChangingIssuer()) {
      OidcTokens known = own.tokens(() -> now);
      String first = own.token(own.key, now);
      assertThat(known.access(first)).isPresent();
      for (int status : new int[] {500, 302}) {
        own.status = status;
        now = now.plus(IssuerKeys.LIFE).plusSeconds(1);
        assertThat(known.access(first)).as("its key is known").isPresent();
        String other = own.token(ChangingIssuer.newKey("other"), now);
        assertThatThrownBy(() -> known.access(other))
            .isInstanceOfSatisfying(
                Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.HostLacks.class))
            .hasMessageContaining("answered " + status);
      }
    }
  }

  @Test
  void keysElsewhereAreNotFetchedUnlessTheOperatorNamesThem() throws Exception {
    try (var own = new ChangingIssuer();
        var elsewhere = new ChangingIssuer()) {
      elsewhere.key = own.key;
      own.keysHost = elsewhere.url();
      String token = own.token(own.key, now);
      assertThatThrownBy(() -> own.tokens(() -> now).access(token))
          .hasMessageContaining("set oidc.keys-url");
      assertThat(elsewhere.asked).isEmpty();
      var named =
          new OidcSettings(
              null,
              AUDIENCE,
              URI.create(elsewhere.url() + "/keys"),
              "sub",
              null,
              Map.of(),
              TokenRole.USER);
      assertThat(new OidcTokens(own.url(), named, () -> now).access(token)).isPresent();
      assertThat(elsewhere.asked).containsExactly("/keys");
    }
  }
}
