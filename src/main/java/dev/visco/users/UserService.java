package dev.visco.users;

import dev.visco.model.Quota;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The users of VMs. Every call throws {@link dev.visco.model.Refused} for what cannot be, and for a
 * user that is not there.
 */
public interface UserService {
  /**
   * A user.
   *
   * @param labels whatever the operator wants to know of it
   */
  record User(
      UserId id,
      Map<String, String> labels,
      Quota quota,
      UserState state,
      Instant created,
      Instant changed) {
    public User {
      labels = Map.copyOf(labels);
    }
  }

  /** Adds one; refused when there is one of that id. */
  User create(UserId id, Map<String, String> labels, Quota quota);

  User user(UserId id);

  /** {@link UserState#ACTIVE} for one that nobody has made. */
  UserState state(UserId id);

  /**
   * In the order of their ids.
   *
   * @param after only those with a higher id
   */
  List<User> page(int limit, String after);

  /**
   * Changes labels and quota.
   *
   * @param labels all that it has from now on; null leaves them
   * @param quota the same
   */
  User update(UserId id, @Nullable Map<String, String> labels, @Nullable Quota quota);

  /** Stops all of its VMs, and lets it have nothing new; safe to repeat. */
  User suspend(UserId id);

  /** Lets it have VMs again. Those that were stopped stay so until somebody starts them. */
  User resume(UserId id);

  /**
   * Removes it with its tokens; refused while it has VMs, snapshots or volumes.
   *
   * @param force suspends it, and removes its VMs, snapshots and volumes first. Where that breaks
   *     off the user stays suspended, and the call may be repeated.
   */
  void remove(UserId id, boolean force);
}
