package dev.visco.egress;

import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import dev.visco.model.SecretName;
import dev.visco.model.UpstreamProxy;
import dev.visco.model.UserId;
import dev.visco.relay.ProxyPassword;
import dev.visco.vault.OpenSecret;
import dev.visco.vault.Vault;
import dev.visco.vault.Vault.SecretFacts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Passwords of users' upstream proxies, in the vault: one for each user, proxy and name there. */
final class ProxyPasswords {
  /** After a password could not be read it is asked for again, at the earliest. */
  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final Vault vault;

  ProxyPasswords(Vault vault) {
    this.vault = vault;
  }

  private static Optional<SecretName> name(UserId owner, @Nullable UpstreamProxy proxy) {
    return proxy == null || proxy.user() == null
        ? Optional.empty()
        : Optional.of(SecretName.proxy(owner.value(), proxy.address(), proxy.user()));
  }

  /** Whether there is one. */
  boolean has(UserId owner, @Nullable UpstreamProxy proxy) {
    return name(owner, proxy).flatMap(vault::find).isPresent();
  }

  /** Puts one into the vault; refused while that is closed. */
  void put(UserId owner, UpstreamProxy proxy, String password) {
    byte[] value = password.getBytes(StandardCharsets.UTF_8);
    try {
      name(owner, proxy)
          .ifPresent(
              name -> vault.put(name, value, SecretFacts.UNCHECKED, null, "For an egress policy."));
    } finally {
      Arrays.fill(value, (byte) 0);
    }
  }

  /** Removes one; safe to repeat. */
  void remove(UserId owner, @Nullable UpstreamProxy proxy) {
    name(owner, proxy)
        .flatMap(vault::find)
        .ifPresent(row -> vault.remove(row.id(), "No egress policy needs it any more."));
  }

  /**
   * Reads one when it is needed first, and keeps it: each reading is recorded.
   *
   * @param why for the record
   */
  ProxyPassword of(UserId owner, @Nullable UpstreamProxy proxy, String why) {
    Optional<SecretName> name = name(owner, proxy);
    return name.isEmpty() ? () -> null : new StoredPassword(name.get(), why);
  }

  private final class StoredPassword implements ProxyPassword {
    private final SecretName name;
    private final String why;
    private byte @Nullable [] known;
    private boolean isKnown;
    private String problem = "";
    private long retryAt = System.nanoTime();

    private StoredPassword(SecretName name, String why) {
      this.name = name;
      this.why = why;
    }

    @Override
    public synchronized byte @Nullable [] get() throws IOException {
      if (!isKnown) {
        read();
      }
      return known;
    }

    private void read() throws IOException {
      if (System.nanoTime() - retryAt < 0) {
        throw new IOException(problem);
      }
      if (vault.find(name).isEmpty()) {
        isKnown = true;
        return;
      }
      try (OpenSecret secret = vault.read(name, why).orElse(null)) {
        known = secret == null ? null : secret.value().clone();
        isKnown = true;
      } catch (Refused | HostFault e) {
        problem = "its password cannot be read: " + e.getMessage();
        retryAt = System.nanoTime() + PAUSE.toNanos();
        throw new IOException(problem, e);
      }
    }
  }
}
