package dev.visco.session;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelDirectTCPIP;
import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.ChannelShell;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import dev.visco.host.MemoryBudget;
import dev.visco.model.Durations;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A session over SSH. */
final class SshSession implements GuestSession {
  private static final int CHANNEL_MILLIS = 15_000;

  /** {@code SSH_OPEN_ADMINISTRATIVELY_PROHIBITED}: RFC 4254, section 5.1. */
  private static final int PROHIBITED = 1;

  private final Session session;
  private final ConnectedSocket socket;

  SshSession(Session session, ConnectedSocket socket) {
    this.session = session;
    this.socket = socket;
  }

  @Override
  public GuestOutput exec(List<String> arguments, byte[] input, Duration deadline, int maxOutput)
      throws IOException {
    MemoryBudget.Reservation held = MemoryBudget.shared().nothing();
    boolean isHandedOn = false;
    try (var output = new BoundedOutput(maxOutput, held);
        var error = new BoundedOutput(maxOutput, held);
        GuestProcess process = start(arguments, output, error)) {
      try {
        Thread.ofVirtual().start(() -> write(process, input));
        int code = waitFor(process, deadline);
        var said = new GuestOutput(code, output.toByteArray(), error.toByteArray(), held);
        isHandedOn = true;
        return said;
      } catch (IOException e) {
        output.check();
        error.check();
        throw e;
      }
    } finally {
      if (!isHandedOn) {
        held.close();
      }
    }
  }

  private static void write(GuestProcess process, byte[] input) {
    try (OutputStream in = process.input()) {
      in.write(input);
    } catch (IOException e) {
      // The command ended without reading all of its input; its exit code counts.
    }
  }

  private static int waitFor(GuestProcess process, Duration deadline) throws IOException {
    var waiting = new FutureTask<>(process::waitFor);
    Thread.ofVirtual().start(waiting);
    try {
      return waiting.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("the command did not end within " + Durations.text(deadline), e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException broken) {
        throw broken;
      }
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
    String line = ShellQuoting.line(arguments);
    try {
      var channel = (ChannelExec) session.openChannel("exec");
      channel.setCommand(line);
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
    String line = arguments.isEmpty() ? "" : ShellQuoting.line(arguments);
    try {
      Channel channel;
      if (arguments.isEmpty()) {
        var shell = (ChannelShell) session.openChannel("shell");
        shell.setPtyType(term, columns, rows, 0, 0);
        channel = shell;
      } else {
        var exec = (ChannelExec) session.openChannel("exec");
        exec.setCommand(line);
        exec.setPty(true);
        exec.setPtyType(term, columns, rows, 0, 0);
        channel = exec;
      }
      return begin(channel, output);
    } catch (JSchException e) {
      throw new IOException("cannot open a terminal in the guest: " + e.getMessage(), e);
    }
  }

  @Override
  public GuestConnection dial(String host, int port, Duration deadline) throws IOException {
    ChannelDirectTCPIP channel = null;
    try {
      channel = (ChannelDirectTCPIP) session.openChannel("direct-tcpip");
      channel.setHost(host);
      channel.setPort(port);
      InputStream input = channel.getInputStream();
      OutputStream output = channel.getOutputStream();
      channel.connect((int) deadline.toMillis());
      return new ForwardedConnection(channel, input, output);
    } catch (JSchException e) {
      boolean isProhibited = channel != null && channel.getExitStatus() == PROHIBITED;
      if (channel != null) {
        channel.disconnect();
      }
      throw new GuestConnection.NotOpened(
          isProhibited
              ? "the guest's sshd forwards no connections"
              : "the guest opened no connection to " + host + ":" + port,
          isProhibited);
    }
  }

  private record ForwardedConnection(Channel channel, InputStream input, OutputStream output)
      implements GuestConnection {
    @Override
    public void close() {
      channel.disconnect();
    }
  }

  private GuestProcess begin(Channel channel, OutputStream output)
      throws IOException, JSchException {
    channel.setOutputStream(output);
    OutputStream input = channel.getOutputStream();
    try {
      channel.connect(CHANNEL_MILLIS);
    } catch (JSchException e) {
      channel.disconnect();
      throw e;
    }
    return new SshProcess(channel, socket, input);
  }

  @Override
  public void close() {
    session.disconnect();
  }
}
