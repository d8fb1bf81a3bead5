package dev.visco.signin.channel;

import dev.visco.provider.LinkSource;
import dev.visco.signin.link.LoginLink;

/** Is told what a tool shows while somebody signs it in, on threads of the tool's output. */
public interface LoginListener {
  /** A link to the provider's page, each once. */
  void link(LoginLink link, LinkSource source);

  /**
   * A link that is not one to the provider's page.
   *
   * @param why in a sentence
   */
  void refused(String why, LinkSource source);

  /**
   * A code to be typed into the provider's page.
   *
   * @param code of letters, digits and hyphens
   */
  void code(String code);

  /** A question on the terminal was answered. */
  void answered(String question);
}
