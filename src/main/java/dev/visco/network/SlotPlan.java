package dev.visco.network;

import dev.visco.model.Cidr;
import dev.visco.model.GuestLink;
import dev.visco.model.InstallationId;
import dev.visco.model.SlotIndex;

/** Everything about a slot, derived from its index. */
public record SlotPlan(InstallationId installation, Cidr pool, SlotIndex index) {
  /** {@code visco-IIII-N}, the namespace's name under /run/netns. */
  public String netns() {
    throw new UnsupportedOperationException();
  }

  /** The TAP's name inside the namespace: the same in every slot. */
  public String tap() {
    return "tap0";
  }

  /** The uid (and gid) of the slot's VMM and the owner of its TAP. */
  public int uid() {
    throw new UnsupportedOperationException();
  }

  public GuestLink guest() {
    throw new UnsupportedOperationException();
  }

  /** How many slots a pool has. */
  public static int slots(Cidr pool) {
    throw new UnsupportedOperationException();
  }
}
