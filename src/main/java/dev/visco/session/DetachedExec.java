package dev.visco.session;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command that was started detached, as its guest tells of it.
 *
 * @param exitCode null until it has ended, and when nobody knows it
 * @param isTimedOut whether its timeout ended it
 * @param ended when it ended, by the guest's clock; null as above
 */
public record DetachedExec(
    ExecId id,
    ExecInfo info,
    ExecState state,
    @Nullable Integer exitCode,
    boolean isTimedOut,
    @Nullable Instant ended) {
  /** Whether it runs. */
  public enum ExecState {
    RUNNING,
    EXITED,
    /** The guest was restarted, or what watched over it was killed, before it had ended. */
    LOST
  }

  /**
   * What was recorded at its start.
   *
   * @param command the program and its arguments, cut when they are long
   * @param prompt the provider whose tool answers a prompt; null for any other command
   */
  public record ExecInfo(
      List<String> command,
      @Nullable String cwd,
      @Nullable String user,
      Instant started,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String prompt) {
    /** Characters of a command that are kept: all of a guest's are told in one answer. */
    private static final int MAX = 2048;

    public ExecInfo {
      command = List.copyOf(command);
    }

    static ExecInfo of(GuestCommand command, Instant started, @Nullable String prompt) {
      var kept = new ArrayList<String>();
      int room = MAX;
      for (String word : command.arguments()) {
        if (word.length() > room) {
          kept.add(word.substring(0, room) + "…");
          break;
        }
        kept.add(word);
        room -= word.length();
      }
      return new ExecInfo(kept, command.folder(), command.user(), started, prompt);
    }
  }
}
