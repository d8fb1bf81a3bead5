package dev.visco.lifecycle.boot;

import dev.visco.lifecycle.GuestClock;
import dev.visco.lifecycle.VmWork;

/** The clocks of this host's guests. */
public record HostGuestClock(GuestProbe guests, BootContext.Source contexts) implements GuestClock {
  @Override
  public void set(VmWork work) {
    guests.setClock(contexts.of(work));
  }

  @Override
  public void restored(VmWork work) {
    guests.restored(contexts.of(work));
  }
}
