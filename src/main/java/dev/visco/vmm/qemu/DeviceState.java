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
 * What a machine has besides its memory and its disks: the state of processors and devices. It is
 * written by {@code xen-save-devices-state} (which has nothing of Xen but the name) and not by a
 * migration, since that leaves a machine behind that can be saved only once, and since the memory
 * is not QEMU's to copy. It is read as an incoming migration, because QEMU 7.2 cannot read it by
 * {@code xen-load-devices-state}.
 */
public final class DeviceState {
  /**
   * A QEMU with these arguments waits for a state. What {@code xen-save-devices-state} writes has
   * no configuration section.
   */
  static final List<String> INCOMING =
      List.of("-incoming", "defer", "-global", "migration.send-configuration=off");

  private static final Duration LOAD = Duration.ofSeconds(30);

  private DeviceState() {}

  /**
   * Has QEMU write it into {@code file}, as its user. The machine must stand still, and goes on
   * standing; its disks are consistent then.
   */
  public static void save(Monitor monitor, Path file) throws IOException {
    monitor.execute("xen-save-devices-state", Map.of("filename", file.toString(), "live", false));
  }

  /**
   * Gives it to a QEMU that waits for it. The machine stands still afterwards.
   *
   * @param socket where QEMU is to listen; it stays there as a file
   * @throws IOException when QEMU ended over it, which a state that is not whole makes it do
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
