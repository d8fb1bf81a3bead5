package dev.visco.compatible;

import dev.visco.host.DurableFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.json.JsonMapper;

/** A short life of the process without a guest, for the JVM to remember its classes. */
final class Training {
  private static final long PATIENCE_NANOS = 20_000_000_000L;

  private Training() {}

  static void run() throws InterruptedException {
    Path folder;
    try {
      folder = Scratch.folder("visco-train");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    OutputStream nowhere = OutputStream.nullOutputStream();
    Path socket = folder.resolve("api.sock");
    try (var process =
        new CompatibleProcess(
            List.of("--api-sock", socket.toString()),
            new Surroundings(nowhere, nowhere, new QemuHypervisor(), new HostTaps()))) {
      Thread life = Thread.ofPlatform().daemon().start(() -> live(process));
      await(socket);
      ask(socket, "GET", "/", "");
      ask(socket, "PUT", "/machine-config", "{\"vcpu_count\": 1, \"mem_size_mib\": 128}");
      ask(socket, "PUT", "/boot-source", "{\"kernel_image_path\": \"" + folder + "\"}");
      ask(socket, "PUT", "/network-interfaces/a", "{\"iface_id\":\"a\",\"host_dev_name\":\"\"}");
      ask(socket, "PUT", "/actions", "{\"action_type\": \"InstanceStart\"}");
      ask(socket, "GET", "/vm/config", "");
      process.end(0);
      life.join();
    } finally {
      DurableFiles.deleteTree(folder);
    }
    // What QEMU's control protocol is read and written with.
    new JsonMapper().readTree(new JsonMapper().writeValueAsString(Map.of("execute", List.of(1))));
  }

  private static void live(CompatibleProcess process) {
    try {
      process.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A socket's file is there a moment before somebody listens. */
  private static void await(Path socket) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!connects(socket) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static boolean connects(Path socket) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }

  private static void ask(Path socket, String method, String path, String body) {
    String request =
        "%s %s HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(method, path, body.length(), body);
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
      channel.shutdownOutput();
      ByteBuffer answer = ByteBuffer.allocate(4096);
      while (channel.read(answer.clear()) >= 0) {
        // The answer's bytes are of no interest, only that it was made.
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
