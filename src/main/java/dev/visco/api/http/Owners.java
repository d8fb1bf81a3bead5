package dev.visco.api.http;

import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whose things are, and what their owners may do. */
public interface Owners {
  /**
   * What a path names.
   *
   * @param user whose it is; null for what no user made, like canaries
   * @param vm that it is, or is of; null for none
   * @param signIn the sign-in that the VM exists for; null for none
   */
  record Owned(@Nullable UserId user, @Nullable VmId vm, @Nullable OpenSignIn signIn) {
    public Owned(@Nullable UserId user, @Nullable VmId vm) {
      this(user, vm, null);
    }
  }

  /**
   * A sign-in that is under way.
   *
   * @param port of its VM that its user reaches with a browser elsewhere; null for none
   */
  record OpenSignIn(String id, @Nullable Integer port) {}

  /**
   * Whose this is; empty when there is none of that name, and when several users have one.
   *
   * @param kind VM, CREDENTIAL, PROMPT or SESSION, by its id alone, or SNAPSHOT
   * @param user whose it is to be, where users have names of their own; null for whoever has it
   */
  Optional<Owned> find(RouteOwner kind, String name, @Nullable UserId user);

  /**
   * The VM that a text means, see {@code VmService.named}.
   *
   * @param user among whose VMs; null for all
   * @throws dev.visco.model.Refused when it means none, or several
   */
  VmId named(String text, @Nullable UserId user);

  /** {@link UserState#ACTIVE} for a user that nobody has made yet. */
  UserState state(UserId user);
}
