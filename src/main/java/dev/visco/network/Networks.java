package dev.visco.network;

import dev.visco.host.Host;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.MacAddress;
import dev.visco.model.SlotIndex;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Makes and removes slots and the host's side of the network. Every call is safe to repeat. */
public final class Networks {
  public Networks(Host host, InstallationId installation, Cidr pool, Uplink uplink) {}

  public SlotPlan plan(SlotIndex index) {
    throw new UnsupportedOperationException();
  }

  /**
   * The host's side: rules, forwarding, the unreachable route over the pool. Refused when the pool
   * overlaps a host route.
   */
  public void openHost() {
    throw new UnsupportedOperationException();
  }

  /** Undoes {@link #openHost}, also the forwarding switch when it was off before. */
  public void closeHost() {
    throw new UnsupportedOperationException();
  }

  /**
   * Makes the slot, or mends it: afterwards it is exactly as planned, with no memory of an earlier
   * guest (conntrack, neighbours).
   */
  public void open(SlotIndex index) {
    throw new UnsupportedOperationException();
  }

  public void close(SlotIndex index) {
    throw new UnsupportedOperationException();
  }

  /** Slots of this installation that exist in the kernel, whole or in part. */
  public Set<SlotIndex> present() {
    throw new UnsupportedOperationException();
  }

  /**
   * Asks the guest for its MAC by one real ARP request on its TAP. Empty when no answer came in
   * time.
   */
  public Optional<MacAddress> arp(SlotIndex index, Duration deadline) {
    throw new UnsupportedOperationException();
  }
}
