package dev.visco.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import dev.visco.model.SecretName;
import dev.visco.vault.Vault.SecretFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A data folder whose store, whose file of secrets or whose master key is cut off or has a flipped
 * bit: either the start is refused, or the vault is, or every secret is as it was put last.
 */
@Timeout(400)
class DamagedVaultTest {
  private static final int CASES = 200;
  private static final int SECRETS = 12;

  /** In memory where there is room: hundreds of stores are synced. */
  private static final Path ROOT =
      Path.of(
          Files.isWritable(Path.of("/dev/shm"))
              ? "/dev/shm"
              : System.getProperty("java.io.tmpdir"));

  private Path folder;
  private Path data;
  private MasterKeySource.KeyFile source;
  private final Map<Path, byte[]> good = new TreeMap<>();

  private enum End {
    START_REFUSED,
    VAULT_CLOSED,
    WHOLE
  }

  private static SecretName name(int number) {
    return SecretName.credential("alice", "codex", "n" + number);
  }

  /** Some secrets are older than the copy of the store, some are newer, some have changed since. */
  @BeforeEach
  void aVault() throws Exception {
    folder = Files.createTempDirectory(ROOT, "visco-vault");
    data = folder.resolve("data");
    source = new MasterKeySource.KeyFile(folder.resolve("vault.key"));
    try (var under = new VaultUnderTest(data, source)) {
      under.keys.initialize();
      for (int number = 0; number < SECRETS / 2; number++) {
        put(under, number, "first");
      }
      under.store.copy(3, Instant.EPOCH);
      for (int number = SECRETS / 4; number < SECRETS; number++) {
        put(under, number, "last");
      }
      for (int number = 0; number < SECRETS / 4; number++) {
        put(under, number, "last");
      }
    }
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        good.put(file, Files.readAllBytes(file));
      }
    }
    assertThat(good).containsKeys(data.resolve("visco.db"), data.resolve("secrets.json"));
  }

  private static void put(VaultUnderTest under, int number, String value) {
    byte[] bytes = (value + " value " + number).getBytes(UTF_8);
    under.vault.put(name(number), bytes, SecretFacts.UNCHECKED, null, null);
  }

  @AfterEach
  void end() {
    DurableFiles.deleteTree(folder);
  }

  private void restore() throws IOException {
    DurableFiles.deleteTree(data);
    for (var file : good.entrySet()) {
      Files.createDirectories(file.getKey().resolveSibling(""));
      DurableFiles.write(file.getKey(), file.getValue(), "rw-------");
    }
  }

  private static byte[] damaged(byte[] bytes, boolean isCut, Random random) {
    if (isCut) {
      return Arrays.copyOf(bytes, random.nextInt(bytes.length));
    }
    byte[] flipped = bytes.clone();
    flipped[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }

  private End end(String what) {
    try (var under = new VaultUnderTest(data, source)) {
      if (!(under.vault.state() instanceof VaultState.Open)) {
        return End.VAULT_CLOSED;
      }
      for (int number = 0; number < SECRETS; number++) {
        try (OpenSecret secret = under.vault.read(name(number), "a test").orElseThrow()) {
          assertThat(new String(secret.value(), UTF_8)).as(what).isEqualTo("last value " + number);
        }
      }
      return End.WHOLE;
    } catch (Refused | HostFault e) {
      return End.START_REFUSED;
    }
  }

  @Test
  void whateverIsCutOrFlippedNothingIsLostAndNothingWrongIsRead() throws Exception {
    var random = new Random(24);
    Path[] files = {data.resolve("visco.db"), data.resolve("secrets.json"), source.file()};
    var ends = new EnumMap<End, Integer>(End.class);
    for (int number = 0; number < CASES; number++) {
      restore();
      Path file = files[number % files.length];
      boolean isCut = number % 2 == 0;
      String what = number + ": " + file.getFileName() + (isCut ? " cut" : " flipped");
      Files.write(file, damaged(Objects.requireNonNull(good.get(file)), isCut, random));
      End end = end(what);
      if (file.equals(source.file())) {
        assertThat(end).as(what).isEqualTo(End.VAULT_CLOSED);
      } else {
        assertThat(end).as(what).isNotEqualTo(End.VAULT_CLOSED);
      }
      ends.merge(end, 1, Integer::sum);
      if (end != End.WHOLE) { // What was refused changes nothing: the good file brings all back.
        DurableFiles.write(file, Objects.requireNonNull(good.get(file)), "rw-------");
        assertThat(end(what)).as(what + ", and put back").isEqualTo(End.WHOLE);
      }
    }
    assertThat(ends.get(End.WHOLE)).isGreaterThan(CASES / 4);
    assertThat(ends.get(End.VAULT_CLOSED)).isEqualTo(CASES / 3);
  }

  @Test
  void aLostFileOfSecretsIsWrittenAnewFromTheStoreAndALostStoreFromTheFile() throws Exception {
    Files.delete(data.resolve("secrets.json"));
    assertThat(end("without the file")).isEqualTo(End.WHOLE);
    assertThat(data.resolve("secrets.json")).exists();
    restore();
    Files.write(data.resolve("visco.db"), new byte[] {1, 2, 3});
    assertThat(end("from the copy and the file")).isEqualTo(End.WHOLE);
  }
}
