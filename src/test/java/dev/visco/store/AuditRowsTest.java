package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.TokenRole;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class AuditRowsTest {
  private static final AuditRows.Query ALL = new AuditRows.Query(null, null, 0);
  private final TestDatabase database;
  @TempDir private Path folder;
  private TestDatabase.Opened store;
  private AuditRows audit;

  AuditRowsTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
    audit = new AuditRows(store, "here");
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  private static AuditRow entry(long at, @Nullable String owner, @Nullable String vm) {
    return new AuditRow(
        0,
        at,
        "root",
        TokenRole.ADMIN,
        owner,
        "127.0.0.1:4711",
        "DELETE",
        "/api/vms/{id}",
        "/api/vms/x",
        vm,
        null);
  }

  private List<Long> times(AuditRows.Query query) {
    return audit.page(query, 10, Long.MAX_VALUE).stream().map(AuditRow::at).toList();
  }

  @Test
  void whatBeganIsThereBeforeItHasEnded() {
    long id = audit.begin(entry(5, "anna", "vm-00000001"));
    AuditRow begun = audit.page(ALL, 10, Long.MAX_VALUE).getFirst();
    assertThat(begun)
        .isEqualTo(
            new AuditRow(
                id,
                5,
                "root",
                TokenRole.ADMIN,
                "anna",
                "127.0.0.1:4711",
                "DELETE",
                "/api/vms/{id}",
                "/api/vms/x",
                "vm-00000001",
                null));
    audit.end(id, 202, null, null);
    AuditRow ended = audit.page(ALL, 10, Long.MAX_VALUE).getFirst();
    assertThat(ended.status()).isEqualTo(202);
    assertThat(ended.vm()).as("stays").isEqualTo("vm-00000001");
    assertThat(ended.owner()).as("stays").isEqualTo("anna");
  }

  @Test
  void whatItTurnedOutToBeAboutIsAdded() {
    audit.end(audit.begin(entry(5, null, null)), 202, "bert", "vm-00000002");
    AuditRow ended = audit.page(ALL, 10, Long.MAX_VALUE).getFirst();
    assertThat(ended.owner()).isEqualTo("bert");
    assertThat(ended.vm()).isEqualTo("vm-00000002");
  }

  @Test
  void itIsFoundByUserByVmAndByTime() {
    audit.begin(entry(1, "anna", "vm-00000001"));
    audit.begin(entry(2, "bert", "vm-00000002"));
    audit.begin(entry(3, "anna", "vm-00000003"));
    new AuditRows(store, "elsewhere").begin(entry(4, "anna", "vm-00000001"));
    assertThat(times(ALL)).containsExactly(3L, 2L, 1L);
    assertThat(times(new AuditRows.Query("anna", null, 0))).containsExactly(3L, 1L);
    assertThat(times(new AuditRows.Query(null, "vm-00000002", 0))).containsExactly(2L);
    assertThat(times(new AuditRows.Query("anna", null, 2))).containsExactly(3L);
    assertThat(times(new AuditRows.Query("carl", null, 0))).isEmpty();
  }

  @Test
  void aPageGoesOnBeforeTheOneAfter() {
    for (long at = 1; at <= 5; at++) {
      audit.begin(entry(at, null, null));
    }
    List<AuditRow> first = audit.page(ALL, 2, Long.MAX_VALUE);
    assertThat(first).extracting(AuditRow::at).containsExactly(5L, 4L);
    assertThat(audit.page(ALL, 2, first.getLast().id()))
        .extracting(AuditRow::at)
        .containsExactly(3L, 2L);
  }

  @Test
  void aDesktopsLinkHasNoRole() {
    audit.begin(
        new AuditRow(
            0, 1, "anna", null, "anna", "::1", "WEBSOCKET", "/r", "/p", "vm-00000001", null));
    assertThat(audit.page(ALL, 1, Long.MAX_VALUE).getFirst().role()).isNull();
  }
}
