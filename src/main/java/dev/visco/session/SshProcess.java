package dev.visco.session;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.ChannelShell;
import dev.visco.session.GuestSession.GuestProcess;
import java.io.IOException;
import java.io.OutputStream;

/** A command on one SSH channel. */
final class SshProcess implements GuestProcess {
  /** The library's exit status before one was received. */
  private static final int NO_STATUS = -1;

  private final Channel channel;
  private final ConnectedSocket socket;
  private final OutputStream input;
  private volatile boolean isClosed;

  SshProcess(Channel channel, ConnectedSocket socket, OutputStream input) {
    this.channel = channel;
    this.socket = socket;
    this.input = input;
  }

  @Override
  public OutputStream input() {
    return input;
  }

  @Override
  public void resize(int columns, int rows) {
    switch (channel) {
      case ChannelShell shell -> shell.setPtySize(columns, rows, 0, 0);
      case ChannelExec exec -> exec.setPtySize(columns, rows, 0, 0);
      default -> throw new IllegalStateException("no terminal: " + channel);
    }
  }

  @Override
  public int waitFor() throws InterruptedException, IOException {
    // The library does not signal a channel's end; it closes the channel once all output is
    // written.
    while (!channel.isClosed() && channel.isConnected()) {
      Thread.sleep(2);
    }
    int status = channel.getExitStatus();
    String signal = channel.getExitSignal();
    // The exit status may come before the rest of the output: incomplete output is no success.
    if (socket.ended() || isClosed || (status == NO_STATUS && signal == null)) {
      throw new IOException("the connection to the guest ended before the command did");
    }
    return status == NO_STATUS ? SshSignals.exitCode(signal) : status;
  }

  @Override
  public void close() {
    isClosed = true;
    channel.disconnect();
  }
}
