package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each database has the same tables, and a migration that ran somewhere is never changed. */
class SchemasTest {
  @TempDir Path folder;

  @Test
  void eachDatabaseHasTheSameTablesWithTheSameColumns() throws Exception {
    Map<String, List<String>> sqlite =
        columns(
            TestDatabase.SQLITE,
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
                + " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'");
    sqlite.remove("sums"); // The digests of rows are SQLite's alone.
    sqlite.values().forEach(columns -> columns.remove(RowDigests.COLUMN));
    Map<String, List<String>> postgres =
        columns(
            TestDatabase.POSTGRESQL,
            "SELECT table_name, column_name FROM information_schema.columns"
                + " WHERE table_schema = 'public'");
    assertThat(sqlite).containsKeys("vms", "facts", "flyway_schema_history");
    assertThat(postgres).isEqualTo(sqlite);
  }

  private Map<String, List<String>> columns(TestDatabase database, String query) throws Exception {
    try (var store = database.open(folder)) {
      return store
          .read(sql -> sql.query(query, row -> Map.entry(row.getString(1), row.getString(2))))
          .stream()
          .collect(
              Collectors.groupingBy(
                  Map.Entry::getKey,
                  TreeMap::new,
                  Collectors.collectingAndThen(
                      Collectors.mapping(Map.Entry::getValue, Collectors.toList()),
                      names -> new ArrayList<>(new TreeSet<>(names)))));
    }
  }

  @Test
  void theNewestMigrationOfEachDatabaseIsTheSchemaThatTheStoreKnows() {
    for (Dialect dialect : Dialect.values()) {
      MigrationInfo[] all = migrations(dialect);
      assertThat(all[all.length - 1].getVersion().getVersion())
          .as(dialect.toString())
          .isEqualTo(Integer.toString(StoreFile.SCHEMA));
    }
  }

  /** Flyway refuses a store whose history has other checksums than the texts. */
  @Test
  void aMigrationThatDataFoldersHaveHadIsNeverChanged() {
    var checksums = new TreeMap<String, Integer>();
    for (MigrationInfo one : migrations(Dialect.SQLITE)) {
      checksums.put(one.getScript(), one.getChecksum());
    }
    assertThat(checksums)
        .containsEntry("V1__start.sql", 1867576591)
        .containsEntry("V2__releases.sql", 2021300891)
        .containsEntry("V3__desktops.sql", 280519267)
        .containsEntry("V4__found_without_a_scan.sql", 892767210)
        .containsEntry("V5__steady_deadlines.sql", 2006855888);
  }

  private MigrationInfo[] migrations(Dialect dialect) {
    return Flyway.configure()
        .dataSource("jdbc:sqlite:" + folder.resolve("none.db"), null, null)
        .locations(dialect.migrations())
        .load()
        .info()
        .all();
  }
}
