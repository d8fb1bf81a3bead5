package dev.visco.session.restore;

import dev.visco.session.GuestCommand;
import dev.visco.session.GuestLines;
import dev.visco.session.GuestSession;
import dev.visco.session.UnsupportedSession;
import java.io.IOException;
import java.io.OutputStream;

/** A session in this host: its commands are processes of it. */
final class LocalShell extends UnsupportedSession {
  private final boolean ends;

  LocalShell() {
    this(true);
  }

  /**
   * @param ends whether a command ends with its connection; else it finds the end of its input
   */
  LocalShell(boolean ends) {
    this.ends = ends;
  }

  @Override
  public GuestProcess start(GuestCommand command, OutputStream output, OutputStream error)
      throws IOException {
    return new Local(new ProcessBuilder(GuestLines.of(command)).start(), ends, output, error);
  }

  private static final class Local implements GuestSession.GuestProcess {
    private final Process process;
    private final boolean ends;
    private final Thread out;
    private final Thread err;

    Local(Process process, boolean ends, OutputStream output, OutputStream error) {
      this.process = process;
      this.ends = ends;
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
      if (ends) {
        process.destroyForcibly();
        return;
      }
      try {
        process.getOutputStream().close();
      } catch (IOException e) {
        // It has ended.
      }
    }
  }
}
