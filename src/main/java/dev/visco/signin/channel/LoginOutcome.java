package dev.visco.signin.channel;

/** How a tool's login ended, as the tool says; whether its credential is good is not known yet. */
public sealed interface LoginOutcome {
  /** The tool says that it is signed in. */
  record SignedIn() implements LoginOutcome {}

  /**
   * The tool says that it is not.
   *
   * @param why in its words, cleaned
   */
  record NotSignedIn(String why) implements LoginOutcome {}
}
