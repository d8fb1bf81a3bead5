package dev.visco.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.VmId;
import dev.visco.store.GrantRow.GrantKind;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class DesktopRowsTest {
  private static final VmId VM = new VmId("vm-00000001");
  private static final VmId OTHER = new VmId("vm-00000002");
  private final TestDatabase database;
  @TempDir Path folder;
  private TestDatabase.Opened store;
  private DesktopRows desktops;

  DesktopRowsTest(TestDatabase database) {
    this.database = database;
  }

  @BeforeEach
  void open() throws Exception {
    store = database.open(folder);
    desktops = new DesktopRows(store, "here");
  }

  @AfterEach
  void close() throws Exception {
    store.close();
  }

  private static GrantRow ticket(boolean viewOnly) {
    return new GrantRow(VM, GrantKind.TICKET, "anna", viewOnly, 100);
  }

  @Test
  void aTicketOpensItsOwnVmOnce() {
    desktops.grant("secret", ticket(true), 1);
    assertThat(desktops.find(VM, GrantKind.TICKET, "secret", 99)).contains(ticket(true));
    assertThat(desktops.find(VM, GrantKind.PAGE, "secret", 99)).isEmpty();
    assertThat(desktops.find(OTHER, GrantKind.TICKET, "secret", 99)).isEmpty();
    assertThat(desktops.find(VM, GrantKind.TICKET, "secret", 100)).as("it has expired").isEmpty();
    assertThat(new DesktopRows(store, "there").redeem(VM, "secret", 99)).isEmpty();
    assertThat(desktops.redeem(VM, "secret", 99)).contains(ticket(true));
    assertThat(desktops.redeem(VM, "secret", 99)).isEmpty();
  }

  @Test
  void aTicketIsExchangedForAPagesKey() {
    desktops.grant("secret", ticket(false), 1);
    assertThat(desktops.exchange(VM, "secret", "key", 500, 50))
        .contains(new GrantRow(VM, GrantKind.PAGE, "anna", false, 500));
    assertThat(desktops.exchange(VM, "secret", "other key", 500, 50)).isEmpty();
    assertThat(desktops.find(VM, GrantKind.PAGE, "key", 499)).isPresent();
    desktops.forget(VM);
    assertThat(desktops.find(VM, GrantKind.PAGE, "key", 499)).isEmpty();
  }

  @Test
  void aBootOfTheHostEndsWhatWasGrantedAndADaemonsStartTheViews() {
    desktops.recover("boot-1", 1, 1000);
    desktops.grant("secret", ticket(false), 1);
    long view = desktops.begin(VM, "anna", "::1", true, 1001);
    assertThat(desktops.recover("boot-1", 2, 1002)).isEqualTo(1);
    assertThat(desktops.find(VM, GrantKind.TICKET, "secret", 2)).isPresent();
    desktops.end(view, 2000);
    assertThat(desktops.views(VM))
        .as("the first end counts")
        .containsExactly(new ViewRow(view, VM, "anna", "::1", true, 1001, 1002L));
    assertThat(desktops.recover("boot-2", 1, 1003)).isZero();
    assertThat(desktops.find(VM, GrantKind.TICKET, "secret", 2)).isEmpty();
  }

  @Test
  void viewsComeInPagesNewestFirst() {
    long first = desktops.begin(VM, "anna", "::1", false, 7);
    long second = desktops.begin(VM, "bert", "::1", false, 7);
    desktops.begin(OTHER, "carl", "::1", false, 7);
    assertThat(second).isGreaterThan(first);
    assertThat(desktops.views(VM)).extracting(ViewRow::id).containsExactly(second, first);
    assertThat(desktops.views(VM, 9, second)).extracting(ViewRow::viewer).containsExactly("anna");
  }
}
