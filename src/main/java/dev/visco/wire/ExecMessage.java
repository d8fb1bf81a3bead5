package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A text frame of the exec WebSocket. The client's first frame has {@code command} (empty, with
 * {@code tty}, for a login shell), and what it is run with; later ones have {@code resize}
 * (columns, rows), {@code signal} (a name without SIG) or {@code eof}. The server's last frame has
 * {@code exit} or {@code error}. Binary frames of the client are input; those of the server are
 * output, and their first byte is {@link #OUTPUT} or {@link #ERROR}.
 *
 * @param env variables besides those that the guest sets
 * @param cwd the folder in which it runs, absolute; the user's home when it is left out
 * @param user a name or number of the guest's, also {@code USER:GROUP}; root when it is left out
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExecMessage(
    @Nullable List<String> command,
    @Nullable Map<String, String> env,
    @Nullable String cwd,
    @Nullable String user,
    @Nullable Boolean tty,
    @Nullable String term,
    @Nullable List<Integer> resize,
    @Nullable String signal,
    @Nullable Boolean eof,
    @Nullable Integer exit,
    @Nullable String error) {
  public static final byte OUTPUT = 1;
  public static final byte ERROR = 2;

  /** A command with streams, as root in its home. */
  public static ExecMessage start(List<String> command) {
    return new ExecMessage(command, null, null, null, false, null, null, null, null, null, null);
  }

  /** The same command on a terminal. */
  public ExecMessage onTerminal(String term, int columns, int rows) {
    return new ExecMessage(
        command, env, cwd, user, true, term, List.of(columns, rows), null, null, null, null);
  }

  /** The same command with what it is run with; null for what is not asked for. */
  public ExecMessage with(
      @Nullable Map<String, String> variables, @Nullable String folder, @Nullable String as) {
    return new ExecMessage(
        command, variables, folder, as, tty, term, resize, null, null, null, null);
  }

  public static ExecMessage ofSize(int columns, int rows) {
    return new ExecMessage(
        null, null, null, null, null, null, List.of(columns, rows), null, null, null, null);
  }

  public static ExecMessage ofSignal(String name) {
    return new ExecMessage(null, null, null, null, null, null, null, name, null, null, null);
  }

  public static ExecMessage endOfInput() {
    return new ExecMessage(null, null, null, null, null, null, null, null, true, null, null);
  }

  public static ExecMessage ended(int exit) {
    return new ExecMessage(null, null, null, null, null, null, null, null, null, exit, null);
  }

  public static ExecMessage broken(String error) {
    return new ExecMessage(null, null, null, null, null, null, null, null, null, null, error);
  }
}
