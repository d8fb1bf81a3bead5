package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Access;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class TokenRowsTest {
  private final TestDatabase database;
  @TempDir Path folder;
  private TestDatabase.Opened store;
  private TokenRows tokens;

  TokenRowsTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
    tokens = new TokenRows(store, "local");
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  private TokenRow add(String secret, String name) {
    return tokens.add(secret, name, TokenRole.ADMIN, null, false, null, 1);
  }

  private boolean isKnown(String secret) {
    return tokens.find(secret).isPresent();
  }

  @Test
  void aTokenThatWasAddedIsKnownAndNoOther() {
    add("one", "admin");
    add("two", "other");
    assertThat(isKnown("one")).isTrue();
    assertThat(isKnown("two")).isTrue();
    assertThat(List.of("", "On", "ONE", "one ", "one\0", "' OR 1=1 --")).noneMatch(this::isKnown);
  }

  @Test
  void itsDigestIsNoToken() {
    add("abc", "admin");
    String digest = digests().getFirst();
    assertThat(digest)
        .as("FIPS 180-2, example B.1")
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(isKnown(digest)).isFalse();
  }

  private AdminToken admin() {
    return new AdminToken(
        tokens, folder.resolve("admin-token"), new Random(4711), () -> Instant.ofEpochMilli(7));
  }

  private Optional<String> nameOf(AdminToken admin, String secret) {
    admin.follow();
    return tokens.find(secret).map(TokenRow::name);
  }

  private String inFile() throws IOException {
    return Files.readString(folder.resolve("admin-token")).strip();
  }

  @Test
  void theTokenOfAFileThatWasRemovedIsRefusedAtTheNextStart() throws Exception {
    admin().start();
    String first = inFile();
    AdminToken second =
        new AdminToken(
            tokens, folder.resolve("admin-token"), new Random(815), () -> Instant.ofEpochMilli(9));
    second.start();
    assertThat(nameOf(second, first)).as("the file holds it").contains("admin");
    Files.delete(folder.resolve("admin-token"));
    assertThat(nameOf(second, first)).as("until the next start").contains("admin");
    second.start();
    assertThat(nameOf(second, first)).isEmpty();
    assertThat(inFile()).isNotEqualTo(first);
    assertThat(nameOf(second, inFile())).contains("admin");
    assertThat(digests()).hasSize(1);
  }

  @Test
  void theTokenOfAFileThatIsReplacedIsRefusedAtOnceAndNobodyElses() throws Exception {
    add("a-token-of-somebody-else", "else");
    AdminToken admin = admin();
    admin.start();
    String first = inFile();
    Files.writeString(folder.resolve("admin-token"), "half a token\n");
    assertThat(nameOf(admin, first)).as("what is no token changes nothing").contains("admin");
    Files.writeString(folder.resolve("admin-token"), "the-operators-own-token\n");
    assertThat(nameOf(admin, first)).isEmpty();
    assertThat(nameOf(admin, "the-operators-own-token")).contains("admin");
    assertThat(nameOf(admin, "a-token-of-somebody-else")).contains("else");
  }

  @Test
  void aFileThatHoldsNoTokenIsRefusedWithTheWayOut() throws Exception {
    for (String text :
        new String[] {"", "\n", "short", "with blanks in it, which no header takes"}) {
      Files.writeString(folder.resolve("admin-token"), text);
      assertThatThrownBy(() -> admin().start())
          .isInstanceOf(Refused.class)
          .hasMessageContaining("admin-token cannot be read")
          .hasMessageContaining("Remove the file");
    }
    assertThat(digests()).isEmpty();
  }

  @Test
  void aTokensRoleUserAndEndAreAsTheyWereGiven() {
    new UserRows(store, "local").add(new UserId("anna"), "{}", "{}", 1);
    TokenRow added = tokens.add("s", "phone", TokenRole.USER, "anna", true, 99L, 7);
    assertThat(tokens.find("s")).contains(added);
    assertThat(added.access())
        .isEqualTo(
            new Access(
                "phone",
                TokenRole.USER,
                new UserId("anna"),
                true,
                added.digest(),
                Instant.ofEpochMilli(99)));
    assertThat(tokens.ofDigest(added.digest())).contains(added);
  }

  @Test
  void aNameIsGivenOnceAndAUserMustBeThere() {
    add("one", "name");
    assertThatThrownBy(() -> add("two", "name"))
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.Conflict.class));
    assertThatThrownBy(() -> tokens.add("three", "n", TokenRole.USER, "nobody", false, null, 1))
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.NotFound.class));
    assertThat(digests()).hasSize(1);
  }

  @Test
  void aUseIsWrittenOnceAMinute() {
    TokenRow token = add("one", "name");
    assertThat(token.lastUse()).isNull();
    tokens.use(token.digest(), 100_000);
    tokens.use(token.digest(), 159_999);
    assertThat(tokens.find("one").orElseThrow().lastUse()).isEqualTo(100_000);
    tokens.use(token.digest(), 160_000);
    assertThat(tokens.find("one").orElseThrow().lastUse()).isEqualTo(160_000);
    tokens.use("f00d", 7);
    assertThat(store.one("SELECT COUNT(*) FROM token_uses")).isEqualTo("1");
  }

  @Test
  void oneThatIsRevokedOpensNothingAndNeitherDoesWhatItHasOpened() {
    TokenRow token = add("one", "name");
    tokens.use(token.digest(), 7);
    var desktops = new DesktopRows(store, "here");
    var vm = new VmId("vm-00000001");
    desktops.grant(
        "page", new GrantRow(vm, GrantRow.GrantKind.PAGE, "anna", false, 100, token.digest()), 1);
    desktops.grant("other", new GrantRow(vm, GrantRow.GrantKind.PAGE, "anna", false, 100), 1);
    assertThat(tokens.revoke("another", 9)).isEmpty();
    assertThat(tokens.revoke("name", 9).map(TokenRow::digest)).contains(token.digest());
    assertThat(tokens.find("one")).isEmpty();
    assertThat(desktops.find(vm, GrantRow.GrantKind.PAGE, "page", 2)).isEmpty();
    assertThat(desktops.find(vm, GrantRow.GrantKind.PAGE, "other", 2)).isPresent();
    assertThat(store.one("SELECT COUNT(*) FROM token_uses")).isEqualTo("0");
    assertThat(tokens.revoke("name", 9)).isEmpty();
  }

  @Test
  void aPageGoesOnAfterTheOneBefore() {
    add("1", "c");
    add("2", "a");
    add("3", "b");
    assertThat(tokens.page(2, "")).extracting(TokenRow::name).containsExactly("a", "b");
    assertThat(tokens.page(2, "b")).extracting(TokenRow::name).containsExactly("c");
  }

  private List<String> digests() {
    return store.read(sql -> sql.query("SELECT digest FROM tokens", row -> row.getString(1)));
  }
}
