package dev.visco.verify;

import dev.visco.model.GuestText;

/**
 * What a guest's sign-in helper said of itself: the program that starts tools while a user signs
 * them in.
 *
 * @param isHealthy whether a tool can be started
 * @param text its own sentence, or why there is none
 */
public record SignInFacts(boolean isHealthy, String text) {
  private static final int MAX_TEXT = 300;

  public SignInFacts {
    text = GuestText.line(text, MAX_TEXT).value();
  }
}
