package dev.visco.lifecycle.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.SteadyClock;
import dev.visco.model.Ipv4;
import dev.visco.network.Uplink;
import dev.visco.store.EventRows;
import dev.visco.store.EventRows.EventQuery;
import dev.visco.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host whose resolv.conf changes while the daemon runs. */
class NameserverMonitorTest {
  @TempDir private Path folder;
  private final List<String> followed = new ArrayList<>();
  private Path resolvConf;
  private Uplink guests = new Uplink(Ipv4.of("nameserver", "192.0.2.53"));
  private Store store;
  private EventRows events;
  private NameserverMonitor watch;

  @BeforeEach
  void open() throws IOException {
    resolvConf = folder.resolve("resolv.conf");
    says("nameserver 192.0.2.53\n");
    store = Store.open(folder.resolve("data"));
    events = new EventRows(store, "local");
    watch =
        new NameserverMonitor(
            () -> Uplink.read(List.of(resolvConf)),
            () -> guests,
            this::follow,
            events,
            InstantSource.system(),
            SteadyClock.ofHost());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void follow(Uplink next) {
    guests = next;
    followed.add(next.nameserver().toString());
  }

  private void says(String text) throws IOException {
    Files.writeString(resolvConf, text);
  }

  @Test
  void aNameserverThatStaysIsNoNews() {
    watch.check();
    assertThat(followed).isEmpty();
    assertThat(events.before(EventQuery.ALL, 10, Long.MAX_VALUE)).isEmpty();
  }

  @Test
  void guestsFollowEachChangeOnceAndItIsToldInAnEvent() throws IOException {
    says("nameserver 10.8.0.1\nnameserver 192.0.2.53\n");
    watch.check();
    watch.check();
    assertThat(followed).containsExactly("10.8.0.1");
    assertThat(events.before(EventQuery.ALL, 10, Long.MAX_VALUE))
        .singleElement()
        .satisfies(event -> {
          assertThat(event.kind()).isEqualTo("nameserver-changed");
          assertThat(event.text()).contains("10.8.0.1 instead of 192.0.2.53");
        });
  }

  @Test
  void aFileThatIsEmptyGoneOrNamesLoopbackAloneChangesNothing() throws IOException {
    for (String text : List.of("", "nameserver 127.0.0.53\n", "search example.test\n")) {
      says(text);
      watch.check();
    }
    Files.delete(resolvConf);
    watch.check();
    assertThat(followed).isEmpty();
  }
}
