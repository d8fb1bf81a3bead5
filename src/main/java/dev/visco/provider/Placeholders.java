package dev.visco.provider;

import dev.visco.model.UserId;
import dev.visco.model.VmId;
import java.util.Optional;

/** Says what of a user's credential goes into a VM of theirs: itself, or a placeholder for it. */
public interface Placeholders {
  /** Credentials go into VMs themselves. */
  Placeholders NONE =
      new Placeholders() {
        @Override
        public Optional<GuestPlaceholder> of(VmId vm, UserId owner, Provider provider) {
          return Optional.empty();
        }

        @Override
        public void removed(VmId vm, String provider) {}
      };

  /**
   * What goes into a VM instead of its owner's credential; empty where the credential itself does.
   * It is recorded that the VM has the placeholder, or has it no longer: from when this returns
   * something, requests of the VM get the secret on their way out, and its guest has to trust the
   * authority. Safe to repeat.
   *
   * @throws dev.visco.model.Refused while the vault is closed
   */
  Optional<GuestPlaceholder> of(VmId vm, UserId owner, Provider provider);

  /** A placeholder was taken out of a VM. Safe to repeat. */
  void removed(VmId vm, String provider);
}
