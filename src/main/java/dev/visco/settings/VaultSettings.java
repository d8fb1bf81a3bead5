package dev.visco.settings;

import dev.visco.model.Refused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the vault's master key comes from: at most one of these is set.
 *
 * @param keyFile a file with the key
 * @param keyCommand a command that writes the key, with its arguments; empty for none
 * @param credential the file of a credential that systemd gave to the daemon's unit
 */
public record VaultSettings(
    @Nullable Path keyFile, List<String> keyCommand, @Nullable Path credential) {
  /** The name of the credential in {@code LoadCredential=} and {@code LoadCredentialEncrypted=}. */
  public static final String CREDENTIAL = "visco.vault-key";

  public VaultSettings {
    keyCommand = List.copyOf(keyCommand);
  }

  /** What the operator set; a setting precedes systemd's credential. */
  static VaultSettings of(
      @Nullable Path file, List<String> command, Map<String, String> environment) {
    if (file != null && !command.isEmpty()) {
      throw Refused.invalid(
          Key.VAULT_KEY_COMMAND.path(),
          String.join(" ", command),
          "is set, and " + Key.VAULT_KEY_FILE.path() + " too",
          "Set one of them.");
    }
    boolean isSet = file != null || !command.isEmpty();
    return new VaultSettings(file, command, isSet ? null : credential(environment));
  }

  static Path file(Key key, String text) {
    if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
      throw Refused.invalid(
          key.path(), text, "is not an absolute path", "Give a path that starts with /.");
    }
    return Path.of(text).normalize();
  }

  static List<String> command(String text) {
    List<String> words = List.of(text.strip().split("\\s+", -1));
    if (!words.getFirst().startsWith("/")) {
      throw Refused.invalid(
          Key.VAULT_KEY_COMMAND.path(),
          text,
          "does not begin with the absolute path of a program",
          "Give one like /usr/bin/systemd-creds decrypt /etc/visco/vault.cred -: blanks part its"
              + " arguments, and nothing is quoted.");
    }
    return words;
  }

  private static @Nullable Path credential(Map<String, String> environment) {
    String folder = environment.get("CREDENTIALS_DIRECTORY");
    if (folder == null || !folder.startsWith("/")) {
      return null;
    }
    Path file = Path.of(folder, CREDENTIAL);
    return Files.exists(file) ? file : null;
  }
}
