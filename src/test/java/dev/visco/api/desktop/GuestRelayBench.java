package dev.visco.api.desktop;

import dev.visco.api.RawWebSocket;
import dev.visco.model.VmId;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.session.VmKeys;
import dev.visco.session.rfb.GuestDesktop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The relay of a real daemon against a direct connection to the VNC port of the same real guest, in
 * turns: how long a picture of one pixel takes, and how fast whole frames come.
 */
@ExtendWith(OuterNetwork.Extension.class)
class GuestRelayBench {
  private static final int ROUNDS = Integer.getInteger("rounds", 7);
  private static final int PIXELS = 50;
  private static final int FRAMES = 5;

  /** A viewer, by whichever way. */
  private interface Viewer {
    void write(byte[] message) throws IOException;

    byte[] read(int count) throws IOException;
  }

  private record Direct(GuestDesktop desktop) implements Viewer {
    @Override
    public void write(byte[] message) throws IOException {
      desktop.write(ByteBuffer.wrap(message));
    }

    @Override
    public byte[] read(int count) throws IOException {
      ByteBuffer into = ByteBuffer.allocate(count);
      while (into.hasRemaining()) {
        if (desktop.read(into) < 0) {
          throw new IOException("the guest ended the connection");
        }
      }
      return into.array();
    }
  }

  private record Relayed(RawWebSocket socket) implements Viewer {
    @Override
    public void write(byte[] message) throws IOException {
      socket.binary(message);
    }

    @Override
    public byte[] read(int count) throws IOException {
      return socket.read(count);
    }
  }

  @Test
  void besideADirectConnection() throws Exception {
    try (var visco = ViscoUnderTest.withImages(Map.of()).up()) {
      VmId vm = new VmId(visco.create("--type", "browser"));
      String address = visco.json("inspect", vm.value()).path("address").asString();
      var password =
          new VmKeys(visco.data().resolve("vms").resolve(vm.value())).vncPassword().orElseThrow();
      String port = Files.readString(visco.data().resolve("port")).strip();
      String token = Files.readString(visco.data().resolve("admin-token")).strip();
      try (var desktop =
              GuestDesktop.connect(
                  new InetSocketAddress(address, 5900), password, Duration.ofSeconds(10));
          var socket =
              RawWebSocket.open(
                  SocketChannel.open(new InetSocketAddress("127.0.0.1", Integer.parseInt(port)))
                      .socket(),
                  "127.0.0.1:" + port,
                  "/api/vms/" + vm + "/vnc",
                  List.of("Authorization: Bearer " + token))) {
        desktop.write(ByteBuffer.wrap(new byte[] {1}));
        socket.shakeHands();
        compare(new Direct(desktop), new Relayed(socket));
      }
    }
  }

  private static void compare(Viewer direct, Viewer relayed) throws IOException {
    int[] size = init(direct);
    init(relayed);
    var latency = List.of(new ArrayList<Double>(), new ArrayList<Double>());
    var speed = List.of(new ArrayList<Double>(), new ArrayList<Double>());
    List<Viewer> viewers = List.of(direct, relayed);
    for (int round = -1; round < ROUNDS; round++) {
      for (int way = 0; way < 2; way++) {
        var pixels = new ArrayList<Double>();
        for (int turn = 0; turn < PIXELS; turn++) {
          pixels.add(update(viewers.get(way), 1, 1) / 1e6);
        }
        long nanos = 0;
        for (int turn = 0; turn < FRAMES; turn++) {
          nanos += update(viewers.get(way), size[0], size[1]);
        }
        if (round >= 0) { // The first warms both up.
          latency.get(way).addAll(pixels);
          speed.get(way).add(FRAMES * 4.0 * size[0] * size[1] / nanos * 1e3);
        }
      }
    }
    System.out.println("| a real guest by software emulation | directly | relay | |");
    System.out.println("|---|---|---|---|");
    double pixel = median(latency.get(0));
    System.out.printf(
        "| one pixel asked for until it is there, median | %.3f ms | %.3f ms | +%.3f ms |%n",
        pixel, median(latency.get(1)), median(latency.get(1)) - pixel);
    System.out.printf(
        "| whole frames of %d x %d, raw, median of %d rounds | %.0f MB/s | %.0f MB/s | %.2f |%n",
        size[0],
        size[1],
        ROUNDS,
        median(speed.get(0)),
        median(speed.get(1)),
        median(speed.get(1)) / median(speed.get(0)));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** Reads ServerInit (RFC 6143, 7.3.2) and asks for raw pixels; the server's own have 32 bits. */
  private static int[] init(Viewer viewer) throws IOException {
    ByteBuffer init = ByteBuffer.wrap(viewer.read(24));
    viewer.read(init.getInt(20));
    viewer.write(new byte[] {2, 0, 0, 1, 0, 0, 0, 0});
    return new int[] {init.getShort(0), init.getShort(2)};
  }

  /**
   * Asks for a rectangle at the upper left corner, whether it has changed or not.
   *
   * @return nanoseconds until the last of its pixels was there
   */
  private static long update(Viewer viewer, int width, int height) throws IOException {
    long begin = System.nanoTime();
    viewer.write(
        ByteBuffer.allocate(10)
            .put((byte) 3)
            .put((byte) 0)
            .putInt(0)
            .putShort((short) width)
            .putShort((short) height)
            .array());
    for (long left = (long) width * height; left > 0; ) {
      byte[] head = viewer.read(4);
      if (head[0] != 0) {
        throw new IOException("a message of type " + head[0] + " instead of an update");
      }
      for (int rectangles = ByteBuffer.wrap(head).getShort(2); rectangles > 0; rectangles--) {
        ByteBuffer rectangle = ByteBuffer.wrap(viewer.read(12));
        int pixels = rectangle.getShort(4) * rectangle.getShort(6);
        viewer.read(4 * pixels);
        left -= pixels;
      }
    }
    return System.nanoTime() - begin;
  }
}
