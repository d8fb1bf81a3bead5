package dev.visco.egress;

import dev.visco.model.EgressPolicy;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.relay.RefusedTraffic;
import dev.visco.wire.EgressRequest;
import dev.visco.wire.EgressTestDocument;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Egress policies: a VM's own, else its owner's, else NAT. A change holds for VMs that run at once:
 * before it is recorded nothing leaves by another way any more, and all connections that were
 * opened by the earlier policy end. Every call throws {@link dev.visco.model.Refused} for what
 * cannot be.
 */
public interface EgressService {
  /**
   * A policy as it is in force.
   *
   * @param from whose it is
   * @param hasPassword whether the vault has a password for its proxy
   * @param connections open now; null for no VM, or one whose traffic passes no relay
   * @param problem why nothing leaves, though it should; null while there is none
   */
  record EgressView(
      EgressPolicy policy,
      PolicySource from,
      boolean hasPassword,
      @Nullable Integer connections,
      @Nullable String problem) {}

  /** Whose policy is in force. */
  enum PolicySource {
    /** The VM's own. */
    VM,
    /** Its owner's. */
    USER,
    /** Nobody has one: NAT. */
    DEFAULT
  }

  /**
   * The policy of a request, whose password goes into the vault, for a VM that is created next.
   *
   * @param owner of the VM
   */
  EgressPolicy prepare(UserId owner, EgressRequest request);

  /** A user's policy. */
  EgressView user(UserId user);

  /** Replaces a user's policy, which holds for all of their VMs that have none of their own. */
  EgressView setUser(UserId user, EgressRequest request);

  /** Takes a user's policy away; safe to repeat. */
  void removeUser(UserId user);

  /** The policy that is in force for a VM. */
  EgressView vm(VmId vm);

  /** Gives a VM a policy of its own. */
  EgressView setVm(VmId vm, EgressRequest request);

  /** Takes a VM's own policy away: its owner's is in force again. Safe to repeat. */
  EgressView removeVm(VmId vm);

  /** VMs whose policy could not be applied; it is tried again by itself. */
  int failures();

  /** What was refused to a VM's guest; a bounded number of entries, the newest first. */
  List<RefusedTraffic> refused(VmId vm);

  /**
   * Asks for a page by a VM's policy, as a connection of its guest would leave.
   *
   * @param url of {@code http} or {@code https}
   */
  EgressTestDocument test(VmId vm, String url);
}
