package dev.visco.session;

import dev.visco.model.Refused;
import dev.visco.session.ssh.ConnectedSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.client.channel.ChannelDirectTcpip;
import org.apache.sshd.client.channel.PtyCapableChannelSession;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.PtyChannelConfiguration;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.sftp.client.SftpClientFactory;

/** A session over SSH. */
final class SshSession implements GuestSession {
  /** How long a guest may take to open a channel. */
  private static final Duration OPEN = Duration.ofSeconds(15);

  /** Where a connection comes from, which sshd asks for and does not use. */
  private static final SshdSocketAddress NOWHERE = new SshdSocketAddress("127.0.0.1", 0);

  /** {@code SSH_OPEN_ADMINISTRATIVELY_PROHIBITED}: RFC 4254, section 5.1. */
  private static final int PROHIBITED = 1;

  private final ClientSession session;
  private final ConnectedSocket socket;
  private final String hostKey;

  /**
   * @param hostKey the host key that was pinned: type, base64, perhaps a comment
   */
  SshSession(ClientSession session, ConnectedSocket socket, String hostKey) {
    this.session = session;
    String[] words = hostKey.split(" ", 3);
    this.hostKey = words[0] + " " + words[1];
    this.socket = socket;
  }

  @Override
  public GuestOutput exec(GuestCommand command, byte[] input, Duration deadline, int maxOutput)
      throws IOException {
    return BufferedExec.run(this, command, input, deadline, maxOutput);
  }

  @Override
  public GuestProcess start(GuestCommand command, OutputStream output, OutputStream error)
      throws IOException {
    if (command.arguments().isEmpty()) {
      throw Refused.invalid("command", "", "is missing", "Give the program and its arguments.");
    }
    var mark = ProcessMark.random();
    String line = ShellQuoting.line(mark.on(command));
    try {
      return begin(session.createExecChannel(line), mark, output, error);
    } catch (IOException | IllegalStateException e) {
      throw failed("cannot run a command in the guest", e);
    }
  }

  @Override
  public GuestProcess terminal(
      GuestCommand command, String term, int columns, int rows, OutputStream output)
      throws IOException {
    var terminal = new PtyChannelConfiguration();
    terminal.setPtyType(term);
    terminal.setPtyColumns(columns);
    terminal.setPtyLines(rows);
    terminal.setPtyModes(Map.of());
    var mark = ProcessMark.random();
    // A login shell, too: sshd's own would have the variables that its configuration had when this
    // connection was made, and none of several lines.
    String line = ShellQuoting.line(mark.on(command));
    try {
      PtyCapableChannelSession channel =
          session.createExecChannel(line, StandardCharsets.UTF_8, terminal, Map.of());
      channel.setUsePty(true);
      return begin(channel, mark, output, OutputStream.nullOutputStream());
    } catch (IOException | IllegalStateException e) {
      throw failed("cannot open a terminal in the guest", e);
    }
  }

  /** A refused channel is not the connection's end: another connection may have room for it. */
  private IOException failed(String what, Exception e) {
    return refusal(e).isPresent() && isOpen()
        ? new ChannelRefused(what + ": " + e.getMessage(), e)
        : new IOException(what + ": " + e.getMessage(), e);
  }

  /** What sshd said when it opened no channel; the library wraps it in an exception of its own. */
  private static Optional<SshChannelOpenException> refusal(Exception e) {
    for (Throwable one = e; one != null; one = one.getCause()) {
      if (one instanceof SshChannelOpenException refused) {
        return Optional.of(refused);
      }
    }
    return Optional.empty();
  }

  @Override
  public String hostKey() {
    return hostKey;
  }

  @Override
  public boolean isOpen() {
    return session.isOpen() && !socket.ended();
  }

  private GuestProcess begin(
      PtyCapableChannelSession channel, ProcessMark mark, OutputStream output, OutputStream error)
      throws IOException {
    try {
      channel.open().verify(OPEN);
    } catch (IOException e) {
      channel.close(true);
      throw e;
    }
    return new SshProcess(channel, socket, output, error, mark, this);
  }

  @Override
  public GuestConnection dial(String host, int port, Duration deadline) throws IOException {
    ChannelDirectTcpip channel = null;
    try {
      channel = new HalfClosing(new SshdSocketAddress(host, port));
      session.getService(ConnectionService.class).registerChannel(channel);
      channel.open().verify(deadline);
      return new ForwardedConnection(
          channel, channel.getInvertedOut(), new BoundedSender(channel.getInvertedIn(), socket));
    } catch (IOException | IllegalStateException e) {
      if (channel != null) {
        channel.close(true);
      }
      boolean isProhibited =
          refusal(e).filter(refused -> refused.getReasonCode() == PROHIBITED).isPresent();
      throw new GuestConnection.NotOpened(
          isProhibited
              ? "the guest's sshd forwards no connections"
              : "the guest opened no connection to " + host + ":" + port,
          isProhibited);
    }
  }

  @Override
  public GuestFiles files() throws IOException {
    try {
      return new SftpFiles(SftpClientFactory.instance().createSftpClient(session), socket);
    } catch (IOException | RuntimeException e) {
      if (refusal(e).isPresent() && isOpen()) {
        throw new ChannelRefused("cannot open SFTP in the guest: " + e.getMessage(), e);
      }
      throw isOpen()
          ? new GuestFileFault(GuestFileFault.FileFault.NO_SFTP, "/", e)
          : new IOException("cannot open SFTP in the guest: " + e.getMessage(), e);
    }
  }

  /**
   * The library itself tells a reader of the end of what the guest sends only when the channel is
   * closed, for which the guest may wait for our own end (RFC 4254, section 5.3).
   */
  private static final class HalfClosing extends ChannelDirectTcpip {
    HalfClosing(SshdSocketAddress remote) {
      super(NOWHERE, remote);
    }

    @Override
    public void handleEof() throws IOException {
      super.handleEof();
      getOut().close();
    }
  }

  private record ForwardedConnection(Channel channel, InputStream input, OutputStream output)
      implements GuestConnection {
    @Override
    public void close() {
      channel.close(false);
    }
  }

  @Override
  public void close() {
    session.close(true);
  }
}
