package dev.visco.session.rfb;

import dev.visco.session.rfb.DesktopUnreachable.DesktopStage;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An authenticated connection to a guest's VNC server (RFC 6143, 7.1 and 7.2). The caller continues
 * with ClientInit, ServerInit and messages. One thread may read while another writes, and any may
 * close it.
 */
public final class GuestDesktop implements AutoCloseable {
  private final SocketChannel channel;
  private final String banner;

  private GuestDesktop(SocketChannel channel, String banner) {
    this.channel = channel;
    this.banner = banner;
  }

  /**
   * Connects and authenticates.
   *
   * @param deadline time limit for connecting and authenticating
   */
  public static GuestDesktop connect(
      InetSocketAddress address, VncPassword password, Duration deadline)
      throws DesktopUnreachable {
    long end = System.nanoTime() + deadline.toNanos();
    SocketChannel channel = open(address, deadline);
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      String banner = new GuestHandshake(channel.socket(), end).authenticate(password);
      channel.socket().setSoTimeout(0);
      return new GuestDesktop(channel, banner);
    } catch (DesktopUnreachable e) {
      close(channel);
      throw e;
    } catch (IOException e) {
      close(channel);
      throw new DesktopUnreachable(
          DesktopStage.BROKEN,
          "The connection to the VNC server broke: " + e.getMessage() + ".",
          e);
    }
  }

  private static SocketChannel open(InetSocketAddress address, Duration deadline)
      throws DesktopUnreachable {
    String port = "Port " + address.getPort() + " of the guest";
    SocketChannel channel = null;
    try {
      channel = SocketChannel.open();
      channel.socket().connect(address, (int) Math.clamp(deadline.toMillis(), 1, 600_000));
      return channel;
    } catch (SocketTimeoutException e) {
      close(channel);
      throw new DesktopUnreachable(
          DesktopStage.FILTERED,
          port + " does not answer: packets to it are dropped, or the guest hangs.",
          e);
    } catch (NoRouteToHostException e) {
      close(channel);
      throw new DesktopUnreachable(
          DesktopStage.NO_ROUTE, "The guest is not in its network: " + e.getMessage() + ".", e);
    } catch (ConnectException e) {
      close(channel);
      throw (e.getMessage() + "").contains("timed out")
          ? new DesktopUnreachable(DesktopStage.FILTERED, port + " does not answer.", e)
          : new DesktopUnreachable(
              DesktopStage.PORT_CLOSED, port + " is closed: no VNC server listens there.", e);
    } catch (SocketException e) {
      close(channel);
      throw new DesktopUnreachable(
          DesktopStage.NO_ROUTE, "There is no way to the guest: " + e.getMessage() + ".", e);
    } catch (IOException e) {
      close(channel);
      throw new DesktopUnreachable(
          DesktopStage.BROKEN, port + " cannot be connected to: " + e.getMessage() + ".", e);
    }
  }

  private static void close(@Nullable SocketChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // It is gone either way.
      }
    }
  }

  /** The server's first line, like {@code RFB 003.008}. */
  public String banner() {
    return banner;
  }

  /**
   * Waits until at least one byte has come, and reads what is available.
   *
   * @return number of bytes; -1 at the end
   */
  public int read(ByteBuffer into) throws IOException {
    return channel.read(into);
  }

  /** Writes all of it; blocks while the guest does not read. */
  public void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void close() {
    close(channel);
  }
}
