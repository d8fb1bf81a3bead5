package dev.visco.cli;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.Console;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** Asks the person at the terminal before something is lost. */
public final class Confirmation {
  private Confirmation() {}

  /** Reads the answer of a person. */
  public interface AnswerSource {
    /** One line; null at end of input. */
    @Nullable String read();
  }

  /** The person at the terminal; null when there is none. */
  public static @Nullable AnswerSource ofTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal() ? console::readLine : null;
  }

  /**
   * Asks a person, who answers {@code yes}; without a terminal there is nobody to ask.
   *
   * @param what what would be lost, as a sentence without its final period
   * @param command the command that does not ask
   * @param answers of the person at the terminal; null when there is none
   * @return whether the answer was yes
   * @throws Refused when nobody can be asked
   */
  public static boolean isGiven(
      String what, String command, @Nullable AnswerSource answers, PrintStream err) {
    if (answers == null) {
      throw new Refused(
          new Refusal.Conflict(what + ".", "Add --yes if that is what you want: " + command));
    }
    err.print("visco: " + what + ".\nvisco: Go on? Type yes: ");
    err.flush();
    String answer = answers.read();
    return answer != null && answer.strip().equalsIgnoreCase("yes");
  }
}
