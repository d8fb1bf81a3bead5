package dev.visco.lifecycle;

import dev.visco.model.UserId;
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
    if (spec.purpose().isUsers()) {
      requireActive(spec.owner());
    }
  }

  /** Refuses a user who is suspended. */
  public void requireActive(UserId id) {
    if (users.find(id).filter(user -> user.state() == UserState.SUSPENDED).isPresent()) {
      throw Quotas.suspended(id);
    }
  }
}
