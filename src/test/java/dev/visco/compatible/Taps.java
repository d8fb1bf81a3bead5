package dev.visco.compatible;

import dev.visco.compatible.GuestPlan.PlannedNetwork;
import dev.visco.host.Command;
import dev.visco.host.Host;

/** TAPs of this process's own network namespace; closing removes them. */
final class Taps implements AutoCloseable {
  private final Host host;
  private final int number;

  Taps(Host host, int number) {
    this.host = host;
    this.number = number;
    batch("add");
  }

  private void batch(String what) {
    var lines = new StringBuilder();
    for (int at = 0; at < number; at++) {
      lines.append("tuntap %s %s mode tap\n".formatted(what, name(at)));
    }
    host.check(Command.of("ip", "-batch", "-").withInput(lines.toString()));
  }

  static String name(int at) {
    return "guest" + at;
  }

  /** The same card each time, on the TAP of this number. */
  PlannedNetwork network(int at) {
    return new PlannedNetwork("eth0", name(at), "06:00:ac:10:00:02", null, null);
  }

  @Override
  public void close() {
    batch("del");
  }
}
