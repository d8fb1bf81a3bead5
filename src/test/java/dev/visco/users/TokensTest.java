package dev.visco.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Access;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.store.AdminToken;
import dev.visco.store.Store;
import dev.visco.store.TokenRows;
import dev.visco.store.UserRows;
import dev.visco.users.TokenService.NewToken;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokensTest {
  private static final UserId ANNA = new UserId("anna");
  @TempDir private Path folder;
  private Instant now = Instant.parse("2026-01-02T03:04:05Z");
  private Store store;
  private Tokens tokens;

  @BeforeEach
  void open() {
    store = Store.open(folder);
    var rows = new TokenRows(store, "local");
    var admin = new AdminToken(rows, folder.resolve("admin-token"), new Random(1), () -> now);
    admin.start();
    tokens = new Tokens(rows, admin, secret -> Optional.empty(), new Random(2), () -> now);
    new UserRows(store, "local").add(ANNA, "{}", "{}", 1);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private TokenService.Created create(String name, @Nullable Duration life) {
    return tokens.create(new NewToken(name, TokenRole.USER, ANNA, false, life));
  }

  private void assertRefused(Class<? extends Refusal> kind, NewToken token) {
    assertThatThrownBy(() -> tokens.create(token))
        .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.refusal()).isInstanceOf(kind));
  }

  @Test
  void theFirstOneMayDoEverything() throws Exception {
    String secret = Files.readString(folder.resolve("admin-token")).strip();
    Access access = tokens.access(secret).orElseThrow();
    assertThat(access.name()).isEqualTo("admin");
    assertThat(access.role()).isEqualTo(TokenRole.ADMIN);
    assertThat(access.readOnly()).isFalse();
    assertThat(access.expires()).isNull();
    assertThat(tokens.access("visco-guessed")).isEmpty();
  }

  @Test
  void oneThatIsMadeIsToldOnceAndItsTextHasNoSecret() {
    var made = create("phone", null);
    assertThat(made.secret()).matches("visco-[0-9a-f]{48}");
    assertThat(made.toString()).doesNotContain(made.secret());
    assertThat(tokens.page(10, "").toString()).doesNotContain(made.secret());
    assertThat(tokens.access(made.secret()).orElseThrow().user()).isEqualTo(ANNA);
    assertThat(create("pad", null).secret()).isNotEqualTo(made.secret());
  }

  @Test
  void oneThatHasExpiredIsRefusedWithItsEnd() {
    var made = create("phone", Duration.ofHours(1));
    Access access = tokens.access(made.secret()).orElseThrow();
    now = now.plus(Duration.ofHours(1)).minusMillis(1);
    assertThat(tokens.access(made.secret())).isPresent();
    assertThat(tokens.isCurrent(access.token(), access.expires())).isTrue();
    now = now.plusMillis(1);
    assertThat(tokens.isCurrent(access.token(), access.expires())).isFalse();
    assertThat(tokens.isCurrent(access.token(), null)).as("what it opened").isFalse();
    assertThatThrownBy(() -> tokens.access(made.secret()))
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.Unauthorized.class))
        .hasMessageContaining("The token \"phone\" expired at 2026-01-02T04:04:05Z.");
  }

  @Test
  void oneThatIsRevokedIsUnknownAtOnce() {
    var made = create("phone", null);
    String digest = made.token().digest();
    assertThat(tokens.isCurrent(digest, null)).isTrue();
    tokens.revoke("phone");
    assertThat(tokens.isCurrent(digest, null)).isFalse();
    assertThat(tokens.access(made.secret())).isEmpty();
    assertThatThrownBy(() -> tokens.revoke("phone"))
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.NotFound.class));
  }

  @Test
  void theOneOfTheFileIsReplacedThere() throws Exception {
    String first = Files.readString(folder.resolve("admin-token")).strip();
    Access access = tokens.access(first).orElseThrow();
    assertThatThrownBy(() -> tokens.revoke("admin")).hasMessageContaining("admin-token");
    Files.writeString(folder.resolve("admin-token"), "another-token-of-the-operator\n");
    assertThat(tokens.isCurrent(access.token(), null)).isFalse();
    assertThat(tokens.access(first)).isEmpty();
    assertThat(tokens.access("another-token-of-the-operator")).isPresent();
  }

  @Test
  void itsUseIsKnownToTheMinute() {
    var made = create("phone", null);
    tokens.access(made.secret());
    Instant first = now;
    now = now.plusSeconds(59);
    tokens.access(made.secret());
    assertThat(tokens.page(1, "o").getFirst().lastUse()).isEqualTo(first.toEpochMilli());
    now = now.plusSeconds(1);
    tokens.access(made.secret());
    assertThat(tokens.page(1, "o").getFirst().lastUse()).isEqualTo(now.toEpochMilli());
  }

  @Test
  void whatNoTokenCanBeIsRefused() {
    for (String name : new String[] {"", "-x", "a b", "a/b", "x".repeat(65), "ü"}) {
      assertRefused(Refusal.Invalid.class, new NewToken(name, TokenRole.ADMIN, null, false, null));
    }
    assertRefused(Refusal.Invalid.class, new NewToken("a", TokenRole.USER, null, false, null));
    assertRefused(Refusal.Invalid.class, new NewToken("a", TokenRole.OPERATOR, ANNA, false, null));
    assertRefused(
        Refusal.NotFound.class,
        new NewToken("a", TokenRole.USER, new UserId("nobody"), false, null));
    create("taken", null);
    assertRefused(
        Refusal.Conflict.class, new NewToken("taken", TokenRole.ADMIN, null, false, null));
    assertRefused(
        Refusal.Conflict.class, new NewToken("admin", TokenRole.ADMIN, null, false, null));
    assertThatThrownBy(() -> TokenRole.of("root")).isInstanceOf(Refused.class);
  }
}
