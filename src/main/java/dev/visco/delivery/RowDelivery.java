package dev.visco.delivery;

import dev.visco.lifecycle.UsualProgram;
import dev.visco.model.Refused;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.provider.CredentialContent;
import dev.visco.provider.GuestPlaceholder;
import dev.visco.provider.GuestPlaceholder.GuestTrust;
import dev.visco.provider.Placeholders;
import dev.visco.provider.Provider;
import dev.visco.provider.ProviderCredential.CredentialFile;
import dev.visco.provider.SeedFile;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestOutput;
import dev.visco.store.EventKind;
import dev.visco.store.NewEvent;
import dev.visco.store.SecretRow;
import dev.visco.store.VmCredentialRow;
import dev.visco.store.VmCredentialRow.CredentialForm;
import dev.visco.store.VmCredentialRow.VmCredentialState;
import dev.visco.store.VmCredentialRows;
import dev.visco.vault.OpenSecret;
import dev.visco.vault.Vault;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Puts one credential into one VM, and takes it out: its row first, then the guest, then the row
 * again. Each effect is safe to repeat.
 */
final class RowDelivery {
  private static final Duration TRUST = Duration.ofSeconds(60);

  private final VmCredentialRows rows;
  private final Vault vault;
  private final Placeholders placeholders;
  private final Duration readBack;
  private final InstantSource clock;

  /**
   * @param readBack between two looks at what tools have refreshed
   */
  RowDelivery(
      VmCredentialRows rows,
      Vault vault,
      Placeholders placeholders,
      Duration readBack,
      InstantSource clock) {
    this.rows = rows;
    this.vault = vault;
    this.placeholders = placeholders;
    this.readBack = readBack;
    this.clock = clock;
  }

  /** A VM's row, and a session in it. */
  record OpenRow(VmCredentialRow row, GuestSession session, UsualProgram usual) {
    VmId vm() {
      return row.vm();
    }

    GuestCredentialFiles files() {
      return new GuestCredentialFiles(session, usual);
    }
  }

  VmCredentialRow change(VmCredentialRow row, UnaryOperator<VmCredentialRow> next)
      throws IOException {
    return rows.change(row.vm(), row.provider(), next).orElseThrow(() -> gone(row));
  }

  private static IOException gone(VmCredentialRow row) {
    return new IOException("the VM " + row.vm() + " is destroyed");
  }

  /**
   * Puts a credential into its VM.
   *
   * @param secret as the vault has it
   */
  void put(OpenRow open, Provider provider, SecretRow secret) throws IOException {
    Optional<GuestPlaceholder> placeholder =
        placeholders.of(open.vm(), new UserId(secret.name().owner()), provider);
    if (placeholder.isPresent()) {
      putPlaceholder(open, provider, secret, placeholder.get());
      return;
    }
    try (OpenSecret value = read(secret.name(), "to put it into " + open.vm());
        CredentialContent content = content(provider, value)) {
      Optional<String> problem = content.problem(provider);
      if (problem.isPresent()) {
        refuse(open.row(), value.row(), problem.get());
      } else {
        putContent(open, provider, value.row(), content);
      }
    }
  }

  /** What the vault has; nothing where that is no credential of the provider. */
  static CredentialContent content(Provider provider, OpenSecret value) {
    try {
      return CredentialContent.of(provider, value.value());
    } catch (Refused e) {
      return new CredentialContent(Map.of(), Map.of());
    }
  }

  OpenSecret read(SecretName name, String why) throws IOException {
    return vault.read(name, why).orElseThrow(() -> new IOException("it was removed meanwhile"));
  }

  void refuse(VmCredentialRow row, SecretRow secret, String why) throws IOException {
    change(
        row,
        now ->
            now.of(secret.id(), secret.version())
                .in(VmCredentialState.REFUSED, why, clock.millis()));
  }

  private void putContent(
      OpenRow open, Provider provider, SecretRow secret, CredentialContent content)
      throws IOException {
    CredentialForm form = content.files().isEmpty() ? CredentialForm.VARIABLE : CredentialForm.FILE;
    List<String> paths = List.copyOf(content.files().keySet());
    List<String> before = begin(open, provider, form, paths);
    GuestCredentialFiles files = open.files();
    if (open.row().form() == CredentialForm.PLACEHOLDER) {
      asRoot(open.session(), GuestTrust.removal(provider.name()), new byte[0]);
    }
    files.putMissing(provider.seedFiles());
    files.put(provider, content);
    files.remove(without(before, paths));
    try (CredentialContent there = files.read(provider)) {
      if (!there.hasSameFiles(content)) {
        throw new IOException("the guest has something else than what was put there");
      }
    }
    done(open, secret, form, paths);
  }

  private void putPlaceholder(
      OpenRow open, Provider provider, SecretRow secret, GuestPlaceholder placeholder)
      throws IOException {
    List<String> paths = placeholder.files().stream().map(SeedFile::path).toList();
    List<String> before = begin(open, provider, CredentialForm.PLACEHOLDER, paths);
    GuestCredentialFiles files = open.files();
    GuestTrust trust = placeholder.trust();
    asRoot(open.session(), trust.installation(), trust.input());
    files.putMissing(provider.seedFiles());
    files.remove(without(before, paths));
    files.put(placeholder.files());
    done(open, secret, CredentialForm.PLACEHOLDER, paths);
  }

  private static void asRoot(GuestSession session, List<String> command, byte[] input)
      throws IOException {
    try (GuestOutput output = session.exec(command, input, TRUST)) {
      if (output.exitCode() != 0) {
        throw new IOException(
            "the guest could not change which certificates it trusts: exit code "
                + output.exitCode());
      }
    }
  }

  /**
   * Records what may be in the guest from now on.
   *
   * @return what may have been there before
   */
  private synchronized List<String> begin(
      OpenRow open, Provider provider, CredentialForm form, List<String> paths) throws IOException {
    if (form == CredentialForm.FILE && rotates(provider)) {
      requireAlone(open.row());
    }
    List<String> before = open.row().paths();
    var all = new TreeSet<>(before);
    all.addAll(paths);
    change(
        open.row(),
        now ->
            now.with(form, List.copyOf(all), null)
                .in(VmCredentialState.WRITING, now.reason(), clock.millis()));
    return before;
  }

  /** Where VMs change from placeholders to the credential itself, the first one gets it. */
  private void requireAlone(VmCredentialRow row) throws IOException {
    for (VmCredentialRow other : rows.list(row.owner())) {
      boolean hasIt =
          other.provider().equals(row.provider())
              && !other.vm().equals(row.vm())
              && other.form() == CredentialForm.FILE
              && other.state().mayBeThere()
              && !other.paths().isEmpty();
      if (hasIt && other.state() != VmCredentialState.REMOVING) {
        throw new IOException("one VM alone may have it, which is " + other.vm());
      }
    }
  }

  private static List<String> without(List<String> before, List<String> paths) {
    var left = new ArrayList<>(before);
    left.removeAll(paths);
    return left;
  }

  private void done(OpenRow open, SecretRow secret, CredentialForm form, List<String> paths)
      throws IOException {
    String stamp = stamp(open, form, paths);
    long now = clock.millis();
    Optional<VmCredentialRow> delivered =
        rows.change(
            open.vm(),
            open.row().provider(),
            row ->
                row.of(secret.id(), secret.version())
                    .with(form, paths, stamp)
                    .in(VmCredentialState.DELIVERED, null, now)
                    .due(now + readBack.toMillis()),
            row ->
                Optional.of(event(EventKind.CREDENTIAL_DELIVERED, row, "was put into " + row.vm())),
            now);
    if (delivered.isEmpty()) {
      throw gone(open.row());
    }
  }

  static String stamp(OpenRow open, CredentialForm form, List<String> paths) throws IOException {
    var all = new ArrayList<>(paths);
    if (form == CredentialForm.PLACEHOLDER) {
      all.add(GuestTrust.path(open.row().provider()));
    }
    return open.files().stamp(all);
  }

  private static NewEvent event(EventKind kind, VmCredentialRow row, String what) {
    return NewEvent.of(
            kind,
            "The credential %s (%s) of %s %s."
                .formatted(row.secret(), row.provider(), row.owner(), what))
        .owner(row.owner())
        .vm(row.vm().value())
        .subject(row.secret());
  }

  /**
   * Takes a credential out of its VM, and forgets the row.
   *
   * @param provider null when it is not known any more
   */
  void remove(OpenRow open, @Nullable Provider provider) throws IOException {
    VmCredentialRow row = open.row();
    open.files().remove(row.paths());
    if (row.form() == CredentialForm.PLACEHOLDER) {
      asRoot(open.session(), GuestTrust.removal(row.provider()), new byte[0]);
      placeholders.removed(row.vm(), row.provider());
    }
    rows.remove(
        row,
        event(EventKind.CREDENTIAL_WITHDRAWN, row, "was taken out of " + row.vm()),
        clock.millis());
  }

  /** Whether a provider's tool changes what it was given. */
  static boolean isRefreshed(Provider provider) {
    return provider.credential().files().stream()
        .anyMatch(file -> file.rotates() || file.expiry() != null);
  }

  /** Whether a refresh by a tool makes other copies useless. */
  static boolean rotates(Provider provider) {
    return provider.credential().files().stream().anyMatch(CredentialFile::rotates);
  }
}
