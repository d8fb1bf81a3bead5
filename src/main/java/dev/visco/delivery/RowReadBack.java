package dev.visco.delivery;

import dev.visco.delivery.RowDelivery.OpenRow;
import dev.visco.model.Refused;
import dev.visco.provider.CredentialContent;
import dev.visco.provider.Provider;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import dev.visco.store.VmCredentialRow;
import dev.visco.store.VmCredentialRow.CredentialForm;
import dev.visco.store.VmCredentialRow.VmCredentialState;
import dev.visco.vault.OpenSecret;
import dev.visco.vault.Vault;
import dev.visco.vault.Vault.SecretFacts;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes over into the vault what the tool in a VM has made of the credential that it got. */
final class RowReadBack {
  /** After which a file that a tool may be writing just now is read again. */
  private static final Duration AGAIN = Duration.ofSeconds(15);

  private final RowDelivery delivery;
  private final Vault vault;
  private final Duration readBack;
  private final InstantSource clock;

  /**
   * @param delivery puts what is missing
   * @param readBack between two looks at what tools have refreshed
   */
  RowReadBack(RowDelivery delivery, Vault vault, Duration readBack, InstantSource clock) {
    this.delivery = delivery;
    this.vault = vault;
    this.readBack = readBack;
    this.clock = clock;
  }

  /**
   * Takes over what the VM's tool has made of the credential, where it has the vault's version and
   * there is something that is whole; nothing else is done.
   */
  void save(OpenRow open, Provider provider, SecretRow secret) throws IOException {
    VmCredentialRow row = open.row();
    boolean isNewest = row.secret().equals(secret.id()) && row.version() == secret.version();
    if (!isNewest || row.form() != CredentialForm.FILE || !RowDelivery.isRefreshed(provider)) {
      return;
    }
    String stamp = RowDelivery.stamp(open, row.form(), row.paths());
    if (!stamp.equals(row.stamp())) {
      try (CredentialContent there = open.files().read(provider)) {
        if (there.problem(provider).isEmpty()) {
          compare(open, provider, secret, there, stamp);
        }
      }
    }
  }

  /**
   * Takes over what the VM's tool has made of the credential since it was put there.
   *
   * @param isBoot whether nobody works in the VM yet, so that what is missing or torn is put there
   *     again
   */
  void readBack(OpenRow open, Provider provider, SecretRow secret, boolean isBoot)
      throws IOException {
    VmCredentialRow row = open.row();
    String stamp = RowDelivery.stamp(open, row.form(), row.paths());
    if (stamp.equals(row.stamp()) && row.tries() == 0) {
      later(row, stamp, readBack);
    } else if (row.form() != CredentialForm.FILE) {
      delivery.put(open, provider, secret);
    } else {
      read(open, provider, secret, isBoot, stamp);
    }
  }

  private void read(OpenRow open, Provider provider, SecretRow secret, boolean isBoot, String stamp)
      throws IOException {
    VmCredentialRow row = open.row();
    try (CredentialContent there = open.files().read(provider)) {
      Optional<String> problem = there.problem(provider);
      if (problem.isEmpty()) {
        compare(open, provider, secret, there, stamp);
      } else if (isBoot) {
        delivery.put(open, provider, secret);
      } else if (row.tries() == 0) {
        delivery.change(row, now -> now.tried(0, problem.get(), clock.millis() + AGAIN.toMillis()));
      } else {
        spoiled(row, secret, there, problem.get());
      }
    }
  }

  private void later(VmCredentialRow row, @Nullable String stamp, Duration next)
      throws IOException {
    long now = clock.millis();
    delivery.change(
        row,
        one ->
            one.with(one.form(), one.paths(), stamp)
                .in(
                    one.state(),
                    one.state() == VmCredentialState.DELIVERED ? null : one.reason(),
                    now)
                .due(now + next.toMillis()));
  }

  /** A tool or a user has made the files useless; what is in the vault may be, too. */
  private void spoiled(
      VmCredentialRow row, SecretRow secret, CredentialContent there, String problem)
      throws IOException {
    if (there.files().isEmpty()) {
      delivery.refuse(
          row, secret, "Its files are not in the VM any more: they were removed there.");
      return;
    }
    vault.mark(
        secret,
        SecretState.NEEDS_SIGN_IN,
        "Its tool in " + row.vm() + " holds it for useless. " + problem,
        null);
    delivery.refuse(row, secret, problem);
  }

  /** The newer one by its provider's time wins, and the VM's where both say the same or nothing. */
  private void compare(
      OpenRow open, Provider provider, SecretRow secret, CredentialContent there, String stamp)
      throws IOException {
    boolean isSame;
    Long known;
    try (OpenSecret value =
            delivery.read(secret.name(), "to compare it with what " + open.vm() + " has");
        CredentialContent content = RowDelivery.content(provider, value)) {
      if (value.row().version() != secret.version()) {
        return; // Another one was put meanwhile: it is delivered next.
      }
      isSame = there.hasSameFiles(content);
      known = content.expires(provider);
    }
    Long found = there.expires(provider);
    if (isSame) {
      later(open.row(), stamp, readBack);
    } else if (known != null && found != null && found < known) {
      if (open.row().state() == VmCredentialState.REMOVING) {
        return;
      }
      delivery.change(open.row(), now -> now.in(VmCredentialState.WRITING, null, clock.millis()));
    } else {
      takeOver(open, secret, there, found, stamp);
    }
  }

  private void takeOver(
      OpenRow open, SecretRow secret, CredentialContent there, @Nullable Long expires, String stamp)
      throws IOException {
    long next = secret.version() + 1;
    delivery.change(open.row(), now -> now.coming(next));
    byte[] packed = there.pack();
    try {
      SecretRow stored =
          vault.put(
              secret.name(),
              packed,
              new SecretFacts(refreshed(secret), expires),
              secret.version(),
              "its tool in " + open.vm() + " has refreshed it");
      VmCredentialRow row =
          delivery.change(open.row(), now -> now.of(stored.id(), stored.version()));
      later(row, stamp, readBack);
    } catch (Refused e) {
      delivery.change(open.row(), now -> now.coming(null));
      throw e;
    } finally {
      Arrays.fill(packed, (byte) 0);
    }
  }

  /** One that was refused before is another one now. */
  private static SecretState refreshed(SecretRow secret) {
    return secret.state() == SecretState.VALID ? SecretState.VALID : SecretState.UNCHECKED;
  }
}
