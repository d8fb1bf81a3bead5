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
    return kept.session(
        row.id().value(),
        Objects.requireNonNullElse(row.machine(), ""),
        () -> connect(row, address, deadline));
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
