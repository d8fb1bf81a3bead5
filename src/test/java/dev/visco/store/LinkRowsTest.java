package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import dev.visco.model.TokenRole;
import dev.visco.model.VmId;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LinkRowsTest {
  private static final String HOST = "local";
  private static final VmId VM = new VmId("vm-00000001");
  private static final VmId OTHER = new VmId("vm-00000002");
  @TempDir private Path folder;

  private static LinkRow link(String id, VmId vm, @Nullable String token, long expires) {
    return new LinkRow(id, vm, 80, "laptop", token, 0, expires);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aLinkIsFoundByItsSecretForItsVmAndPortUntilItsEnd(TestDatabase database) throws Exception {
    try (var store = database.open(folder)) {
      var rows = new LinkRows(store, HOST);
      LinkRow link = link("link-1", VM, null, 100);
      rows.add(link, "secret", 0);
      assertThat(rows.find(VM, 80, "secret", 99)).contains(link);
      assertThat(rows.isThere("link-1", 99)).isTrue();
      assertThat(rows.find(VM, 80, "secret", 100)).isEmpty();
      assertThat(rows.isThere("link-1", 100)).isFalse();
      assertThat(rows.find(VM, 81, "secret", 0)).isEmpty();
      assertThat(rows.find(OTHER, 80, "secret", 0)).isEmpty();
      assertThat(rows.find(VM, 80, "other", 0)).isEmpty();
      assertThat(new LinkRows(store, "elsewhere").find(VM, 80, "secret", 0)).isEmpty();
      assertThat(store.one("SELECT digest FROM links")).doesNotContain("secret");
      assertThat(rows.remove(OTHER, "link-1")).isFalse();
      assertThat(rows.remove(VM, "link-1")).isTrue();
      assertThat(rows.find(VM, 80, "secret", 0)).isEmpty();
      assertThat(rows.remove(VM, "link-1")).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void linksGoWithTheirVmAndAVmHasOnlySoMany(TestDatabase database) throws Exception {
    try (var store = database.open(folder)) {
      var rows = new LinkRows(store, HOST);
      for (int at = 0; at < LinkRows.MAX; at++) {
        rows.add(link("link-" + at, VM, null, 100), "secret" + at, 0);
      }
      assertThatThrownBy(() -> rows.add(link("link-x", VM, null, 100), "x", 99))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("has 64 links");
      rows.add(link("link-y", OTHER, null, 200), "y", 99);
      rows.add(link("link-x", VM, null, 200), "x", 100);
      assertThat(rows.list(VM, 100)).extracting(LinkRow::id).containsExactly("link-x");
      assertThat(store.one("SELECT count(*) FROM links")).as("expired rows go").isEqualTo("2");
      rows.forget(VM);
      assertThat(rows.list(VM, 0)).isEmpty();
      assertThat(rows.list(OTHER, 100)).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void linksGoWithTheirToken(TestDatabase database) throws Exception {
    try (var store = database.open(folder)) {
      var tokens = new TokenRows(store, HOST);
      tokens.add("token", "laptop", TokenRole.ADMIN, null, false, null, 0);
      var rows = new LinkRows(store, HOST);
      rows.add(link("link-1", VM, Secrets.digest("token"), 100), "a", 0);
      rows.add(link("link-2", VM, null, 100), "b", 0);
      tokens.revoke("laptop", 1);
      assertThat(rows.list(VM, 1)).extracting(LinkRow::id).containsExactly("link-2");
    }
  }
}
