package dev.visco.verify;

import java.util.List;
import java.util.Map;

/** What is asked of a guest in one command, and how its answer reads. */
public final class GuestQuestions {
  private GuestQuestions() {}

  /** One command that answers everything; needs nothing but a POSIX shell. */
  public static List<String> command(String device) {
    throw new UnsupportedOperationException();
  }

  /** Reads the command's output. */
  public static Map<String, String> answers(String output) {
    throw new UnsupportedOperationException();
  }
}
