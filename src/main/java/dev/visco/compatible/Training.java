package dev.visco.compatible;

import dev.visco.host.DurableFiles;
import dev.visco.host.UnixHttp;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** A short run of the process without a guest, to record its classes for the AOT cache. */
final class Training {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MAX_BYTES = 1 << 16;

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
            new ProcessContext(nowhere, nowhere, new QemuHypervisor(), new HostTaps()))) {
      Thread life = Thread.ofPlatform().daemon().start(() -> live(process));
      await(socket);
      ask(socket, "GET", "/", null);
      ask(socket, "PUT", "/machine-config", "{\"vcpu_count\": 1, \"mem_size_mib\": 128}");
      ask(socket, "PUT", "/boot-source", "{\"kernel_image_path\": \"" + folder + "\"}");
      ask(socket, "PUT", "/network-interfaces/a", "{\"iface_id\":\"a\",\"host_dev_name\":\"\"}");
      ask(socket, "PUT", "/actions", "{\"action_type\": \"InstanceStart\"}");
      ask(socket, "GET", "/vm/config", null);
      process.end(0);
      life.join();
    } finally {
      DurableFiles.deleteTree(folder);
    }
    // The classes of QEMU's control protocol.
    new JsonMapper().readTree(new JsonMapper().writeValueAsString(Map.of("execute", List.of(1))));
  }

  private static void live(CompatibleProcess process) {
    try {
      process.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for a listener; the socket's file exists a moment earlier. */
  private static void await(Path socket) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
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

  private static void ask(Path socket, String method, String path, @Nullable String body) {
    try {
      // Only that it answers matters.
      new UnixHttp(socket, "Visco", PATIENCE, MAX_BYTES).call(method, path, body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
