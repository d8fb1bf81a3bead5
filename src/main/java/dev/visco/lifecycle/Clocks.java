package dev.visco.lifecycle;

import dev.visco.host.Host;
import dev.visco.host.SteadyClock;
import dev.visco.store.VmRow;
import java.time.InstantSource;

/**
 * The host's two clocks. Deadlines are measured by the steady clock. The wall clock, which may be
 * set at any time, is for what people read and for times that must survive a reboot of the host.
 *
 * @param boot id of the host's boot, at which the steady clock began
 */
public record Clocks(InstantSource wall, SteadyClock steady, String boot) {
  public static Clocks of(Host host, InstantSource wall) {
    return new Clocks(wall, SteadyClock.ofHost(), host.bootId());
  }

  /** Milliseconds after the epoch. */
  public long now() {
    return wall.millis();
  }

  /** When a VM's machine was launched, by the steady clock; now where it is not known. */
  public long launched(VmRow row) {
    Long launched = row.launchedSteady();
    return launched == null || !boot.equals(row.boot()) ? uptime() : launched;
  }

  /** Milliseconds since the host's boot. */
  public long uptime() {
    return steady.uptimeMillis();
  }
}
