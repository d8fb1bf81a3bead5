package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest.Answer;
import dev.visco.api.http.Route;
import dev.visco.events.EventLog;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.NewEvent;
import dev.visco.store.Store;
import dev.visco.wire.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Events as their callers see them: a list, and a stream that loses none. */
@Timeout(60)
class EventRoutesTest {
  private static final String STREAM = "text/event-stream";
  private static final String OF_STREAMS = "visco.api.streams{kind=events}";
  @TempDir private Path folder;
  private Store store;
  private EventRows events;
  private ApiUnderTest api;

  @BeforeEach
  void start() {
    store = Store.open(folder.resolve("data"));
    events = new EventRows(store, "local");
    api =
        ApiUnderTest.start(
            folder,
            new EventRoutes(
                    new EventLog(events, store.events()),
                    Duration.ofMillis(50),
                    Duration.ofSeconds(1))
                .routes()
                .toArray(Route[]::new));
  }

  @AfterEach
  void end() {
    api.close();
    store.close();
  }

  private void notes(int count) {
    for (int one = 0; one < count; one++) {
      events.add(EventKind.NOTE, null, "a note", 7); // All of one millisecond.
    }
  }

  private void of(String user, EventKind kind, String vm, long at) {
    events.add(NewEvent.of(kind, "Something happened.").vm(vm).owner(user), at);
  }

  private List<Long> ids(String target) throws Exception {
    var ids = new ArrayList<Long>();
    Answer answer = api.get(target);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    answer.json().forEach(event -> ids.add(event.path("id").asLong()));
    return ids;
  }

  /** As many as were missed when only the newest of them were told. */
  @Test
  void whoGoesOnAfterTheLastEventItHasMissesNone() throws Exception {
    notes(250);
    var seen = new ArrayList<Long>();
    for (String next = "/api/events?after=3&limit=100"; !next.isEmpty(); ) {
      Answer page = api.get(next);
      page.json().forEach(event -> seen.add(event.path("id").asLong()));
      assertThat(page.json()).hasSizeLessThanOrEqualTo(100);
      next = page.next();
    }
    assertThat(seen).isEqualTo(LongStream.rangeClosed(4, 250).boxed().toList());
    var newest = new ArrayList<Long>();
    for (String next = "/api/events"; !next.isEmpty(); next = api.get(next).next()) {
      newest.addAll(ids(next));
    }
    assertThat(newest)
        .isEqualTo(LongStream.rangeClosed(1, 250).map(id -> 251 - id).boxed().toList());
    assertThat(ids("/api/events?after=250")).isEmpty();
  }

  @Test
  void filtersGoTogether() throws Exception {
    of("u", EventKind.VM_READY, "vm-00000001", 1000);
    of("u", EventKind.VM_STOPPED, "vm-00000001", 2000);
    of("v", EventKind.VM_READY, "vm-00000002", 3000);
    of("u", EventKind.VOLUME_CREATED, "vm-00000001", 4000);
    assertThat(ids("/api/events?user=u")).containsExactly(4L, 2L, 1L);
    assertThat(ids("/api/events?vm=vm-00000002")).containsExactly(3L);
    assertThat(ids("/api/events?kind=vm-ready")).containsExactly(3L, 1L);
    assertThat(ids("/api/events?kind=vm")).containsExactly(3L, 2L, 1L);
    assertThat(ids("/api/events?kind=volume,vm-stopped&after=0")).containsExactly(2L, 4L);
    assertThat(ids("/api/events?since=1970-01-01T00:00:03Z")).containsExactly(4L, 3L);
    assertThat(ids("/api/events?user=u&kind=vm&since=1970-01-01T00:00:02Z")).containsExactly(2L);
    assertThat(ids("/api/events?user=nobody")).isEmpty();
    assertThat(api.get("/api/events?vm=no-such-name").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "after=x,after",
    "limit=0,limit",
    "after=1&before=9,before",
    "kind=vm-exploded,kind",
    "kind=,kind",
    "since=yesterday,since",
    "colour=red,colour"
  })
  void whatIsWrongIsRefusedByItsName(String query, String field) throws Exception {
    Answer answer = api.get("/api/events?" + query);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.field("field")).isEqualTo(field);
  }

  @ParameterizedTest
  @CsvSource({"limit=5,limit", "before=9,before", "kind=nothing,kind"})
  void aStreamHasNoPages(String query, String field) throws Exception {
    Answer answer = api.send("GET", "/api/events?" + query, "", "Accept", STREAM);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.field("field")).isEqualTo(field);
  }

  @Test
  void aStreamGoesOnAfterAnIdAlone() throws Exception {
    Answer answer =
        api.send("GET", "/api/events", "", "Accept", STREAM, "Last-Event-ID", "the last one");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.field("field")).isEqualTo("Last-Event-ID");
  }

  @Test
  void aUserSeesWhatIsTheirsAndNoNamesOfOperators() throws Exception {
    of("u", EventKind.VM_READY, "vm-00000001", 1);
    of("v", EventKind.VM_READY, "vm-00000002", 2);
    notes(1);
    new dev.visco.model.Caller("root-phone", null, null)
        .run(() -> of("u", EventKind.VM_STOPPING, "vm-00000001", 3));
    new dev.visco.model.Caller("laptop", null, "u")
        .run(() -> of("u", EventKind.VM_STARTING, "vm-00000001", 4));
    String[] user = {"Authorization", "Bearer " + ApiUnderTest.USERS_TOKEN};
    JsonNode theirs = api.bare("GET", "/api/events", "", user).json();
    assertThat(theirs.findValuesAsString("kind"))
        .containsExactly("vm-starting", "vm-stopping", "vm-ready");
    assertThat(theirs.findValuesAsString("caller")).containsExactly("laptop", "operator");
    assertThat(api.bare("GET", "/api/events?user=v", "", user).field("field")).isEqualTo("user");
    assertThat(api.bare("GET", "/api/events?vm=vm-00000002", "", user).json()).isEmpty();
    assertThat(api.get("/api/events").json().findValuesAsString("caller"))
        .containsExactly("laptop", "root-phone");
  }

  /** One client's stream of events. */
  private final class Stream implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader lines;

    Stream(String target, String... headers) throws IOException {
      var all = new ArrayList<>(List.of("Accept: " + STREAM));
      all.addAll(List.of(headers));
      socket = api.open("GET " + target, all.toArray(String[]::new));
      lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      await(": events of Visco");
    }

    /** Reads up to this line. */
    void await(String wanted) throws IOException {
      for (String line = lines.readLine(); !wanted.equals(line); line = lines.readLine()) {
        assertThat(line).as("before the end").isNotNull();
      }
    }

    /** The next event's document. */
    JsonNode next() throws IOException {
      String line = lines.readLine();
      String id = "";
      String kind = "";
      while (!line.startsWith("data: ")) {
        id = line.startsWith("id: ") ? line.substring(4) : id;
        kind = line.startsWith("event: ") ? line.substring(7) : kind;
        line = lines.readLine();
      }
      JsonNode event = Json.read(line.substring(6), JsonNode.class);
      assertThat(id).isEqualTo(event.path("id").asString());
      assertThat(kind).isEqualTo(event.path("kind").asString());
      return event;
    }

    List<Long> ids(int count) throws IOException {
      var ids = new ArrayList<Long>();
      while (ids.size() < count) {
        ids.add(next().path("id").asLong());
      }
      return ids;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void aStreamTellsWhatHappensFromNowOn() throws Exception {
    notes(3);
    try (var stream = new Stream("/api/events")) {
      events.add(EventKind.DISK_ROOM, null, "There is little room.", 9);
      JsonNode event = stream.next();
      assertThat(event.path("id").asLong()).isEqualTo(4);
      assertThat(event.path("text").asString()).isEqualTo("There is little room.");
      stream.await(": heart beat");
      notes(1);
      assertThat(stream.ids(1)).containsExactly(5L);
    }
    Awaitility.await().until(() -> api.metric(OF_STREAMS) == 0);
  }

  @Test
  void whoComesBackGetsWhatItMissedAndThenWhatCame() throws Exception {
    notes(230);
    try (var stream = new Stream("/api/events", "Last-Event-ID: 5")) {
      assertThat(stream.ids(225)).isEqualTo(LongStream.rangeClosed(6, 230).boxed().toList());
      notes(2);
      assertThat(stream.ids(2)).containsExactly(231L, 232L);
    }
    try (var stream = new Stream("/api/events?after=230")) {
      assertThat(stream.ids(2)).containsExactly(231L, 232L);
    }
  }

  @Test
  void aStreamIsFilteredToo() throws Exception {
    of("u", EventKind.VM_READY, "vm-00000001", 1000);
    try (var stream = new Stream("/api/events?kind=vm&since=1970-01-01T00:00:01Z")) {
      notes(150);
      of("u", EventKind.VM_STOPPED, "vm-00000001", 2000);
      assertThat(stream.ids(2)).containsExactly(1L, 152L);
    }
  }

  /** What is written meanwhile by several threads comes once, and in order. */
  @Test
  void nothingIsLostOrToldTwiceWhileManyWrite() throws Exception {
    try (var stream = new Stream("/api/events?after=0")) {
      var threads = new ArrayList<Thread>();
      for (int one = 0; one < 4; one++) {
        threads.add(Thread.ofVirtual().start(() -> notes(50)));
      }
      assertThat(stream.ids(200)).isEqualTo(LongStream.rangeClosed(1, 200).boxed().toList());
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  /** Its connection ends, and what it holds of the daemon with it; it may come back. */
  @Test
  void aClientThatTakesNothingIsLetGo() throws Exception {
    String text = "x".repeat(100_000);
    for (int one = 0; one < 200; one++) {
      events.add(EventKind.NOTE, null, text, 7);
    }
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(new java.net.InetSocketAddress("127.0.0.1", api.port()));
      socket
          .getOutputStream()
          .write(
              ("GET /api/events?after=0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                      + ApiUnderTest.TOKEN
                      + "\r\nAccept: text/event-stream\r\n\r\n")
                  .getBytes(StandardCharsets.UTF_8));
      Awaitility.await().until(() -> api.metric(OF_STREAMS) == 1);
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> api.metric(OF_STREAMS) == 0);
    }
    assertThat(api.get("/api/events?limit=1").status()).isEqualTo(200);
  }
}
