package dev.visco.session;

import dev.visco.host.ResourceText;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.session.DetachedExec.ExecInfo;
import dev.visco.session.DetachedExec.ExecState;
import dev.visco.session.GuestSession.GuestOutput;
import dev.visco.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Commands in a guest that outlive whoever started them. All that is known of them is in the guest,
 * so that the daemon may end and begin meanwhile: a folder each, of which {@code detached-state.sh}
 * tells. Of its output at least the last 512 KiB are kept, and at most 2 MiB, each of standard
 * output and standard error.
 */
public final class DetachedExecs {
  /** How many may run in one guest. */
  public static final int MAX_RUNNING = 64;

  /** How many that have ended are kept; the oldest goes first. */
  public static final int MAX_ENDED = 64;

  /** Where they are in a guest: on its disk, so that its memory is not filled by output. */
  private static final String FOLDER = "/var/lib/visco/execs";

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int TOO_MANY = 75;
  private static final int RUNS = 3;
  private static final int NONE = 4;

  private static final String STATE = ResourceText.of(DetachedExecs.class, "detached-state.sh");
  private static final String START =
      STATE + ResourceText.of(DetachedExecs.class, "detached-start.sh");
  private static final String WATCH = ResourceText.of(DetachedExecs.class, "detached-watch.sh");
  private static final String LIST =
      STATE + ResourceText.of(DetachedExecs.class, "detached-list.sh");
  private static final String REMOVE =
      STATE + ResourceText.of(DetachedExecs.class, "detached-remove.sh");

  private final String folder;
  private final InstantSource clock;
  private final RandomGenerator random;

  public DetachedExecs(InstantSource clock, RandomGenerator random) {
    this(FOLDER, clock, random);
  }

  /**
   * @param folder where they are in a guest
   */
  public DetachedExecs(String folder, InstantSource clock, RandomGenerator random) {
    this.folder = folder;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Starts a command, and returns as soon as the guest runs it.
   *
   * @param input what it reads from standard input
   * @param timeout for how long it may run, in whole seconds, else rounded up; null for as long as
   *     it likes
   * @throws Refused when too many run
   * @throws IOException when the guest could not start it, or the connection broke
   */
  public DetachedExec start(
      GuestSession session, GuestCommand command, byte[] input, @Nullable Duration timeout)
      throws IOException {
    return start(session, command, Map.of(), input, timeout, null);
  }

  /**
   * The same for a tool.
   *
   * @param secrets further variables, which are in no argument and no file; values without line
   *     ends and NUL
   * @param prompt the provider of a tool that answers a prompt; null for any other command
   */
  public DetachedExec start(
      GuestSession session,
      GuestCommand command,
      Map<String, byte[]> secrets,
      byte[] input,
      @Nullable Duration timeout,
      @Nullable String prompt)
      throws IOException {
    Instant now = clock.instant();
    ExecId id = ExecId.next(now, random);
    ExecInfo info = ExecInfo.of(command, now, prompt);
    List<String> words =
        List.of(
            "sh",
            "-c",
            START,
            "visco",
            folder,
            id.value(),
            WATCH,
            ShellQuoting.line(mark(id).on(command)),
            timeout == null ? "" : Long.toString(timeout.plusMillis(999).toSeconds()),
            ProcessMark.KILL,
            Integer.toString(MAX_RUNNING),
            Integer.toString(MAX_ENDED),
            Integer.toString(secrets.size()));
    byte[] all = withInfo(secrets, info, input);
    try (GuestOutput said = run(session, words, all)) {
      if (said.exitCode() == TOO_MANY) {
        throw new Refused(
            new Refusal.LimitReached(
                "execs",
                MAX_RUNNING + " commands run detached in this VM already.",
                "Wait until one of them has ended, or end one."));
      }
      require(said, "start a command detached");
    } finally {
      Arrays.fill(all, (byte) 0);
    }
    return new DetachedExec(id, info, ExecState.RUNNING, null, false, null);
  }

  private static byte[] withInfo(Map<String, byte[]> secrets, ExecInfo info, byte[] input) {
    var all = new ByteArrayOutputStream();
    secrets.forEach((name, value) -> {
      all.writeBytes((name + "=").getBytes(StandardCharsets.UTF_8));
      all.writeBytes(value);
      all.write('\n');
    });
    all.writeBytes((Json.line(info).strip() + "\n").getBytes(StandardCharsets.UTF_8));
    all.writeBytes(input);
    return all.toByteArray();
  }

  private static ProcessMark mark(ExecId id) {
    return new ProcessMark(id.value());
  }

  private static GuestOutput run(GuestSession session, List<String> words, byte[] input)
      throws IOException {
    return session.exec(words, input, LIMIT);
  }

  private static void require(GuestOutput said, String what) throws IOException {
    if (said.exitCode() != 0) {
      throw new IOException(
          "the guest could not "
              + what
              + ": "
              + new String(said.error(), StandardCharsets.UTF_8).strip());
    }
  }

  /** All of a guest, newest first. */
  public List<DetachedExec> list(GuestSession session) throws IOException {
    return list(session, "").reversed();
  }

  private List<DetachedExec> list(GuestSession session, String id) throws IOException {
    List<String> words = List.of("sh", "-c", LIST, "visco", folder, id);
    try (GuestOutput said = run(session, words, new byte[0])) {
      require(said, "list its commands");
      var all = new ArrayList<DetachedExec>();
      new String(said.output(), StandardCharsets.UTF_8)
          .lines()
          .forEach(line -> parsed(line).ifPresent(all::add));
      return all;
    }
  }

  /** A line of {@code detached-list.sh}; empty when it is none, since a guest may say anything. */
  private static Optional<DetachedExec> parsed(String line) {
    String[] words = line.split(" ", 6);
    if (words.length < 6 || !ExecId.isOne(words[0])) {
      return Optional.empty();
    }
    try {
      ExecState state =
          switch (words[1]) {
            case "running" -> ExecState.RUNNING;
            case "exited" -> ExecState.EXITED;
            default -> ExecState.LOST;
          };
      boolean isOver = state == ExecState.EXITED;
      return Optional.of(
          new DetachedExec(
              new ExecId(words[0]),
              Json.read(words[5], ExecInfo.class),
              state,
              isOver ? Integer.valueOf(words[2]) : null,
              words[4].equals("yes"),
              isOver ? Instant.ofEpochSecond(Long.parseLong(words[3])) : null));
    } catch (JacksonException | java.time.DateTimeException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * One of them.
   *
   * @throws Refused when the guest has none of that id
   */
  public DetachedExec find(GuestSession session, ExecId id) throws IOException {
    return list(session, id.value()).stream()
        .filter(one -> one.id().equals(id))
        .findFirst()
        .orElseThrow(() -> missing(id));
  }

  private static Refused missing(ExecId id) {
    return new Refused(
        new Refusal.NotFound(
            "command", id.value(), "Ask for the list of the VM's commands; old ones are removed."));
  }

  /**
   * Sends a signal to a command and its children.
   *
   * @throws Refused when there is none of that id, or it does not run
   */
  public void signal(GuestSession session, ExecId id, String signal) throws IOException {
    String name = GuestSignals.known(signal);
    if (find(session, id).state() != ExecState.RUNNING) {
      throw ended(id);
    }
    try (GuestOutput said = run(session, mark(id).kill(name), new byte[0])) {
      if (said.exitCode() != 0) {
        throw ended(id);
      }
    }
  }

  private static Refused ended(ExecId id) {
    return new Refused(
        new Refusal.Conflict(
            "The command " + id + " has ended.", "Ask for it: its exit code is kept."));
  }

  /**
   * Removes what is kept of a command that has ended.
   *
   * @throws Refused when there is none of that id, or it runs
   */
  public void remove(GuestSession session, ExecId id) throws IOException {
    List<String> words = List.of("sh", "-c", REMOVE, "visco", folder, id.value());
    try (GuestOutput said = run(session, words, new byte[0])) {
      switch (said.exitCode()) {
        case RUNS ->
            throw new Refused(
                new Refusal.Conflict(
                    "The command " + id + " runs.", "End it first, by the signal KILL."));
        case NONE -> throw missing(id);
        default -> require(said, "remove what is kept of a command");
      }
    }
  }

  /** What it writes, to be read by the files of the same session. */
  public DetachedOutput output(ExecId id) {
    return new DetachedOutput(folder + "/" + id);
  }
}
