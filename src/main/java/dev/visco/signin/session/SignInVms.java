package dev.visco.signin.session;

import dev.visco.model.UserId;
import dev.visco.model.VmId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The VMs of sign-ins: each exists for one, and is destroyed with its disk after it. */
public interface SignInVms {
  /** Refused when no sign-in can have a VM now: no image, no helper in it, no such VM type. */
  void require();

  /**
   * Creates the VM of a sign-in, and returns at once; the same sign-in gets the same VM.
   *
   * @param life after which it is destroyed whatever happens
   * @throws dev.visco.model.Refused when the host has no room for it
   */
  VmId create(String signIn, UserId user, Duration life);

  /**
   * Waits until it is ready.
   *
   * @return why it will not be; empty when it is
   */
  Optional<String> awaitReady(VmId vm) throws InterruptedException;

  /** Why nobody can go on in it; empty while it runs. */
  Optional<String> problem(VmId vm);

  /** Opens a connection into it. */
  SignInGuest open(VmId vm) throws IOException;

  /** Begins to destroy it. Nothing for a VM that is gone. */
  void destroy(VmId vm);

  /** Waits until nothing of it is left; whether that is so. */
  boolean awaitGone(VmId vm, Duration max) throws InterruptedException;

  /** All that there are. */
  List<VmId> all();

  /** Whether somebody has its desktop open. */
  boolean isWatched(VmId vm);
}
