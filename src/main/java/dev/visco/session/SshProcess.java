package dev.visco.session;

import dev.visco.session.GuestSession.GuestOutput;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.session.ssh.ConnectedSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.sshd.client.channel.PtyCapableChannelSession;

/** A command on one SSH channel, whose output two threads of its own pass on. */
final class SshProcess implements GuestProcess {
  private static final int COPY_BYTES = 32 << 10;

  /** How long the sending of a signal may take. */
  private static final Duration SIGNAL = Duration.ofSeconds(15);

  private final PtyCapableChannelSession channel;
  private final ConnectedSocket socket;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Thread> copies;
  private final ProcessMark mark;
  private final OutputStream input;
  private volatile GuestSession signalling;
  private volatile boolean isClosed;

  /** The channel must be open. */
  SshProcess(
      PtyCapableChannelSession channel,
      ConnectedSocket socket,
      OutputStream output,
      OutputStream error,
      ProcessMark mark,
      GuestSession session) {
    this.mark = mark;
    this.signalling = session;
    this.channel = channel;
    this.socket = socket;
    input = new BoundedSender(channel.getInvertedIn(), socket);
    channel.addCloseFutureListener(future -> closed.countDown());
    copies = List.of(copy(channel.getInvertedOut(), output), copy(channel.getInvertedErr(), error));
  }

  private Thread copy(InputStream from, OutputStream to) {
    return Thread.ofVirtual()
        .name("output of a command in a guest")
        .start(() -> {
          byte[] bytes = new byte[COPY_BYTES];
          try {
            for (int count = from.read(bytes); count >= 0; count = from.read(bytes)) {
              to.write(bytes, 0, count);
              if (from.available() <= 0) {
                to.flush();
              }
            }
          } catch (IOException e) {
            close(); // Nobody takes it any more.
          }
        });
  }

  @Override
  public OutputStream input() {
    return input;
  }

  /** Signals go by this session from now on: it may have room for one more channel elsewhere. */
  void signalledBy(GuestSession session) {
    signalling = session;
  }

  @Override
  public void signal(String name) throws IOException {
    GuestCommand kill = GuestCommand.of(mark.kill(name));
    try (GuestOutput said = signalling.exec(kill, new byte[0], SIGNAL, GuestSession.MAX_OUTPUT)) {
      if (said.exitCode() != 0) {
        throw new IOException("the command has ended, or it is a login shell");
      }
    }
  }

  @Override
  public void resize(int columns, int rows) throws IOException {
    channel.sendWindowChange(columns, rows);
  }

  @Override
  public int waitFor() throws InterruptedException, IOException {
    closed.await();
    for (Thread copy : copies) {
      copy.join();
    }
    Integer status = channel.getExitStatus();
    String signal = channel.getExitSignal();
    // The exit status may come before the rest of the output: incomplete output is no success.
    if (socket.ended() || isClosed || (status == null && signal == null)) {
      throw new IOException("the connection to the guest ended before the command did");
    }
    return status == null ? GuestSignals.exitCode(signal) : status;
  }

  @Override
  public void close() {
    if (closed.getCount() > 0) {
      isClosed = true;
    }
    channel.close(false);
  }
}
