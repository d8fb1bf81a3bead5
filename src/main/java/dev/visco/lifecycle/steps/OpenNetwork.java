package dev.visco.lifecycle.steps;

import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.GuestEgress;
import dev.visco.lifecycle.Outcome;
import dev.visco.lifecycle.Outcome.Again;
import dev.visco.lifecycle.Outcome.Done;
import dev.visco.lifecycle.Outcome.Failed;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.Step;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.MachineOptions;
import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import dev.visco.model.StepName;
import dev.visco.network.Slots;
import dev.visco.store.SlotRows;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a network slot, usually a spare one, for which only a row changes. */
public final class OpenNetwork implements Step {
  private static final Logger LOG = LoggerFactory.getLogger(OpenNetwork.class);
  private static final Duration PAUSE = Duration.ofMillis(20);
  private final Slots networks;
  private final SlotRows slots;
  private final GuestEgress egress;
  private final Clocks clocks;

  public OpenNetwork(Slots networks, SlotRows slots, GuestEgress egress, Clocks clocks) {
    this.networks = networks;
    this.slots = slots;
    this.egress = egress;
    this.clocks = clocks;
  }

  @Override
  public StepName name() {
    return StepName.OPEN_NETWORK;
  }

  @Override
  public Outcome advance(VmWork work) {
    var claim = slots.claim(work.id());
    if (claim.isEmpty()) {
      // The last free one may just be being made by SlotKeeper: an admitted VM always gets a slot.
      if (!slots.areAllTaken()) {
        return new Again(PAUSE, "A slot is being made.");
      }
      return new Failed(
          "All addresses of the pool are taken. Destroy a VM or set network.pool to a larger range.");
    }
    SlotIndex index = claim.get().index();
    open(work, index, claim.get().isOpen());
    Rate rate = work.spec().machine().options().network();
    if (!rate.equals(MachineOptions.NETWORK)) {
      networks.limit(index, rate);
    }
    egress.apply(work, index);
    return new Done(row -> Rows.withSlot(row, index.value()));
  }

  /**
   * Makes the slot, unless it is a spare one that is still in order. A slot that cannot be made is
   * set aside for a while, so that the next try takes another one.
   */
  private void open(VmWork work, SlotIndex index, boolean isOpen) {
    List<String> faults = isOpen ? networks.faults(index) : List.of();
    if (isOpen && faults.isEmpty()) {
      return;
    }
    try {
      networks.open(index);
    } catch (RuntimeException e) {
      slots.setAside(work.id(), index, e.getMessage() + "", clocks.now());
      throw e;
    }
    slots.opened(index);
    egress.end(work.id(), index); // Whatever was in the slot before is gone.
    if (!faults.isEmpty()) {
      String what = String.join("; ", faults);
      LOG.warn("{}: slot {} was not in order and was made again: {}", work.id(), index, what);
      slots.remade(work.id(), index, what, clocks.now());
    }
  }

  @Override
  public void undo(VmWork work) {
    // The claim is the truth: it is committed before anything is made, the VM's own row only
    // afterwards. The slot itself
    // is given back only when every other step is undone too: a machine that is still there must
    // not meet a new one.
    slots
        .of(work.id())
        .ifPresent(index -> {
          egress.end(work.id(), index);
          networks.close(index);
        });
  }
}
