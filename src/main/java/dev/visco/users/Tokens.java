package dev.visco.users;

import dev.visco.model.Access;
import dev.visco.model.Advice;
import dev.visco.model.Durations;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.TokenRole;
import dev.visco.store.AdminToken;
import dev.visco.store.StoreFault;
import dev.visco.store.TokenRow;
import dev.visco.store.TokenRows;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tokens of the store, the administrator's own among them, and those of an issuer. */
public final class Tokens implements TokenService {
  private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}");

  /** How exactly the last use is known, so that a program that polls does not write each time. */
  private static final Duration USE = Duration.ofMinutes(1);

  private final TokenRows rows;
  private final AdminToken admin;
  private final Function<String, Optional<Access>> issuer;
  private final RandomGenerator random;
  private final InstantSource clock;

  /**
   * @param issuer what a token that is none of the store's gives access to
   * @param random one whose numbers cannot be guessed
   */
  public Tokens(
      TokenRows rows,
      AdminToken admin,
      Function<String, Optional<Access>> issuer,
      RandomGenerator random,
      InstantSource clock) {
    this.rows = rows;
    this.admin = admin;
    this.issuer = issuer;
    this.random = random;
    this.clock = clock;
  }

  @Override
  public Optional<Access> access(String secret) {
    admin.follow();
    Optional<TokenRow> found = rows.find(secret);
    found.ifPresent(this::requireCurrent);
    found.ifPresent(this::use);
    return found.map(TokenRow::access).or(() -> issuer.apply(secret));
  }

  private void requireCurrent(TokenRow token) {
    Long expires = token.expires();
    if (expires != null && expires <= clock.millis()) {
      throw new Refused(
          new Refusal.Unauthorized(
              "The token \""
                  + token.name()
                  + "\" expired at "
                  + Instant.ofEpochMilli(expires)
                  + ".",
              Advice.of("An administrator can make a new one: {}", new Remedy.CreateToken())));
    }
  }

  /** A store that cannot be written to keeps nobody from reading. */
  private void use(TokenRow token) {
    long now = clock.millis();
    Long last = token.lastUse();
    if (last == null || now - last >= USE.toMillis() || now < last) {
      try {
        rows.use(token.digest(), now);
      } catch (StoreFault e) {
        LOG.warn("the use of token {} could not be recorded", token.name(), e);
      }
    }
  }

  @Override
  public boolean isCurrent(@Nullable String token, @Nullable Instant expires) {
    Instant now = clock.instant();
    if (expires != null && !now.isBefore(expires)) {
      return false;
    }
    if (token == null) {
      return true;
    }
    admin.follow();
    return rows.ofDigest(token)
        .filter(row -> row.expires() == null || row.expires() > now.toEpochMilli())
        .isPresent();
  }

  @Override
  public Created create(NewToken token) {
    check(token);
    String secret = TokenRows.newSecret(random);
    long now = clock.millis();
    Duration life = token.life();
    var user = token.user();
    TokenRow row =
        rows.add(
            secret,
            token.name(),
            token.role(),
            user == null ? null : user.value(),
            token.readOnly(),
            life == null ? null : now + life.toMillis(),
            now);
    return new Created(row, secret);
  }

  private static void check(NewToken token) {
    if (!NAME.matcher(token.name()).matches()) {
      throw Refused.invalid(
          "name",
          token.name(),
          "is no name of a token",
          "Give 1 to 64 letters, digits, '.', '_', '@', '+' or '-', a letter or digit first.");
    }
    Duration life = token.life();
    if (life != null && !life.isPositive()) {
      throw Refused.invalid(
          "expires",
          Durations.text(life),
          "is over at once",
          "Give a time like 12h or 30d, or leave it out for a token that holds for ever.");
    }
    if (token.role() == TokenRole.USER && token.user() == null) {
      throw Refused.invalid("user", "", "is missing", "Name the user whose VMs the token is for.");
    }
    if (token.role() != TokenRole.USER && token.user() != null) {
      throw Refused.invalid(
          "user",
          token.user().value(),
          "does not go with the role " + token.role().word(),
          "Leave it out, or give the role user.");
    }
  }

  @Override
  public List<TokenRow> page(int limit, String after) {
    return rows.page(limit, after);
  }

  @Override
  public TokenRow revoke(String name) {
    if (name.equals(AdminToken.NAME)) {
      throw new Refused(
          new Refusal.Conflict(
              "The token \"" + name + "\" is the one in the data folder's admin-token.",
              "Write another token into that file: the one before is refused at once."));
    }
    return rows.revoke(name, clock.millis())
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "token", name, Advice.of("{} lists them.", new Remedy.ListTokens()))));
  }
}
