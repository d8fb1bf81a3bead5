package dev.visco.compatible;

import dev.visco.host.TunDevice;

/** The TAPs of this process's network namespace, through {@code /dev/net/tun}. */
final class HostTaps implements TapOpener {
  private static final int EPERM = 1;
  private static final int EBUSY = 16;
  private static final int EINVAL = 22;

  @Override
  public void open(String name) throws Fault {
    int errno = TunDevice.tryTap(name);
    if (errno != 0) {
      throw new Fault("`host_dev_name` %s cannot be opened: %s.".formatted(name, reason(errno)));
    }
  }

  private static String reason(int errno) {
    return switch (errno) {
      case EPERM -> "operation not permitted; it is missing, or belongs to another user";
      case EBUSY -> "resource busy; another process has it";
      case EINVAL -> "invalid argument; it is no TAP, or one of several queues";
      default -> "error " + errno;
    };
  }
}
