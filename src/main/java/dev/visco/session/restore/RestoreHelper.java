package dev.visco.session.restore;

import dev.visco.host.ResourceText;
import dev.visco.model.GuestText;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.session.GuestShell;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Gives a guest that goes on from a snapshot randomness of its own, and the right time. A small
 * program is sent into the guest and runs there, since no tool that guests usually have makes the
 * kernel use new randomness at once: without {@code RNDRESEEDCRNG} (random(4), since Linux 4.14)
 * all guests of one snapshot draw the same numbers for up to a minute. Nothing of it is left.
 *
 * <p>It answers questions of 56 bytes: the time to set ({@code struct timespec}; zero leaves the
 * clock), and {@code struct rand_pool_info} with 32 bytes of randomness (no bits: none; a negative
 * number of them: there are no further questions). Each answer has 48 bytes: 16 random ones from
 * before, 16 from after, and the clock.
 */
public final class RestoreHelper {
  private static final String PROGRAM = "helper.txt";
  private static final int QUESTION = 56;
  private static final int ANSWER = 48;
  private static final int SEED = 32;
  private static final int SAMPLE = 16;

  /** How often the clock is set at most, until it is exact. */
  private static final int MAX_ROUNDS = 8;

  /** What is exact enough: a fifth of what a clock may be wrong by. */
  private static final Duration EXACT = Duration.ofMillis(100);

  private static final long LOADED_AT = 0x400000;
  private static final int ELF_HEADER = 64;
  private static final int PROGRAM_HEADER = 56;

  /** Exit codes of the program, in words. */
  private static final List<String> FAILURES =
      List.of(
          "getrandom(2) gave no randomness",
          "its clock could not be set",
          "it took no new randomness (RNDADDENTROPY)",
          "it did not use new randomness at once (RNDRESEEDCRNG, which Linux has since 4.14)",
          "it could not answer");

  private static final int FIRST_FAILURE = 3;

  /**
   * Some file systems of a guest may forbid programs (exit code 126), so it is tried in one folder
   * after the other. The shell writes the program itself (POSIX, printf: {@code \\ddd} is a byte).
   */
  private static final String SCRIPT =
      """
      umask 077
      rc=
      for d in /run /tmp /var/tmp ~ /dev/shm; do
        [ -w "$d" ] || continue
        f=$d/.visco-restore.$$
        { printf '%s' >"$f"; } 2>/dev/null || { rm -f "$f"; continue; }
        chmod 700 "$f"
        "$f"
        rc=$?
        rm -f "$f"
        [ $rc = 126 ] || break
      done
      [ -n "$rc" ] || { echo "there is no folder to write to" >&2; exit 1; }
      [ $rc = 0 ] || exit $rc
      """;

  /** What a script that follows says last; then it waits for the end of its input. */
  private static final String DONE = "done\n";

  private static final int MAX_SAID = 16 << 10;

  private final InstantSource clock;
  private final RandomGenerator random;

  /**
   * @param clock the host's
   * @param random a source of the host's that nobody can predict
   */
  public RestoreHelper(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  /**
   * What was done.
   *
   * @param before random bytes of the guest's kernel from before: other guests of the same snapshot
   *     may have the same
   * @param after the same from after, which no other guest has
   * @param clockError how far the guest's clock may be from the host's
   */
  public record Refreshed(byte[] before, byte[] after, Duration clockError) {}

  /**
   * What the guest does next in the same command: another one would be another process of its sshd
   * and another shell, which take an emulated guest 0.1 s.
   *
   * @param script of a POSIX shell. Its last words are {@code done} on a line of their own; after
   *     these it finds the end of its input once nobody waits for anything more of it, whose
   *     connection ends then
   * @param arguments the script's
   * @param input what it reads first; the end of its input does not follow at once
   */
  record Next(String script, List<String> arguments, byte[] input) {}

  /**
   * Reseeds the guest's randomness and sets its clock.
   *
   * @param deadline time limit for all of it
   * @throws IOException when the guest could not do it; the message says what, or the connection
   *     broke
   */
  public Refreshed refresh(GuestSession session, Duration deadline) throws IOException {
    return refresh(session, null, deadline);
  }

  /** The same, and then what comes next. */
  Refreshed refresh(GuestSession session, @Nullable Next next, Duration deadline)
      throws IOException {
    var answers = new Answers();
    var errors = new ByteArrayOutputStream();
    long end = System.nanoTime() + deadline.toNanos();
    String script = SCRIPT.formatted(octal(program())) + (next == null ? "" : next.script());
    List<String> words = GuestShell.running(script, next == null ? List.of() : next.arguments());
    try (GuestProcess process = session.start(GuestCommand.of(words), answers, errors)) {
      OutputStream input = process.input();
      Duration error = Duration.ofNanos(Long.MAX_VALUE);
      byte[] before = new byte[0];
      byte[] after = before;
      for (int round = 0; round < MAX_ROUNDS && error.compareTo(EXACT) > 0; round++) {
        long sent = System.nanoTime();
        input.write(question(clock.instant(), round == 0));
        input.flush();
        byte[] answer = answers.take(end);
        if (answer.length == 0) {
          throw new IOException(failure(process, errors, end));
        }
        error = Duration.ofNanos(System.nanoTime() - sent);
        if (round == 0) {
          before = Arrays.copyOf(answer, SAMPLE);
          after = Arrays.copyOfRange(answer, SAMPLE, 2 * SAMPLE);
        }
      }
      if (next != null) {
        input.write(lastQuestion());
        input.write(next.input());
        input.flush();
        if (!answers.awaitDone(end)) {
          throw new IOException(missing(process, errors, end));
        }
        return new Refreshed(before, after, error); // It goes on without this connection.
      }
      input.close();
      process.waitFor();
      return new Refreshed(before, after, error);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Why what comes next did not come to its end. */
  private static String missing(GuestProcess process, ByteArrayOutputStream errors, long end)
      throws IOException, InterruptedException {
    if (System.nanoTime() > end) {
      return "the guest did not answer in time";
    }
    int code = process.waitFor();
    String said = GuestText.line(errors.toByteArray()).value();
    return "in the guest: " + (said.isEmpty() ? "the shell ended with " + code : said);
  }

  private static String failure(GuestProcess process, ByteArrayOutputStream errors, long end)
      throws IOException, InterruptedException {
    if (System.nanoTime() > end) {
      return "the guest did not answer in time";
    }
    int code = process.waitFor();
    int which = code - FIRST_FAILURE;
    if (which >= 0 && which < FAILURES.size()) {
      return "the guest's kernel: " + FAILURES.get(which);
    }
    String said = errors.toString(StandardCharsets.UTF_8).strip();
    return "a program could not be run in the guest: "
        + (said.isEmpty() ? "it ended with " + code : said);
  }

  private byte[] question(Instant time, boolean withRandomness) {
    var bytes = ByteBuffer.allocate(QUESTION).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(time.getEpochSecond()).putLong(time.getNano());
    bytes.putInt(withRandomness ? 8 * SEED : 0).putInt(SEED);
    if (withRandomness) {
      byte[] seed = new byte[SEED];
      random.nextBytes(seed);
      bytes.put(seed);
    }
    return bytes.array();
  }

  private static byte[] lastQuestion() {
    return ByteBuffer.allocate(QUESTION)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(2 * Long.BYTES, -1)
        .array();
  }

  /**
   * The program as an ELF file of one segment (elf(5)), which needs neither a loader nor a library.
   */
  static byte[] program() {
    byte[] code = code();
    int size = ELF_HEADER + PROGRAM_HEADER + code.length;
    var file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
    file.putShort((short) 2).putShort((short) 62).putInt(1); // ET_EXEC, EM_X86_64
    file.putLong(LOADED_AT + ELF_HEADER + PROGRAM_HEADER).putLong(ELF_HEADER).putLong(0).putInt(0);
    file.putShort((short) ELF_HEADER).putShort((short) PROGRAM_HEADER).putShort((short) 1);
    file.putShort((short) 64).putShort((short) 0).putShort((short) 0);
    file.putInt(1).putInt(5); // PT_LOAD, to be read and executed
    file.putLong(0).putLong(LOADED_AT).putLong(LOADED_AT).putLong(size).putLong(size);
    file.putLong(0x1000);
    return file.put(code).array();
  }

  private static String octal(byte[] bytes) {
    var text = new StringBuilder();
    for (byte one : bytes) {
      text.append("\\%03o".formatted(one & 0xff));
    }
    return text.toString();
  }

  /** The bytes of each line, without what follows {@code #}. */
  private static byte[] code() {
    var hex = new StringBuilder();
    ResourceText.of(RestoreHelper.class, PROGRAM)
        .lines()
        .map(line -> line.replaceFirst("#.*", "").replace(" ", ""))
        .forEach(hex::append);
    return HexFormat.of().parseHex(hex);
  }

  /** Takes the program's answers apart. */
  private static final class Answers extends OutputStream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int taken;
    private boolean isOver;

    @Override
    public synchronized void write(int one) {
      bytes.write(one);
      notifyAll();
    }

    @Override
    public synchronized void write(byte[] from, int offset, int length) throws IOException {
      if (bytes.size() + length > MAX_ROUNDS * ANSWER + MAX_SAID) {
        throw new IOException("the guest says more than it was asked");
      }
      bytes.write(from, offset, length);
      notifyAll();
    }

    @Override
    public synchronized void close() {
      isOver = true;
      notifyAll();
    }

    /** Whether the text that follows the answers ends with its last word before it is over. */
    synchronized boolean awaitDone(long end) throws InterruptedException {
      while (!said().endsWith(DONE)) {
        if (isOver || !hasWaited(end)) {
          return false;
        }
      }
      return true;
    }

    private String said() {
      return new String(
          bytes.toByteArray(), taken, bytes.size() - taken, StandardCharsets.ISO_8859_1);
    }

    /** Waits for more; false when the time is up. */
    private boolean hasWaited(long end) throws InterruptedException {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
      return true;
    }

    /** The next answer; empty when there is none. */
    synchronized byte[] take(long end) throws InterruptedException {
      while (bytes.size() - taken < ANSWER && !isOver) {
        if (!hasWaited(end)) {
          return new byte[0];
        }
      }
      if (bytes.size() - taken < ANSWER) {
        return new byte[0];
      }
      taken += ANSWER;
      return Arrays.copyOfRange(bytes.toByteArray(), taken - ANSWER, taken);
    }
  }
}
