package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.EventFormat;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Route;
import dev.visco.api.http.Streams;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.session.FileChanges;
import dev.visco.session.FileChanges.Change;
import dev.visco.session.FileScan;
import dev.visco.session.GuestFiles;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.FileEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/vms/{id}/files/watch}: tells what happens to files of a guest, as it happens. */
final class FileWatch {
  /** For the first look, of many files by a slow guest. */
  private static final Duration FIRST = Duration.ofMinutes(2);

  private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

  /** Events that wait for the client; with more, the guest waits. */
  private static final int MAX_WAITING = 1000;

  private final VmService vms;

  FileWatch(VmService vms) {
    this.vms = vms;
  }

  Route route() {
    return Route.user("GET", "/api/vms/{id}/files/watch", this::watch)
        .named("watchFiles", "Tells what happens to files of the guest, until the client leaves.")
        .asking(
            FileRoutes.PATH, QueryParameter.flag("recursive", "all that is in its folders, too"))
        .answering(200, EventFormat.NDJSON.of(FileEvent.class), "what happens")
        .answering(200, EventFormat.SSE.of(FileEvent.class), "the same as server-sent events")
        .openingGuest();
  }

  private void watch(Exchange exchange) throws IOException, GuestUnreachable {
    String path = FileRoutes.path(exchange);
    boolean isDeep = exchange.isTrue("recursive");
    EventFormat format = EventFormat.accepted(exchange).orElse(EventFormat.NDJSON);
    try (Streams.Stream client = exchange.waiting("watch");
        GuestSession session = vms.session(exchange.vm(), FileRoutes.CONNECT)) {
      requireFile(session, path);
      var watching = new Watching(path, client);
      try (GuestProcess process = FileScan.start(session, path, isDeep, watching.looks());
          watching) {
        Thread.ofVirtual().name("end of a watch").start(() -> watching.ends(process));
        FileEvent first = watching.first();
        exchange.stream(format.type(), out -> watching.follow(format, first, out));
      }
    }
  }

  private static void requireFile(GuestSession session, String path) throws IOException {
    try (GuestFiles files = session.files()) {
      files.linkStat(path);
    } catch (IOException e) {
      throw FileRoutes.told(e);
    }
  }

  /** One watch: the guest's side writes its events, and the client's reads them. */
  private static final class Watching implements AutoCloseable {
    private final String path;
    private final Streams.Stream client;
    private final BlockingQueue<FileEvent> events = new ArrayBlockingQueue<>(MAX_WAITING);
    private boolean hasBegun;
    private volatile boolean isClosed;
    private volatile @Nullable String fault;

    Watching(String path, Streams.Stream client) {
      this.path = path;
      this.client = client;
    }

    OutputStream looks() {
      var looks = new FileLooks(this::looked);
      return new dev.visco.host.BlockOutput() {
        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          try {
            looks.write(bytes, offset, length);
          } catch (FileLooks.NoLook e) {
            fault = e.getMessage();
            throw e;
          }
        }
      };
    }

    private void looked(String by, int entries, Iterable<Change> changes) throws IOException {
      if (!hasBegun) {
        hasBegun = true;
        put(FileEvent.watching(path, by.equals("inotify") ? by : "poll", entries));
      }
      for (Change change : changes) {
        put(event(change));
      }
      client.wake();
    }

    /** Waits while the client reads slowly. */
    private void put(FileEvent event) throws IOException {
      try {
        while (!events.offer(event, 1, TimeUnit.SECONDS)) {
          if (isClosed) {
            throw new IOException("the client has gone");
          }
          client.wake();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }

    void ends(GuestProcess process) {
      String why;
      try {
        int code = process.waitFor();
        why =
            code == FileScan.NO_FIND
                ? "the guest has no find and stat by which files can be watched"
                : "what watches the files in the guest was ended";
      } catch (IOException e) {
        why = "the connection to the guest broke: " + e.getMessage();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      if (fault == null) {
        fault = why;
      }
      client.wake();
    }

    /** Before anything is answered: what cannot be watched is refused. */
    FileEvent first() {
      long end = System.nanoTime() + FIRST.toNanos();
      while (true) {
        FileEvent event = events.poll();
        if (event != null) {
          return event;
        }
        String why = fault;
        if (why != null || System.nanoTime() - end > 0 || client.isLeft()) {
          throw new Refused(
              new Refusal.Conflict(
                  path + " cannot be watched: " + (why == null ? "it takes too long" : why) + ".",
                  "Watch a folder with less in it, or without what is in its folders. The guest"
                      + " needs findutils, or busybox with find and stat."));
        }
        client.await(Duration.ofSeconds(1));
      }
    }

    void follow(EventFormat format, FileEvent first, OutputStream out) throws IOException {
      write(format, first, out);
      while (!client.isLeft()) {
        FileEvent event = events.poll();
        if (event != null) {
          write(format, event, out);
        } else if (fault != null) {
          write(format, FileEvent.error(path, fault + ""), out);
          return;
        } else if (!client.await(KEEP_ALIVE)) {
          out.write(format.keepAlive());
          out.flush();
        }
      }
    }

    private static void write(EventFormat format, FileEvent event, OutputStream out)
        throws IOException {
      out.write(format.event(event.type(), event));
      out.flush();
    }

    @Override
    public void close() {
      isClosed = true;
      events.clear();
    }
  }

  private static FileEvent event(Change change) {
    byte[] bytes = FileChanges.bytes(change.path());
    Optional<String> exact = utf8(bytes);
    boolean isGone = change.kind() == FileChanges.ChangeKind.REMOVED;
    FileChanges.Entry entry = change.entry();
    return new FileEvent(
        change.kind().name().toLowerCase(Locale.ROOT),
        new String(bytes, StandardCharsets.UTF_8),
        exact.isPresent() ? null : bytes,
        change.from() == null
            ? null
            : new String(FileChanges.bytes(change.from()), StandardCharsets.UTF_8),
        entry.kind().name().toLowerCase(Locale.ROOT),
        isGone ? null : entry.size(),
        isGone ? null : "%04o".formatted(entry.mode()),
        isGone ? null : entry.modified(),
        null,
        null,
        null);
  }

  private static Optional<String> utf8(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
