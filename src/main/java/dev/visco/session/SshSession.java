package dev.visco.session;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.ChannelShell;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A session over SSH. */
final class SshSession implements GuestSession {
  private static final int CHANNEL_MILLIS = 15_000;
  private final Session session;

  SshSession(Session session) {
    this.session = session;
  }

  @Override
  public GuestOutput exec(List<String> arguments, byte[] input, Duration deadline)
      throws IOException {
    var output = new ByteArrayOutputStream();
    var error = new ByteArrayOutputStream();
    try (GuestProcess process = start(arguments, output, error)) {
      Thread writer = Thread.ofVirtual().start(() -> write(process, input));
      int code = waitFor(process, deadline);
      writer.interrupt();
      return new GuestOutput(code, output.toByteArray(), error.toByteArray());
    }
  }

  private static void write(GuestProcess process, byte[] input) {
    try (OutputStream in = process.input()) {
      in.write(input);
    } catch (IOException e) {
      // The command ended without reading all of it; its exit code says more.
    }
  }

  private static int waitFor(GuestProcess process, Duration deadline) throws IOException {
    var waiting = new java.util.concurrent.FutureTask<>(process::waitFor);
    Thread.ofVirtual().start(waiting);
    try {
      return waiting.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new IOException("the command did not end within " + deadline, e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      waiting.cancel(true);
    }
  }

  @Override
  public GuestProcess start(List<String> arguments, OutputStream output, OutputStream error)
      throws IOException {
    try {
      var channel = (ChannelExec) session.openChannel("exec");
      channel.setCommand(ShellQuoting.line(arguments));
      channel.setErrStream(error);
      return begin(channel, output);
    } catch (JSchException e) {
      throw new IOException("cannot run a command in the guest: " + e.getMessage(), e);
    }
  }

  @Override
  public GuestProcess terminal(
      List<String> arguments, String term, int columns, int rows, OutputStream output)
      throws IOException {
    try {
      Channel channel;
      if (arguments.isEmpty()) {
        var shell = (ChannelShell) session.openChannel("shell");
        shell.setPtyType(term, columns, rows, 0, 0);
        channel = shell;
      } else {
        var exec = (ChannelExec) session.openChannel("exec");
        exec.setCommand(ShellQuoting.line(arguments));
        exec.setPty(true);
        exec.setPtyType(term, columns, rows, 0, 0);
        channel = exec;
      }
      return begin(channel, output);
    } catch (JSchException e) {
      throw new IOException("cannot open a terminal in the guest: " + e.getMessage(), e);
    }
  }

  private static GuestProcess begin(Channel channel, OutputStream output)
      throws IOException, JSchException {
    channel.setOutputStream(output);
    OutputStream input = channel.getOutputStream();
    channel.connect(CHANNEL_MILLIS);
    return new SshProcess(channel, input);
  }

  @Override
  public void close() {
    session.disconnect();
  }
}
