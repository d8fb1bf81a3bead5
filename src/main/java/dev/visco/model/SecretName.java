package dev.visco.model;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * By what a secret is found.
 *
 * @param owner the user whose it is; for {@link SecretKind#VM_KEYS} the VM, for {@link
 *     SecretKind#SNAPSHOT_KEYS} the snapshot's place
 * @param provider whose service it is for, like {@code codex}, or the address of a proxy; 1 to 128
 *     letters, digits and {@code . _ : @ + -}
 * @param name by which an owner's secrets for one provider are told apart, likewise
 */
public record SecretName(SecretKind kind, String owner, String provider, String name) {
  /** The name of a secret when its owner has one for the provider. */
  public static final String DEFAULT = "default";

  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._:@+-]{1,128}");
  private static final String TERMS = "1 to 128 letters, digits, '.', '_', ':', '@', '+' or '-'";

  public SecretName {
    owner =
        switch (kind) {
          case VM_KEYS -> new VmId(owner).value();
          case SNAPSHOT_KEYS -> new SnapshotPlace(owner).value();
          case CREDENTIAL, PROXY, AUTHORITY -> new UserId(owner).value();
        };
    Text.matching("provider", provider, FORM, TERMS);
    Text.matching("name", name, FORM, TERMS);
  }

  /** A user's sign-in at a provider, or key for its API. */
  public static SecretName credential(String user, String provider, String name) {
    return new SecretName(SecretKind.CREDENTIAL, user, provider, name);
  }

  /** A user's name and password at a proxy. */
  public static SecretName proxy(String user, String address, String name) {
    return new SecretName(SecretKind.PROXY, user, address, name);
  }

  /** The keys of a VM. */
  public static SecretName keys(VmId vm) {
    return new SecretName(SecretKind.VM_KEYS, vm.value(), "visco", DEFAULT);
  }

  /** The keys that a snapshot has. */
  public static SecretName keys(SnapshotPlace snapshot) {
    return new SecretName(SecretKind.SNAPSHOT_KEYS, snapshot.value(), "visco", DEFAULT);
  }

  /** The VM or snapshot with which it goes, and in whose folder its row lies; null for a user's. */
  public @Nullable String holder() {
    return switch (kind) {
      case VM_KEYS, SNAPSHOT_KEYS -> owner;
      case CREDENTIAL, PROXY, AUTHORITY -> null;
    };
  }
}
