package dev.visco.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** The TAPs of this process's network namespace, through {@code /dev/net/tun}; ioctl_tun(2). */
public final class TunDevice {
  /** See linux/if_tun.h. */
  private static final long TUNSETIFF = 0x400454caL;

  private static final short IFF_TAP = 2;
  private static final short IFF_NO_PI = 0x1000;
  private static final short IFF_VNET_HDR = 0x4000;
  private static final int IFREQ_BYTES = 40;
  private static final int IFREQ_FLAGS = 16;
  private static final int MAX_NAME = 15;

  private TunDevice() {}

  /**
   * Opens a TAP and closes it again. If it does not exist and this process may create it, the
   * kernel creates it and removes it when it is closed.
   *
   * @param name at most 15 bytes; for an empty name the kernel chooses one
   * @return 0, or the errno of the failure
   */
  public static int tryTap(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_NAME) {
      throw new IllegalArgumentException("longer than " + MAX_NAME + " bytes: " + name);
    }
    try (Arena arena = Arena.ofConfined()) {
      int device = CLibrary.open(arena, "/dev/net/tun", CLibrary.O_RDWR);
      try {
        MemorySegment request = arena.allocate(IFREQ_BYTES);
        MemorySegment.copy(bytes, 0, request, ValueLayout.JAVA_BYTE, 0, bytes.length);
        request.set(
            ValueLayout.JAVA_SHORT, IFREQ_FLAGS, (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR));
        CLibrary.control(arena, device, TUNSETIFF, request);
        return 0;
      } finally {
        CLibrary.close(device);
      }
    } catch (CLibrary.Failure e) {
      return e.errno();
    }
  }
}
