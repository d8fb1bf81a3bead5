package dev.visco.vmm.qemu;

import dev.visco.host.HostFault;
import dev.visco.host.OwnedSocket;
import dev.visco.host.Waiting;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Saves and loads the state of a machine's processors and devices, without memory and disks. It is
 * written by {@code xen-save-devices-state} (which has nothing to do with Xen) and not by a
 * migration, after which a machine could not be saved again, and since QEMU does not copy the
 * memory here. It is loaded as an incoming migration, because QEMU 7.2 cannot load it by {@code
 * xen-load-devices-state}.
 */
public final class DeviceState {
  /**
   * The arguments by which QEMU waits for a state, without the configuration section that {@code
   * xen-save-devices-state} does not write, and stands still with it: what that command writes says
   * that the machine ran, and without {@code -S} it would run at once.
   */
  static final List<String> INCOMING =
      List.of("-S", "-incoming", "defer", "-global", "migration.send-configuration=off");

  private static final Duration LOAD = Duration.ofSeconds(30);

  private DeviceState() {}

  /**
   * Makes QEMU write the state into {@code file}, as its user. The machine must be stopped and
   * stays so; its disks are consistent then.
   */
  public static void save(Monitor monitor, Path file) throws IOException {
    monitor.execute("xen-save-devices-state", Map.of("filename", file.toString(), "live", false));
  }

  /**
   * Passes the state to a QEMU that waits for it. The machine is stopped afterwards.
   *
   * @param socket the path where QEMU listens; the file is left
   * @throws IOException when QEMU ended, as it does on an incomplete state
   */
  public static void load(Monitor monitor, Path socket, Path state) throws IOException {
    monitor.execute("migrate-incoming", Map.of("uri", "unix:" + socket));
    try (SocketChannel channel = OwnedSocket.connect(socket);
        FileChannel file = FileChannel.open(state)) {
      channel.configureBlocking(true);
      long size = file.size();
      for (long at = 0; at < size; ) {
        at += file.transferTo(at, size - at, channel);
      }
    }
    long end = System.nanoTime() + LOAD.toNanos();
    while (true) {
      String status = monitor.execute("query-migrate").path("status").asString("none");
      if (status.equals("completed")) {
        return;
      }
      if (status.equals("failed") || System.nanoTime() > end) {
        throw new HostFault("QEMU could not load the machine's state: it is " + status);
      }
      Waiting.pause(Duration.ofMillis(1));
    }
  }
}
