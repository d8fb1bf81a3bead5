package dev.visco.placeholder;

import dev.visco.model.UserId;
import dev.visco.model.VmId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who has placeholders in their VMs instead of credentials. */
public interface PlaceholderService {
  /**
   * How it is with a user and a provider that has placeholders.
   *
   * @param isUsed whether a placeholder goes into VMs, and not the credential
   * @param isChosen whether that was chosen for this user; else it is the default
   * @param hosts whose requests get the secret
   * @param vms that have the placeholder now
   * @param authority certificate in PEM that guests trust for these hosts; null while it was not
   *     needed yet
   */
  record PlaceholderView(
      String provider,
      boolean isUsed,
      boolean isChosen,
      List<String> hosts,
      List<VmId> vms,
      @Nullable String authority) {}

  /** All providers that have placeholders, for a user, by name. */
  List<PlaceholderView> list(UserId user);

  /**
   * Chooses for a user. What is in their VMs changes with the next delivery.
   *
   * @param isUsed null for the default, which is a placeholder
   */
  PlaceholderView choose(UserId user, String provider, @Nullable Boolean isUsed);

  /** Forgets a user who is removed; safe to repeat. */
  void removeUser(UserId user);
}
