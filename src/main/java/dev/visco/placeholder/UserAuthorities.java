package dev.visco.placeholder;

import dev.visco.model.Digest;
import dev.visco.model.SecretKind;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.provider.Provider;
import dev.visco.provider.ProviderPlaceholder;
import dev.visco.relay.secret.CertificateAuthority;
import dev.visco.relay.secret.HostCertificates;
import dev.visco.store.SecretRow;
import dev.visco.vault.OpenSecret;
import dev.visco.vault.Vault;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * An authority for each user and provider, for exactly the hosts of its placeholder. Its key is in
 * the vault, and in the memory of the daemon once it was needed. Other hosts in the provider's file
 * make another authority.
 */
final class UserAuthorities {
  private final Vault vault;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Map<SecretName, UserAuthority> known = new HashMap<>();

  /** An authority, and certificates by it. */
  record UserAuthority(CertificateAuthority authority, HostCertificates certificates) {}

  UserAuthorities(Vault vault, InstantSource clock, RandomGenerator random) {
    this.vault = vault;
    this.clock = clock;
    this.random = random;
  }

  private static SecretName name(UserId user, Provider provider, ProviderPlaceholder placeholder) {
    String hosts = String.join(" ", placeholder.hosts());
    String digest =
        Digest.of(hosts.getBytes(StandardCharsets.UTF_8)).value().substring("sha256:".length(), 23);
    return new SecretName(SecretKind.AUTHORITY, user.value(), provider.name(), digest);
  }

  /** The one that is in memory; empty when it was not needed yet. */
  synchronized Optional<UserAuthority> known(
      UserId user, Provider provider, ProviderPlaceholder placeholder) {
    return Optional.ofNullable(known.get(name(user, provider, placeholder)));
  }

  /** The one of a user and a provider, which is made when it is needed first. */
  synchronized UserAuthority of(UserId user, Provider provider, ProviderPlaceholder placeholder) {
    SecretName name = name(user, provider, placeholder);
    UserAuthority found = known.get(name);
    if (found == null) {
      CertificateAuthority authority = read(name).orElseGet(() -> make(name, placeholder));
      found = new UserAuthority(authority, new HostCertificates(authority, clock, random));
      known.put(name, found);
    }
    return found;
  }

  private Optional<CertificateAuthority> read(SecretName name) {
    try (OpenSecret secret =
        vault.read(name, "to certify hosts of " + name.provider()).orElse(null)) {
      return secret == null
          ? Optional.empty()
          : Optional.of(CertificateAuthority.of(secret.value()));
    }
  }

  private CertificateAuthority make(SecretName name, ProviderPlaceholder placeholder) {
    CertificateAuthority made =
        CertificateAuthority.make(
            "Visco " + name.provider() + " of " + name.owner(),
            placeholder.hosts(),
            clock.instant(),
            random);
    byte[] encoded = made.encoded();
    try {
      vault.put(name, encoded, Vault.SecretFacts.UNCHECKED, 0L, "for placeholders in VMs");
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
    removeEarlier(name);
    return made;
  }

  /** Those for hosts that the provider's file had before. */
  private void removeEarlier(SecretName name) {
    for (SecretRow row : vault.list(name.owner())) {
      SecretName other = row.name();
      if (other.kind() == SecretKind.AUTHORITY
          && other.provider().equals(name.provider())
          && !other.equals(name)) {
        vault.remove(row.id(), "its provider has other hosts now");
        known.remove(other);
      }
    }
  }

  /** Forgets those of a user who is removed; the vault forgets them itself. */
  synchronized void removeUser(UserId user) {
    known.keySet().removeIf(name -> name.owner().equals(user.value()));
  }
}
