package dev.visco.lifecycle;

import dev.visco.lifecycle.Outcome.Again;
import dev.visco.lifecycle.Outcome.Done;
import dev.visco.lifecycle.Outcome.Failed;
import dev.visco.model.MachineOptions;
import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import dev.visco.store.SlotRows;
import java.time.Duration;

/** Takes a network slot: usually one that was made ahead, and then only a row changes. */
final class OpenNetwork implements Step {
  private static final Duration PAUSE = Duration.ofMillis(20);
  private final Machinery machinery;
  private final SlotRows slots;

  OpenNetwork(Machinery machinery, SlotRows slots) {
    this.machinery = machinery;
    this.slots = slots;
  }

  @Override
  public String name() {
    return "open-network";
  }

  @Override
  public Outcome advance(VmWork work) {
    var claim = slots.claim(work.id());
    if (claim.isEmpty()) {
      // The last one may be in the keeper's hands now: a VM that was admitted has a place.
      if (!slots.areAllTaken()) {
        return new Again(PAUSE, "A slot is being made.");
      }
      return new Failed(
          "All addresses of the pool are taken. Destroy a VM or set network.pool to a larger range.");
    }
    SlotIndex index = claim.get().index();
    // One that was made ahead long ago may be gone by now.
    if (!claim.get().isOpen() || !machinery.isOpen(index)) {
      machinery.openSlot(index);
      slots.opened(index);
    }
    Rate rate = work.spec().options().network();
    if (!rate.equals(MachineOptions.NETWORK)) {
      machinery.limitSlot(index, rate);
    }
    return new Done(row -> Rows.withSlot(row, index.value()));
  }

  @Override
  public void undo(VmWork work) {
    // The claim is the truth: it is committed before anything is made, the VM's own row only
    // afterwards. The slot itself
    // is given back only when every other step is undone too: a machine that is still there must
    // not meet a new one.
    slots.of(work.id()).ifPresent(machinery::closeSlot);
  }
}
