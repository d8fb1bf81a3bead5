package dev.visco.session.restore;

import dev.visco.session.GuestCommand;
import dev.visco.session.GuestSession;
import dev.visco.session.UnsupportedSession;
import java.io.IOException;
import java.io.OutputStream;

/** A session in this host: its commands are processes of it. */
final class LocalShell extends UnsupportedSession {
  @Override
  public GuestProcess start(GuestCommand command, OutputStream output, OutputStream error)
      throws IOException {
    return new Local(new ProcessBuilder(command.arguments()).start(), output, error);
  }

  private static final class Local implements GuestSession.GuestProcess {
    private final Process process;
    private final Thread out;
    private final Thread err;

    Local(Process process, OutputStream output, OutputStream error) {
      this.process = process;
      this.out = Thread.ofVirtual().start(() -> copy(process.getInputStream(), output));
      this.err = Thread.ofVirtual().start(() -> copy(process.getErrorStream(), error));
    }

    private static void copy(java.io.InputStream from, OutputStream to) {
      try (to) {
        from.transferTo(to);
      } catch (IOException e) {
        // The process has ended.
      }
    }

    @Override
    public OutputStream input() {
      return process.getOutputStream();
    }

    @Override
    public void signal(String name) {
      throw new UnsupportedOperationException(name);
    }

    @Override
    public void resize(int columns, int rows) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int waitFor() throws InterruptedException {
      int code = process.waitFor();
      out.join();
      err.join();
      return code;
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
