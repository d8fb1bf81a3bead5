package dev.visco.signin.session;

import dev.visco.model.SecretName;
import dev.visco.model.VmId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts a credential into its user's VMs. */
public interface SignInDelivery {
  /**
   * Where it stands in one VM.
   *
   * @param isThere whether the VM has it
   * @param reason why not, for people; null when there is nothing to tell
   */
  record DeliveredTo(VmId vm, boolean isThere, @Nullable String reason) {}

  /** Delivers the credential as the vault has it; safe to repeat. */
  List<DeliveredTo> deliver(SecretName credential);
}
