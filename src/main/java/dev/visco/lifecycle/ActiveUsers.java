package dev.visco.lifecycle;

import dev.visco.model.Purpose;
import dev.visco.model.UserState;
import dev.visco.model.VmSpec;
import dev.visco.store.UserRows;

/** Refuses to start the VMs of users that are suspended. */
public final class ActiveUsers {
  private final UserRows users;

  public ActiveUsers(UserRows users) {
    this.users = users;
  }

  void requireActive(VmSpec spec) {
    if (spec.purpose() == Purpose.USER
        && users
            .find(spec.owner())
            .filter(user -> user.state() == UserState.SUSPENDED)
            .isPresent()) {
      throw Quotas.suspended(spec.owner());
    }
  }
}
