package dev.visco.egress;

import dev.visco.model.SlotIndex;
import dev.visco.network.SlotEgress;
import dev.visco.relay.RelaySockets;

/** The rules of slots whose guests have relays. Every call is atomic and safe to repeat. */
interface SlotRules {
  /** All that the guest sends comes to a relay, or nowhere. */
  void redirect(SlotIndex slot);

  /** Connections to port 443 come to a relay, or nowhere; the rest leaves as of a new slot. */
  void redirectHttps(SlotIndex slot);

  /** The guest's traffic leaves as that of a new slot. */
  void release(SlotIndex slot);

  /** Where a relay of the slot listens; closed by the caller. */
  RelaySockets sockets(SlotIndex slot);

  /** Those of this host. */
  static SlotRules of(SlotEgress network) {
    return new SlotRules() {
      @Override
      public void redirect(SlotIndex slot) {
        network.redirect(slot);
      }

      @Override
      public void redirectHttps(SlotIndex slot) {
        network.redirectHttps(slot);
      }

      @Override
      public void release(SlotIndex slot) {
        network.release(slot);
      }

      @Override
      public RelaySockets sockets(SlotIndex slot) {
        return RelaySockets.in(
            network.netns(slot), network.connections(slot), network.queries(slot));
      }
    };
  }
}
