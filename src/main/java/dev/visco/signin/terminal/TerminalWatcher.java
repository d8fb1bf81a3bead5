package dev.visco.signin.terminal;

/** Is told what a program shows on its terminal; everything is a guest's, and nothing cleaned. */
public interface TerminalWatcher {
  /**
   * Text without control sequences, as it comes. Where the cursor was moved there is a line feed;
   * colours leave no trace, since they may stand in the middle of a word.
   */
  void text(String text);

  /** The target of a hyperlink (OSC 8), up to {@value GuestTerminal#MAX_STRING} characters. */
  void hyperlink(String target);
}
