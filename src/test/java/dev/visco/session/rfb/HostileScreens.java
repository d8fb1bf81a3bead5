package dev.visco.session.rfb;

import dev.visco.host.Busy;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/** Desktops as large as any that is looked at, of noise that no picture packs, several at once. */
public final class HostileScreens {
  private static final int WIDTH = 4096;
  private static final int HEIGHT = Screen.MAX_PIXELS / WIDTH;
  private static final Duration LONG = Duration.ofSeconds(120);

  private HostileScreens() {}

  /**
   * @throws AssertionError when none is seen
   */
  public static void run(int atOnce) throws IOException, InterruptedException, ExecutionException {
    try (var listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        var threads = Executors.newFixedThreadPool(atOnce)) {
      Thread.ofVirtual().start(() -> accept(listener));
      int seen = 0;
      for (var look :
          threads.invokeAll(
              Collections.<Callable<Boolean>>nCopies(
                  atOnce, () -> look(listener.getLocalPort())))) {
        seen += look.get() ? 1 : 0;
      }
      if (seen == 0) {
        throw new AssertionError("no desktop was seen");
      }
    }
  }

  private static boolean look(int port) throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        var client = RfbClient.open(RfbStream.of(socket), null, LONG, banner -> {})) {
      return client.picture(LONG).png().length > 3 * Screen.MAX_PIXELS;
    } catch (Busy e) {
      return false;
    }
  }

  private static void accept(ServerSocket listener) {
    try {
      while (true) {
        Socket viewer = listener.accept();
        Thread.ofVirtual().start(() -> serve(viewer));
      }
    } catch (IOException e) {
      return; // It is over.
    }
  }

  /** RFC 6143, 7.1 to 7.3 without a password, and one update. */
  private static void serve(Socket viewer) {
    try (viewer) {
      var in = new DataInputStream(viewer.getInputStream());
      var out = new DataOutputStream(viewer.getOutputStream());
      out.write("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
      in.readFully(new byte[12]);
      out.write(new byte[] {1, 1});
      in.readFully(new byte[1]);
      out.writeInt(0);
      in.readFully(new byte[1]);
      out.writeShort(WIDTH);
      out.writeShort(HEIGHT);
      out.write(new byte[16]);
      out.writeInt(0);
      out.write(new byte[] {0, 0, 0, 1});
      out.writeShort(0);
      out.writeShort(0);
      out.writeShort(WIDTH);
      out.writeShort(HEIGHT);
      out.writeInt(0);
      byte[] row = new byte[4 * WIDTH];
      var random = new SplittableRandom(1);
      for (int y = 0; y < HEIGHT; y++) {
        random.nextBytes(row);
        out.write(row);
      }
      in.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      if (!viewer.isClosed()) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
