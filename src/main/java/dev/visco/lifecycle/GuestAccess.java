package dev.visco.lifecycle;

import dev.visco.model.Ipv4;
import dev.visco.model.VmId;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSessions;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.KeptSessions;
import dev.visco.session.VmKeyring;
import dev.visco.session.VmKeys;
import dev.visco.session.VsockAddress;
import dev.visco.store.VmRow;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** Sessions in VMs over connections that are kept; by vsock where the VM has it, else by TCP. */
public final class GuestAccess implements AutoCloseable {
  private final GuestSessions sessions;
  private final KeptSessions kept;
  private final Function<VmWork, Optional<VsockAddress>> vsock;
  private final VmKeyring keyring;

  /**
   * @param vsock the address of a VM's SSH server on virtio-vsock; empty where it has none
   * @param keyring has the VMs' keys
   */
  public GuestAccess(
      GuestSessions sessions,
      KeptSessions kept,
      Function<VmWork, Optional<VsockAddress>> vsock,
      VmKeyring keyring) {
    this.sessions = sessions;
    this.kept = kept;
    this.vsock = vsock;
    this.keyring = keyring;
  }

  /**
   * A session in a VM that has a machine.
   *
   * @param deadline time limit for signing in, where there is no connection yet
   */
  public GuestSession session(VmRow row, Ipv4 address, Duration deadline) throws GuestUnreachable {
    return kept.session(row.id().value(), machine(row), () -> connect(row, address, deadline));
  }

  /**
   * A session over the guest's network, also in a guest that still boots or has just got its own
   * address; what signs in later uses the same connection. A VM with vsock is signed in to anew
   * later, by that.
   *
   * @param reach time limit for the TCP connection
   * @param deadline time limit for signing in after it
   */
  public GuestSession overNetwork(VmRow row, Ipv4 address, Duration reach, Duration deadline)
      throws GuestUnreachable {
    KeptSessions.Connecting connecting =
        () -> sessions.connect(address, keyring.of(row.id()), reach, deadline);
    return vsock.apply(VmWork.of(row)).isPresent()
        ? connecting.connect()
        : kept.session(row.id().value(), machine(row), connecting);
  }

  private static String machine(VmRow row) {
    return Objects.requireNonNullElse(row.machine(), "");
  }

  private GuestSession connect(VmRow row, Ipv4 address, Duration deadline) throws GuestUnreachable {
    VmKeys keys = keyring.of(row.id());
    Optional<VsockAddress> near = vsock.apply(VmWork.of(row));
    return near.isPresent()
        ? sessions.connect(near.get(), address, keys, deadline)
        : sessions.connect(address, keys, deadline);
  }

  /** Refuses a new VM whose keys could not be kept. */
  void requireRoomForKeys() {
    keyring.requireRoomForKeys();
  }

  /** Closes the connections of a VM that is destroyed. */
  public void forget(VmId id) {
    kept.forget(id.value());
  }

  /** Closes all connections. */
  @Override
  public void close() {
    kept.close();
  }
}
