package dev.visco.users;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.visco.model.Access;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.settings.OidcSettings;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bearer tokens that a configured issuer has signed: JWTs (RFC 7519) with the configured audience.
 * A claim names the user, and another one the role. Only signatures by RSA and elliptic curves are
 * accepted: no unsigned token, and none that is signed with a shared secret.
 */
public final class OidcTokens {
  /** By which the issuer's clock and ours may differ. */
  static final Duration CLOCK_SKEW = Duration.ofMinutes(1);

  private final String issuer;
  private final OidcSettings settings;
  private final InstantSource clock;
  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

  /**
   * @param issuer whose tokens they are, to the letter
   */
  public OidcTokens(String issuer, OidcSettings settings, InstantSource clock) {
    this.issuer = issuer;
    this.settings = settings;
    this.clock = clock;
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(
            JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(
            algorithms(), new IssuerKeys(issuer, settings.keysUrl(), clock)));
    processor.setJWTClaimsSetVerifier(new Claims());
  }

  private static Set<JWSAlgorithm> algorithms() {
    var all = new HashSet<>(JWSAlgorithm.Family.RSA);
    all.addAll(List.of(JWSAlgorithm.ES256, JWSAlgorithm.ES384, JWSAlgorithm.ES512));
    return all;
  }

  /** Issuer, audience, times and that there is a user. */
  private final class Claims extends DefaultJWTClaimsVerifier<SecurityContext> {
    Claims() {
      super(
          settings.audience(),
          new JWTClaimsSet.Builder().issuer(issuer).build(),
          Set.of("exp", settings.userClaim()));
      setMaxClockSkew((int) CLOCK_SKEW.toSeconds());
    }

    @Override
    protected Date currentTime() {
      return Date.from(clock.instant());
    }
  }

  /**
   * What a token gives access to; empty for what is no JWT.
   *
   * @throws Refused as unauthorized for one that is not valid, and as something that the host lacks
   *     when the issuer has to be asked for a key and does not answer
   */
  public Optional<Access> access(String secret) {
    if (secret.chars().filter(one -> one == '.').count() != 2) {
      return Optional.empty();
    }
    try {
      PlainJWT.parse(secret);
      throw unauthorized("is not signed");
    } catch (ParseException e) {
      // As it should be.
    }
    try {
      return Optional.of(access(processor.process(SignedJWT.parse(secret), null)));
    } catch (ParseException e) {
      return Optional.empty();
    } catch (BadJOSEException e) {
      throw unauthorized("is not valid: " + e.getMessage());
    } catch (KeySourceException e) {
      throw new Refused(
          new Refusal.HostLacks(
              "issuer",
              "The issuer %s does not give its keys: %s.".formatted(issuer, e.getMessage()),
              "Try again in some seconds; tokens of keys that are known go on working."));
    } catch (JOSEException e) {
      throw unauthorized("cannot be checked: " + e.getMessage());
    }
  }

  private Access access(JWTClaimsSet claims) {
    String user;
    try {
      user = claims.getStringClaim(settings.userClaim());
    } catch (ParseException e) {
      throw unauthorized("has a claim " + settings.userClaim() + " that is no text");
    }
    TokenRole role = role(claims);
    return new Access(
        "oidc/" + id(user),
        role,
        role == TokenRole.USER ? id(user) : null,
        false,
        null,
        claims.getExpirationTime().toInstant().plus(CLOCK_SKEW));
  }

  private UserId id(String user) {
    try {
      return new UserId(user);
    } catch (Refused e) {
      throw unauthorized(
          "has a claim " + settings.userClaim() + " that is no id of a user: " + e.getMessage());
    }
  }

  /** The highest of the roles that its claim names, else the default one. */
  private TokenRole role(JWTClaimsSet claims) {
    TokenRole highest = settings.defaultRole();
    for (String word : roleWords(claims)) {
      TokenRole role = settings.roles().get(word);
      if (role != null && (highest == null || role.includes(highest))) {
        highest = role;
      }
    }
    if (highest == null) {
      throw unauthorized("has no role in its claim " + settings.roleClaim());
    }
    return highest;
  }

  /** A text, which may be several words, or a list of texts. */
  private List<String> roleWords(JWTClaimsSet claims) {
    String name = settings.roleClaim();
    @Nullable Object claim = name == null ? null : claims.getClaim(name);
    return switch (claim) {
      case String text -> List.of(text.strip().split("\\s+"));
      case List<?> several ->
          several.stream().filter(Objects::nonNull).map(Object::toString).toList();
      case null, default -> List.of();
    };
  }

  private Refused unauthorized(String what) {
    return new Refused(
        new Refusal.Unauthorized(
            "This token of the issuer " + issuer + " " + what + ".",
            "Get a new one from the issuer, for the audience " + settings.audience() + "."));
  }
}
