package dev.visco.compatible;

import dev.visco.host.Host;
import dev.visco.vmm.qemu.TscRate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The kernel parameters for the clock of an emulated Linux with several processors: on a busy host
 * it cannot measure the clock's rate, and then hangs for ever. With one processor the clock
 * advances with the instructions instead, and needs no parameters; with several, their clocks would
 * differ.
 */
final class LinuxClock {
  /** A text in every Linux kernel ({@code init/version.c}), and in no other one. */
  private static final byte[] LINUX = "Linux version ".getBytes(StandardCharsets.US_ASCII);

  private static final int CHUNK = 1 << 20;

  private LinuxClock() {}

  static boolean isNeeded(GuestPlan plan) throws IOException {
    return plan.vcpus() > 1 && isLinux(plan.kernel());
  }

  /** The command line with these parameters, before the arguments of init. */
  static String line(String line, Host host) {
    long khz = TscRate.khz(host);
    String words = (khz > 0 ? " tsc_early_khz=" + khz : "") + " tsc=reliable no_timer_check";
    int init = (line + " ").indexOf(" -- ");
    return init < 0 ? line + words : line.substring(0, init) + words + line.substring(init);
  }

  private static boolean isLinux(Path kernel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK + LINUX.length);
    try (FileChannel file = FileChannel.open(kernel)) {
      while (file.read(buffer) >= 0) {
        if (contains(buffer.array(), buffer.position())) {
          return true;
        }
        if (!buffer.hasRemaining()) {
          // The text may be split between two pieces.
          buffer.flip().position(CHUNK);
          buffer.compact();
        }
      }
    }
    return false;
  }

  private static boolean contains(byte[] bytes, int end) {
    for (int at = 0; at + LINUX.length <= end; at++) {
      if (bytes[at] == LINUX[0]
          && Arrays.equals(bytes, at, at + LINUX.length, LINUX, 0, LINUX.length)) {
        return true;
      }
    }
    return false;
  }
}
