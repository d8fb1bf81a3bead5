package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PreparedStatementsTest {
  private static final String VALUE = "SELECT value FROM facts WHERE host = ? AND name = ?";

  @TempDir private Path folder;

  private static String fact(Sql sql, String name) {
    return sql.first(VALUE, row -> row.getString(1), "h", name).orElse("none");
  }

  private static int set(Sql sql, String name, String value) {
    return FactRows.set(sql, "h", name, value);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theSameTextHasItsOwnValuesEachTimeAlsoWhileItIsRead(TestDatabase database) throws Exception {
    try (var store = database.open(folder)) {
      store.write(sql -> set(sql, "a", "b") + set(sql, "b", "c") + set(sql, "c", "end"));
      for (int round = 0; round < 3; round++) {
        List<String> chain =
            store.read(sql ->
                sql.query(
                    VALUE,
                    row ->
                        row.getString(1) + " " + fact(sql, row.getString(1)) + " " + fact(sql, "c"),
                    "h",
                    "a"));
        assertThat(chain).containsExactly("b c end");
        assertThat(store.<String>read(sql -> fact(sql, "nothing"))).isEqualTo("none");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aStatementThatFailedDoesNotSpoilTheNext(TestDatabase database) throws Exception {
    try (var store = database.open(folder)) {
      String insert = "INSERT INTO facts (host, name, value) VALUES (?, ?, ?)";
      store.write(sql -> sql.update(insert, "h", "a", "1"));
      assertThatThrownBy(() -> store.write(sql -> sql.update(insert, "h", "a", "2")))
          .isInstanceOf(StoreFault.class);
      assertThatThrownBy(() ->
              store.read(sql ->
                  sql.query(
                      VALUE,
                      row -> {
                        throw new IllegalStateException("no row for me");
                      },
                      "h",
                      "a")))
          .hasMessage("no row for me");
      store.write(sql -> sql.update(insert, "h", "b", "3"));
      assertThat(store.<String>read(sql -> fact(sql, "a") + fact(sql, "b"))).isEqualTo("13");
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void moreTextsThanAreKeptWorkAlike(TestDatabase database) throws Exception {
    try (var store = database.open(folder)) {
      store.write(sql -> set(sql, "a", "b"));
      for (int round = 0; round < 2; round++) {
        for (int number = 0; number < 1000; number++) {
          String text = VALUE + " AND " + number + " = " + number;
          assertThat(
                  store.<String>read(
                      sql -> sql.first(text, row -> row.getString(1), "h", "a").orElseThrow()))
              .isEqualTo("b");
        }
      }
    }
  }
}
