package dev.visco;

import java.io.InputStream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * No test reads this process's input: by it the build tells its forks which class comes next, and a
 * command that a test runs here, and that passes its input on, would take that away and have the
 * fork wait for ever. Registered for all tests.
 */
public final class NoInput implements BeforeAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) {
    System.setIn(InputStream.nullInputStream());
  }
}
