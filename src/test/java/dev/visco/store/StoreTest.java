package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
  @TempDir Path folder;

  @Test
  void aSecondOneOnTheSameFolderIsRefused() {
    try (var store = Store.open(folder)) {
      assertThat(store.fact("colour", "red")).isEqualTo("red");
      assertThatThrownBy(() -> Store.open(folder))
          .isInstanceOf(Refused.class)
          .hasMessageContaining(Long.toString(ProcessHandle.current().pid()))
          .hasMessageContaining("VISCO_DATA");
    }
    try (var again = Store.open(folder)) {
      assertThat(again.fact("colour", "blue")).isEqualTo("red");
    }
  }

  @Test
  void aStoreOfANewerViscoIsRefused() throws Exception {
    Store.open(folder).close();
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("visco.db"));
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA user_version=99");
    }
    assertThatThrownBy(() -> Store.open(folder))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("newer Visco (schema 99, this one knows 1)");
  }

  @Test
  void everyCommitIsSynced() {
    try (var store = Store.open(folder)) {
      int synchronous =
          store.write(sql -> sql.first("PRAGMA synchronous", row -> row.getInt(1)).orElseThrow());
      String journal =
          store.write(
              sql -> sql.first("PRAGMA journal_mode", row -> row.getString(1)).orElseThrow());
      assertThat(synchronous).as("FULL, see sqlite.org/pragma.html").isEqualTo(2);
      assertThat(journal).isEqualTo("wal");
    }
  }

  @Test
  void nobodyElseReadsItsFilesAndNoTokenStandsInThem() throws Exception {
    try (var store = Store.open(folder)) {
      var tokens = new TokenRows(store);
      tokens.add("a-secret-token", "admin", 1);
      assertThat(tokens.isKnown("a-secret-token")).isTrue();
      assertThat(tokens.isKnown("another")).isFalse();
      try (var files = Files.newDirectoryStream(folder, "visco.db*")) {
        for (Path file : files) {
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
              .as(file.toString())
              .isEqualTo("rw-------");
          assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
              .doesNotContain("a-secret-token");
        }
      }
    }
  }
}
