package dev.visco.delivery;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.visco.model.SecretName;
import dev.visco.model.VmId;
import dev.visco.store.SecretRow;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Puts users' credentials into their VMs. Which VMs should have one: those that users created,
 * without a desktop, that are not destroyed and do not decline it by a label ({@link
 * DeliveryTargets}).
 */
public interface CredentialDelivery {
  /** Where a credential stands in one VM. */
  enum VmDeliveryState {
    /** What the vault has, or what the VM's tool has made of it since, is in the VM. */
    DELIVERED,
    /** The VM does not run, or cannot be reached: it is tried again by itself. */
    WAITING,
    /** It is not put there, and not tried again before something changes. */
    REFUSED,
    /** It is to be taken out of the VM as soon as that runs. */
    REMOVING;

    /** Its name in rows and answers. */
    @JsonValue
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Where a credential stands in one VM.
   *
   * @param isChosen whether its user chose this VM for it ({@link #deliverTo})
   * @param reason why it waits or is refused, for people; null when there is nothing to tell
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record VmDelivery(VmId vm, VmDeliveryState state, boolean isChosen, @Nullable String reason) {}

  /**
   * Delivers the credential as the vault has it to all VMs of its owner that should have it. VMs
   * that run get it before this returns, within some 20 s for each; the others once they run. Safe
   * to repeat. A tool whose refresh makes the earlier token useless loses its sign-in when two
   * copies live: wherever the credential comes from, no tool may go on with it once this is called.
   *
   * @return by VM, the oldest first; what is wrong with one VM is told there, and never thrown
   * @throws dev.visco.model.Refused when there is no such credential, or the vault is closed
   */
  List<VmDelivery> deliver(SecretName credential);

  /**
   * Has a VM get this credential, whatever it would get otherwise, and whether it is for its
   * desktop or declines. Where one VM alone may have it, the others lose it first.
   *
   * @throws dev.visco.model.Refused when the VM is another user's, the provider is not known, or
   *     the vault is closed
   */
  List<VmDelivery> deliverTo(SecretRow credential, VmId vm);

  /**
   * Takes back what {@link #deliverTo} has chosen: the VM gets what it would get otherwise, or
   * nothing. Where one VM alone may have the credential, it stays where it is as long as that VM
   * should have it.
   *
   * @param vm null for all VMs that were chosen for it
   * @throws dev.visco.model.Refused when it was not chosen for that VM, or for none, the provider
   *     is not known, or the vault is closed
   */
  List<VmDelivery> unchoose(SecretRow credential, @Nullable VmId vm);

  /** Where a credential stands, by VM. */
  List<VmDelivery> deliveries(SecretRow credential);

  /**
   * Does what is due in the VMs of a user that run, as after one of their credentials was put or
   * removed; returns within some 20 s for each that gives no answer.
   */
  void settle(String user);
}
