package dev.visco.signin.session;

import dev.visco.provider.CredentialContent;
import dev.visco.provider.Provider;
import dev.visco.provider.ProviderCredential.CredentialFile;
import dev.visco.signin.session.SignInGuest.CheckResult;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import dev.visco.store.SignInRow;
import dev.visco.vault.Vault;
import dev.visco.vault.Vault.SecretFacts;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Takes a tool's credential out of its VM. That a file is there is no success: its fields must not
 * be empty, and the provider must accept it where the tool can ask.
 */
final class SignInCredential {
  private final SignInServices parts;
  private final Provider provider;

  SignInCredential(SignInServices parts, Provider provider) {
    this.parts = parts;
    this.provider = provider;
  }

  /** The tool has no credential, or one that its provider does not accept. */
  static final class SignInRefused extends Exception {
    private static final long serialVersionUID = 1;

    SignInRefused(String message) {
      super(message);
    }
  }

  /** Whether the tool has a whole credential. */
  static boolean isThere(SignInGuest guest, Provider provider) throws IOException {
    try (CredentialContent content = read(guest, provider)) {
      return content.problem(provider).isEmpty();
    }
  }

  private static CredentialContent read(SignInGuest guest, Provider provider) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (CredentialFile file : provider.credential().files()) {
      Optional<byte[]> content = guest.read(file.path(), Vault.MAX_BYTES);
      content.ifPresent(bytes -> files.put(file.path(), bytes));
    }
    return new CredentialContent(files, Map.of());
  }

  /** Reads it, has it tried, and puts it into the vault. */
  SecretRow take(SignInGuest guest, SignInRow row) throws IOException, SignInRefused {
    try (CredentialContent first = read(guest, provider)) {
      require(first);
    }
    boolean isAccepted = isAccepted(guest);
    // What was asked with may have been refreshed.
    try (CredentialContent content = read(guest, provider)) {
      require(content);
      byte[] packed = content.pack();
      try {
        return put(row, packed, content.expires(provider), isAccepted);
      } finally {
        Arrays.fill(packed, (byte) 0);
      }
    }
  }

  private void require(CredentialContent content) throws SignInRefused {
    Optional<String> problem = content.problem(provider);
    if (problem.isPresent()) {
      throw new SignInRefused(
          "The tool says that it is signed in, but has no credential: " + problem.get());
    }
  }

  /** Asks the provider by the tool; false when there is no way to. */
  private boolean isAccepted(SignInGuest guest) throws IOException, SignInRefused {
    List<String> command = provider.filled(provider.check().online());
    if (command.isEmpty()) {
      return false;
    }
    var environment = new TreeMap<String, String>();
    provider.environment().forEach((name, value) -> environment.put(name, provider.filled(value)));
    CheckResult result = guest.run(command, environment, SignInLimits.CHECK);
    if (result.exitCode() != 0) {
      throw new SignInRefused(
          "The provider does not accept the credential: the check ended with "
              + result.exitCode()
              + (result.text().isEmpty() ? "." : " (" + result.text() + ")."));
    }
    return true;
  }

  private SecretRow put(
      SignInRow row,
      byte[] packed,
      @org.jspecify.annotations.Nullable Long expires,
      boolean isAccepted)
      throws SignInRefused {
    SecretState state = isAccepted ? SecretState.VALID : SecretState.UNCHECKED;
    SecretRow stored =
        parts
            .vault()
            .put(
                row.secret(),
                packed,
                new SecretFacts(state, expires),
                null,
                "by the sign-in " + row.id());
    var checked = parts.credentials().validate(stored.id());
    if (checked.isAsked() && checked.row().state() == SecretState.NEEDS_SIGN_IN) {
      throw new SignInRefused(
          "The provider does not accept the credential"
              + (checked.row().problem() == null ? "." : ": " + checked.row().problem()));
    }
    return stored;
  }
}
