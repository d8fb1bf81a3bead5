package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
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
    tokens = new TokenRows(store);
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  @Test
  void aTokenThatWasAddedIsKnownAndNoOther() {
    tokens.add("one", "admin", 1);
    tokens.add("two", "admin", 1);
    assertThat(tokens.isKnown("one")).isTrue();
    assertThat(tokens.isKnown("two")).isTrue();
    assertThat(List.of("", "On", "ONE", "one ", "one\0", "' OR 1=1 --")).noneMatch(tokens::isKnown);
  }

  @Test
  void itsDigestIsNoToken() {
    tokens.add("abc", "admin", 1);
    String digest = digests().getFirst();
    assertThat(digest)
        .as("FIPS 180-2, example B.1")
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(tokens.isKnown(digest)).isFalse();
  }

  @Test
  void oneThatIsAddedTwiceStandsThereOnce() {
    tokens.add("one", "admin", 1);
    tokens.add("one", "admin", 2);
    assertThat(digests()).hasSize(1);
  }

  private AdminToken admin() {
    return new AdminToken(
        tokens, folder.resolve("admin-token"), new Random(4711), () -> Instant.ofEpochMilli(7));
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
    assertThat(second.nameOf(first)).as("the file holds it").contains("admin");
    Files.delete(folder.resolve("admin-token"));
    assertThat(second.nameOf(first)).as("until the next start").contains("admin");
    second.start();
    assertThat(second.nameOf(first)).isEmpty();
    assertThat(inFile()).isNotEqualTo(first);
    assertThat(second.nameOf(inFile())).contains("admin");
    assertThat(digests()).hasSize(1);
  }

  @Test
  void theTokenOfAFileThatIsReplacedIsRefusedAtOnceAndNobodyElses() throws Exception {
    tokens.add("a-token-of-somebody-else", "else", 1);
    AdminToken admin = admin();
    admin.start();
    String first = inFile();
    Files.writeString(folder.resolve("admin-token"), "half a token\n");
    assertThat(admin.nameOf(first)).as("what is no token changes nothing").contains("admin");
    Files.writeString(folder.resolve("admin-token"), "the-operators-own-token\n");
    assertThat(admin.nameOf(first)).isEmpty();
    assertThat(admin.nameOf("the-operators-own-token")).contains("admin");
    assertThat(admin.nameOf("a-token-of-somebody-else")).contains("else");
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

  private List<String> digests() {
    return store.read(sql -> sql.query("SELECT digest FROM tokens", row -> row.getString(1)));
  }
}
