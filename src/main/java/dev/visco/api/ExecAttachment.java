package dev.visco.api;

import dev.visco.api.http.Streams;
import dev.visco.model.Refused;
import dev.visco.session.DetachedExec;
import dev.visco.session.DetachedExec.ExecState;
import dev.visco.session.DetachedExecs;
import dev.visco.session.DetachedOutput;
import dev.visco.session.ExecId;
import dev.visco.session.GuestFiles;
import dev.visco.session.GuestSession;
import dev.visco.wire.ExecEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;

/** One client that reads the output of a command which runs detached. */
final class ExecAttachment {
  /** How often the guest's files are looked at. */
  private static final Duration POLL = Duration.ofMillis(250);

  /** Silent looks after which it is asked whether the command still runs: three seconds. */
  private static final int SILENT = 12;

  private final DetachedExecs execs;
  private final GuestSession session;
  private final ExecId id;
  private final DetachedOutput output;
  private final Streams.Stream client;
  private int silent;

  ExecAttachment(
      DetachedExecs execs,
      GuestSession session,
      ExecId id,
      DetachedOutput output,
      Streams.Stream client) {
    this.execs = execs;
    this.session = session;
    this.id = id;
    this.output = output;
    this.client = client;
  }

  /**
   * Tells what was written, and how it ended if it has.
   *
   * @param follows whether to go on until it has ended or the client leaves
   */
  void tell(ExecSink events, boolean follows) throws IOException {
    try (GuestFiles files = session.files()) {
      events.flush();
      boolean isOver = read(files, events);
      while (follows && !isOver && !client.isLeft()) {
        client.await(POLL);
        isOver = read(files, events) || isLost(events);
      }
      DetachedExec now = execs.find(session, id);
      if (now.state() != ExecState.RUNNING) {
        read(files, events);
        events.tell(ending(now));
      }
    } catch (Refused e) {
      events.tell(ExecEvent.broken(e.getMessage() + ""));
    } catch (IOException e) {
      // It is the guest's, or the client has gone and takes no news of it either.
      events.tell(ExecEvent.broken(e.getMessage() + ""));
    }
  }

  /** Whether it has written nothing for some time, and does not run any more. */
  private boolean isLost(ExecSink events) throws IOException {
    if (silent < SILENT) {
      return false;
    }
    silent = 0;
    events.flush();
    return execs.find(session, id).state() != ExecState.RUNNING;
  }

  private boolean read(GuestFiles files, ExecSink events) throws IOException {
    silent++;
    return output.read(
        files,
        (isError, bytes, next) -> {
          silent = 0;
          events.tell(ExecEvent.said(isError ? ExecEvent.ERRORS : ExecEvent.OUTPUT, bytes, next));
        });
  }

  private static ExecEvent ending(DetachedExec now) {
    return now.state() == ExecState.LOST
        ? ExecEvent.broken("The guest was restarted before the command had ended.")
        : ExecEvent.exit(Objects.requireNonNull(now.exitCode()), now.isTimedOut());
  }
}
