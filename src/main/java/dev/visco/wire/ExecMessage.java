package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text frame of the exec WebSocket. The client's first frame has {@code command} (empty, with
 * {@code tty}, for a login shell); later ones have {@code resize} (columns, rows) or {@code eof}.
 * The server's last frame has {@code exit} or {@code error}. Binary frames of the client are input;
 * those of the server are output, and their first byte is {@link #OUTPUT} or {@link #ERROR}.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExecMessage(
    @Nullable List<String> command,
    @Nullable Boolean tty,
    @Nullable String term,
    @Nullable List<Integer> resize,
    @Nullable Boolean eof,
    @Nullable Integer exit,
    @Nullable String error) {
  public static final byte OUTPUT = 1;
  public static final byte ERROR = 2;

  public static ExecMessage start(
      List<String> command, boolean tty, String term, int columns, int rows) {
    return new ExecMessage(command, tty, term, List.of(columns, rows), null, null, null);
  }

  public static ExecMessage ofSize(int columns, int rows) {
    return new ExecMessage(null, null, null, List.of(columns, rows), null, null, null);
  }

  public static ExecMessage endOfInput() {
    return new ExecMessage(null, null, null, null, true, null, null);
  }

  public static ExecMessage ended(int exit) {
    return new ExecMessage(null, null, null, null, null, exit, null);
  }

  public static ExecMessage broken(String error) {
    return new ExecMessage(null, null, null, null, null, null, error);
  }
}
