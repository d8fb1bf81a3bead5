package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * One event of a command whose output is streamed over HTTP. {@code stdout} and {@code stderr} have
 * {@code data}; the last event is {@code exit} with {@code exitCode}, or {@code error} with {@code
 * detail} when the command's end is not known.
 *
 * @param type one of {@link #OUTPUT}, {@link #ERRORS}, {@link #EXIT}, {@link #BROKEN}
 * @param data the bytes, in JSON as base64
 * @param offset where the stream goes on after these bytes, in bytes since its begin; only of
 *     commands that run detached
 * @param timedOut true when its time was up, and it was ended for that; left out otherwise
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExecEvent(
    String type,
    byte @Nullable [] data,
    @Nullable Long offset,
    @Nullable Integer exitCode,
    @Nullable Boolean timedOut,
    @Nullable String detail) {
  public static final String OUTPUT = "stdout";
  public static final String ERRORS = "stderr";
  public static final String EXIT = "exit";
  public static final String BROKEN = "error";

  /**
   * Output.
   *
   * @param type {@link #OUTPUT} or {@link #ERRORS}
   */
  public static ExecEvent said(String type, byte[] data, @Nullable Long offset) {
    return new ExecEvent(type, data, offset, null, null, null);
  }

  /** The end of the command. */
  public static ExecEvent exit(int code, boolean isTimedOut) {
    return new ExecEvent(EXIT, null, null, code, isTimedOut ? true : null, null);
  }

  /** Its end is not known. */
  public static ExecEvent broken(String detail) {
    return new ExecEvent(BROKEN, null, null, null, null, detail);
  }
}
