package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A text frame of the exec WebSocket. The client's first frame has {@code command} (empty, with
 * {@code tty}, for a login shell), and what it is run with; later ones have {@code resize}
 * (columns, rows), {@code signal} (a name without SIG) or {@code eof}. The server's last frame has
 * {@code exit} or {@code error}, and {@code timedOut} when the timeout ended it. Binary frames of
 * the client are input; those of the server are output, and their first byte is {@link #OUTPUT} or
 * {@link #ERROR}.
 *
 * @param env variables besides those that the guest sets
 * @param cwd the folder in which it runs, absolute; the user's home when it is left out
 * @param timeout for how long it may run, like {@code 90s}; as long as it likes when it is left out
 * @param user a name or number of the guest's, also {@code USER:GROUP}; root when it is left out
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExecMessage(
    @Nullable List<String> command,
    @Nullable Map<String, String> env,
    @Nullable String cwd,
    @Nullable String user,
    @Nullable String timeout,
    @Nullable Boolean tty,
    @Nullable String term,
    @Nullable List<Integer> resize,
    @Nullable String signal,
    @Nullable Boolean eof,
    @Nullable Integer exit,
    @Nullable Boolean timedOut,
    @Nullable String error) {
  public static final byte OUTPUT = 1;
  public static final byte ERROR = 2;

  private static final ExecMessage NOTHING =
      new ExecMessage(null, null, null, null, null, null, null, null, null, null, null, null, null);

  /** A command with streams, as root in its home. */
  public static ExecMessage start(List<String> command) {
    return NOTHING.commanding(command, null, null, null, null).on(false, null, null);
  }

  private ExecMessage commanding(
      @Nullable List<String> words,
      @Nullable Map<String, String> variables,
      @Nullable String folder,
      @Nullable String as,
      @Nullable String limit) {
    return new ExecMessage(
        words, variables, folder, as, limit, tty, term, resize, signal, eof, exit, timedOut, error);
  }

  private ExecMessage on(
      @Nullable Boolean isTerminal, @Nullable String kind, @Nullable List<Integer> size) {
    return new ExecMessage(
        command, env, cwd, user, timeout, isTerminal, kind, size, null, null, null, null, null);
  }

  private static ExecMessage later(@Nullable String signal, @Nullable Boolean eof) {
    return new ExecMessage(
        null, null, null, null, null, null, null, null, signal, eof, null, null, null);
  }

  private static ExecMessage last(
      @Nullable Integer exit, @Nullable Boolean timedOut, @Nullable String error) {
    return new ExecMessage(
        null, null, null, null, null, null, null, null, null, null, exit, timedOut, error);
  }

  /** The same command on a terminal. */
  public ExecMessage onTerminal(String term, int columns, int rows) {
    return on(true, term, List.of(columns, rows));
  }

  /** The same command with what it is run with; null for what is not asked for. */
  public ExecMessage with(
      @Nullable Map<String, String> variables,
      @Nullable String folder,
      @Nullable String as,
      @Nullable String limit) {
    return commanding(command, variables, folder, as, limit);
  }

  public static ExecMessage ofSize(int columns, int rows) {
    return NOTHING.on(null, null, List.of(columns, rows));
  }

  public static ExecMessage ofSignal(String name) {
    return later(name, null);
  }

  public static ExecMessage endOfInput() {
    return later(null, true);
  }

  public static ExecMessage ended(int exit) {
    return last(exit, null, null);
  }

  /** It was ended since its time was up. */
  public static ExecMessage timedOut(int exit) {
    return last(exit, true, null);
  }

  public static ExecMessage broken(String error) {
    return last(null, null, error);
  }
}
