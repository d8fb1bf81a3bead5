package dev.visco.signin.session;

import dev.visco.provider.SeedFile;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.signin.channel.LoginTools;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A VM in which a user signs a tool in, over one connection. Tools run as the desktop's user. */
public interface SignInGuest extends AutoCloseable {
  /** Starts the tool's login. */
  LoginTools tools();

  /** Ends tools that an earlier connection has started; nothing when there are none. */
  void endTools() throws IOException;

  /** Whether there is a program of this name. */
  boolean hasTool(String tool) throws IOException;

  /** Puts a file into the user's home, and the folders above it. */
  void put(SeedFile file) throws IOException;

  /**
   * The content of a file; empty when there is none.
   *
   * @param path below {@code ~}
   * @param max bytes; a larger file is a fault
   */
  Optional<byte[]> read(String path, int max) throws IOException;

  /**
   * How a command ended.
   *
   * @param text the last line that it has written, cleaned; empty for none
   */
  record CheckResult(int exitCode, String text) {}

  /** Runs a command to its end; one that takes longer is ended. */
  CheckResult run(List<String> command, Map<String, String> environment, Duration max)
      throws IOException;

  /** Opens a page in the desktop's browser, and returns without waiting for it. */
  void open(URI page) throws IOException;

  /** Starts what ends with 0 once somebody has connected to a port of the guest's loopback. */
  GuestProcess awaitConnection(int port) throws IOException;

  @Override
  void close();
}
