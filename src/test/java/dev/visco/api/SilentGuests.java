package dev.visco.api;

import dev.visco.delivery.DeliveryGuests;
import dev.visco.lifecycle.UsualProgram;
import dev.visco.lifecycle.VmWork;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.GuestUnreachable.GuestStage;
import dev.visco.store.VmRow;
import java.time.Duration;

/** Guests that never answer. */
final class SilentGuests implements DeliveryGuests {
  @Override
  public GuestSession open(VmWork work, Duration deadline) throws GuestUnreachable {
    throw new GuestUnreachable(GuestStage.NO_ANSWER, "no answer in time", null);
  }

  @Override
  public UsualProgram usual(VmRow row) {
    return UsualProgram.ROOT;
  }

  @Override
  public boolean hasDesktop(VmRow row) {
    return false;
  }
}
