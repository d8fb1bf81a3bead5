package dev.visco.api.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.events.CertificateEvents;
import dev.visco.model.Refused;
import dev.visco.settings.TlsFiles;
import dev.visco.store.EventKind;
import dev.visco.store.EventRow;
import dev.visco.store.EventRows;
import dev.visco.store.EventRows.EventQuery;
import dev.visco.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that change while the API runs. */
class CurrentCertificateTest {
  @TempDir private Path folder;
  private Instant now = Instant.now();
  private Store store;
  private EventRows rows;
  private CertificateEvents events;
  private TestCertificate first;
  private TestCertificate second;
  private CurrentCertificate current;

  @BeforeEach
  void open() throws IOException {
    store = Store.open(folder.resolve("data"), "local");
    rows = new EventRows(store, store.host());
    events = new CertificateEvents(rows, () -> now);
    first = TestCertificate.in(folder.resolve("first"));
    second = TestCertificate.in(folder.resolve("second"));
    now = Instant.now(); // Neither is valid before.
    current = CurrentCertificate.unwatched(first.files(), shown(), () -> now, events);
  }

  @AfterEach
  void close() {
    current.close();
    store.close();
  }

  private Path shown() {
    return TlsFiles.shown(folder);
  }

  private static void put(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
  }

  private List<String> told() {
    return rows.after(EventQuery.ALL, 100, 0).stream().map(EventRow::kind).toList();
  }

  private boolean shows(TestCertificate one) {
    return current
        .certificate()
        .leaf()
        .equals(CertificateFiles.read(one.files(), Instant.now()).leaf());
  }

  @Test
  void anotherCertificateIsShownOnceItIsWhole() throws IOException {
    String before = Files.readString(shown());
    current.check();
    assertThat(told()).isEmpty();
    put(second.certificate(), first.certificate());
    current.check();
    assertThat(current.certificate().pem()).as("its key is still to come").isEqualTo(before);
    assertThat(told()).isEmpty();
    put(second.key(), first.key());
    current.check();
    assertThat(shows(second)).isTrue();
    assertThat(told()).containsExactly(EventKind.CERTIFICATE_CHANGED.word());
    assertThat(Files.readString(shown()))
        .as("whoever connects meanwhile knows both")
        .isEqualTo(Files.readString(second.certificate()) + before);
    assertThat(Files.getPosixFilePermissions(shown())).hasSize(2);
  }

  @Test
  void aLinkIsFollowedAsCertbotRenews() throws IOException {
    Path live = folder.resolve("live");
    Files.createSymbolicLink(live, first.certificate().getParent());
    var files =
        new TlsFiles(live.resolve("fullchain.pem"), live.resolve("privkey.pem"), Duration.ZERO);
    current = CurrentCertificate.unwatched(files, shown(), () -> now, events);
    assertThat(shows(first)).isTrue();
    Files.delete(live);
    Files.createSymbolicLink(live, second.certificate().getParent());
    current.check();
    assertThat(shows(second)).isTrue();
  }

  @Test
  void whatCannotBeUsedIsToldOnceAndChangesNothing() throws IOException {
    put(first.certificate(), folder.resolve("kept"));
    Files.delete(first.certificate());
    for (int times = 0; times < 4; times++) {
      current.check();
    }
    assertThat(told()).containsExactly(EventKind.CERTIFICATE_REFUSED.word());
    EventRow event = rows.after(EventQuery.ALL, 1, 0).getFirst();
    assertThat(event.reason()).contains("tls.certificate", "is not there");
    assertThat(current.certificate().names()).contains("localhost");
    put(folder.resolve("kept"), first.certificate());
    current.check();
    put(second.key(), first.key());
    current.check();
    current.check();
    assertThat(told())
        .as("it was well again meanwhile")
        .containsExactly(
            EventKind.CERTIFICATE_REFUSED.word(), EventKind.CERTIFICATE_REFUSED.word());
  }

  @Test
  void oneThatEndsSoonIsToldOnce() {
    now = now.plus(Duration.ofHours(40));
    current.check();
    current.check();
    assertThat(told()).containsExactly(EventKind.CERTIFICATE_EXPIRES.word());
  }

  @Test
  void atTheStartWhatCannotBeUsedIsRefused() throws IOException {
    Files.delete(first.key());
    assertThatThrownBy(
            () -> CurrentCertificate.unwatched(first.files(), shown(), () -> now, events))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("tls.key");
  }
}
