package dev.visco.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import dev.visco.model.SecretName;
import dev.visco.settings.VaultSettings;
import dev.visco.store.EventKind;
import dev.visco.vault.Vault.SecretFacts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VaultKeysTest {
  private static final int SECRETS = 7;

  @TempDir Path folder;
  private Path data = Path.of("");
  private Path file = Path.of("");

  /** The daemon ends here, as by SIGKILL: nothing after it happens, and nothing is undone. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @BeforeEach
  void aDataFolder() throws Exception {
    data = VaultUnderTest.data(folder);
    file = folder.resolve("vault.key");
  }

  private VaultUnderTest open() {
    return new VaultUnderTest(data, VaultUnderTest.keyFile(folder));
  }

  private static SecretName name(int number) {
    return SecretName.credential("alice", "codex", "n" + number);
  }

  private void fill() {
    try (var under = open()) {
      under.keys.initialize();
      for (int number = 0; number < SECRETS; number++) {
        under.vault.put(
            name(number), ("value " + number).getBytes(UTF_8), SecretFacts.UNCHECKED, null, null);
      }
    }
  }

  private static void assertWhole(VaultUnderTest under) {
    for (int number = 0; number < SECRETS; number++) {
      try (OpenSecret secret = under.vault.read(name(number), "a test").orElseThrow()) {
        assertThat(new String(secret.value(), UTF_8)).isEqualTo("value " + number);
      }
    }
  }

  @Test
  void aHostWithoutAKeyHasNoVaultAndSaysWhatToDo() {
    try (var under = new VaultUnderTest(data, null)) {
      assertThat(under.vault.state()).isEqualTo(new VaultState.Off());
      assertThatThrownBy(() -> under.vault.read(name(0), "a test"))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("no vault")
          .extracting(e -> ((Refused) e).refusal().remedy())
          .asString()
          .contains("vault.key-file");
      assertThatThrownBy(under.keys::initialize).isInstanceOf(Refused.class);
      assertThatThrownBy(() -> under.keys.rotate(null, List.of())).isInstanceOf(Refused.class);
      assertThat(under.events(EventKind.VAULT_CLOSED)).isEmpty();
    }
  }

  @Test
  void theKeyIsMadeOnceForItsOwnerAlone() throws Exception {
    try (var under = open()) {
      assertThat(under.vault.state().word()).isEqualTo("uninitialized");
      assertThatThrownBy(under.vault::requireOpen).isInstanceOf(Refused.class);
      assertThat(under.keys.initialize().word()).isEqualTo("open");
      assertThat(Files.size(file)).isEqualTo(32);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      assertThatThrownBy(under.keys::initialize)
          .isInstanceOf(Refused.class)
          .hasMessageContaining("already");
    }
  }

  @Test
  void aKeyThatIsThereIsUsedAndAFolderIsNotMade() throws Exception {
    byte[] key = new byte[32];
    new Random(1).nextBytes(key);
    VaultUnderTest.write(file, key);
    try (var under = open()) {
      under.keys.initialize();
      assertThat(Files.readAllBytes(file)).isEqualTo(key);
    }
    var nowhere = new MasterKeySource.KeyFile(folder.resolve("not-there/vault.key"));
    try (var under = new VaultUnderTest(Files.createDirectory(folder.resolve("other")), nowhere)) {
      assertThatThrownBy(under.keys::initialize)
          .isInstanceOf(Refused.class)
          .hasMessageContaining("not there");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 31, 33, 64, 5000})
  void aKeyOfAnotherLengthIsRefusedByName(int length) {
    fill();
    VaultUnderTest.write(file, new byte[length]);
    try (var under = open()) {
      assertThat(under.vault.state()).isInstanceOf(VaultState.Closed.class);
      assertThat(((VaultState.Closed) under.vault.state()).reason())
          .contains(length > 32 ? "more than 32 bytes" : length + " bytes")
          .contains("exactly 32");
      assertThatThrownBy(() -> under.vault.read(name(0), "a test")).isInstanceOf(Refused.class);
      assertThatThrownBy(
              () -> under.vault.put(name(0), new byte[1], SecretFacts.UNCHECKED, null, null))
          .isInstanceOf(Refused.class);
      assertThat(under.events(EventKind.VAULT_CLOSED)).hasSize(1);
      assertThat(under.events(EventKind.CREDENTIAL_READ)).isEmpty();
    }
  }

  @Test
  void aWrongKeyIsNamedAsSuchAndTheRightOneOpensAllAgain() throws Exception {
    fill();
    byte[] right = Files.readAllBytes(file);
    byte[] wrong = right.clone();
    wrong[31] ^= 1;
    VaultUnderTest.write(file, wrong);
    try (var under = open()) {
      assertThat(((VaultState.Closed) under.vault.state()).reason()).contains("another master key");
      assertThatThrownBy(() -> under.vault.read(name(0), "a test")).isInstanceOf(Refused.class);
      assertThatThrownBy(under.keys::initialize).isInstanceOf(Refused.class);
    }
    Files.delete(file);
    try (var under = open()) {
      assertThat(((VaultState.Closed) under.vault.state()).reason()).contains("there is no file");
      assertThatThrownBy(under.keys::initialize).isInstanceOf(Refused.class);
      assertThat(file).doesNotExist();
    }
    VaultUnderTest.write(file, right);
    try (var under = open()) {
      assertWhole(under);
    }
  }

  @Test
  void aFileThatOthersCanReadIsRefused() throws Exception {
    fill();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    try (var under = open()) {
      assertThat(((VaultState.Closed) under.vault.state()).reason()).contains("chmod 600");
    }
  }

  @Test
  void aFileOfAnotherUserIsRefused() throws Exception {
    fill();
    Files.setAttribute(file, "unix:uid", 65_534);
    try (var under = open()) {
      assertThat(((VaultState.Closed) under.vault.state()).reason()).contains("another user");
    }
  }

  @Test
  void theKeyComesFromACommandOrFromSystemd() throws Exception {
    byte[] key = new byte[32];
    new Random(2).nextBytes(key); // Bytes that are no text.
    VaultUnderTest.write(file, key);
    var command = new MasterKeySource.KeyCommand(List.of("/bin/cat", file.toString()));
    try (var under = new VaultUnderTest(data, command)) {
      under.keys.initialize();
    }
    var settings = new VaultSettings(null, List.of(), file);
    try (var under = new VaultUnderTest(data, MasterKeySource.of(settings))) {
      assertThat(under.vault.state().word()).isEqualTo("open");
      assertThat(((VaultState.Open) under.vault.state()).source()).contains("systemd");
    }
    for (String program : List.of("/bin/false", "/not/there")) {
      var failing = new MasterKeySource.KeyCommand(List.of(program));
      try (var under = new VaultUnderTest(data, failing)) {
        assertThat(((VaultState.Closed) under.vault.state()).reason()).contains(program);
      }
    }
  }

  @Test
  void aNewMasterKeyOpensAllAndTheOldOneNothing() throws Exception {
    fill();
    byte[] before = Files.readAllBytes(file);
    try (var under = open()) {
      assertThat(under.keys.rotate(null, List.of())).isEqualTo(SECRETS);
      assertWhole(under);
      assertThat(under.events(EventKind.VAULT_ROTATED)).hasSize(1);
      assertThat(under.rows.countsByMaster()).hasSize(1);
    }
    assertThat(Files.readAllBytes(file)).isNotEqualTo(before);
    assertThat(folder.resolve("vault.key.new")).doesNotExist();
    try (var under = open()) {
      assertWhole(under);
    }
    VaultUnderTest.write(file, before);
    try (var under = open()) {
      assertThat(((VaultState.Closed) under.vault.state()).reason())
          .contains("another master key")
          .contains("2026-11-26");
    }
  }

  /** Each effect is where the daemon is killed once; the next start and change go on from there. */
  @Test
  void aChangeOfKeysThatIsKilledAtAnyPointLosesNothing() throws Exception {
    List<String> effects = effects();
    assertThat(effects).hasSize(4);
    for (String last : effects) {
      Path here = Files.createDirectories(folder.resolve(last.replace(' ', '-')));
      data = VaultUnderTest.data(here);
      file = here.resolve("vault.key");
      var source = new MasterKeySource.KeyFile(file);
      try (var under = new VaultUnderTest(data, source)) {
        under.keys.initialize();
        for (int number = 0; number < SECRETS; number++) {
          under.vault.put(
              name(number), ("value " + number).getBytes(UTF_8), SecretFacts.UNCHECKED, null, null);
        }
      }
      try (var under = new VaultUnderTest(data, source, kill(last))) {
        assertThatThrownBy(() -> under.keys.rotate(null, List.of())).isInstanceOf(Killed.class);
      }
      for (int start = 0; start < 2; start++) {
        try (var under = new VaultUnderTest(data, source)) {
          assertThat(under.vault.state().word()).as(last).isEqualTo("open");
          assertWhole(under);
          assertThat(under.rows.countsByMaster()).as(last).hasSize(1);
          assertThat(here.resolve("vault.key.new")).as(last).doesNotExist();
        }
      }
      try (var under = new VaultUnderTest(data, source)) {
        under.keys.rotate(null, List.of());
        assertWhole(under);
      }
      try (var under = new VaultUnderTest(data, source)) {
        assertWhole(under);
      }
    }
  }

  private static VaultKeys.Effects kill(String at) {
    return effect -> {
      if (effect.equals(at)) {
        throw new Killed();
      }
    };
  }

  private List<String> effects() throws Exception {
    var seen = new ArrayList<String>();
    Path here = Files.createDirectories(folder.resolve("counted"));
    var source = new MasterKeySource.KeyFile(here.resolve("vault.key"));
    try (var under = new VaultUnderTest(VaultUnderTest.data(here), source, seen::add)) {
      under.keys.initialize();
      seen.clear();
      under.keys.rotate(null, List.of());
    }
    return seen;
  }

  /** The daemon goes on with the next key in memory when its file could not get its name. */
  @Test
  void aChangeAfterOneThatCouldNotRenameItsFileLosesNeitherKey() throws Exception {
    fill();
    try (var under =
        new VaultUnderTest(data, VaultUnderTest.keyFile(folder), kill("rename the next key"))) {
      assertThatThrownBy(() -> under.keys.rotate(null, List.of())).isInstanceOf(Killed.class);
      assertWhole(under);
      byte[] held = Files.readAllBytes(folder.resolve("vault.key.new"));
      assertThatThrownBy(() -> under.keys.rotate(null, List.of())).isInstanceOf(Killed.class);
      assertThat(Files.readAllBytes(file)).isEqualTo(held);
    }
    try (var under = open()) {
      assertWhole(under);
    }
  }

  @Test
  void aKeyThatIsNotThePresentOneIsNotOverwritten() throws Exception {
    fill();
    try (var under = open()) {
      byte[] other = new byte[32];
      Arrays.fill(other, (byte) 7);
      VaultUnderTest.write(file, other);
      assertThatThrownBy(() -> under.keys.rotate(null, List.of()))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("has not the present master key");
      assertThat(Files.readAllBytes(file)).isEqualTo(other);
      Files.delete(file); // One that is lost is replaced by the next.
      under.keys.rotate(null, List.of());
    }
    try (var under = open()) {
      assertWhole(under);
    }
  }

  @Test
  void aKeyOfACommandIsChangedToOneThatIsNamed() throws Exception {
    VaultUnderTest.write(file, new byte[32]);
    Path next = folder.resolve("next.key");
    byte[] key = new byte[32];
    new Random(3).nextBytes(key);
    VaultUnderTest.write(next, key);
    var command = new MasterKeySource.KeyCommand(List.of("/bin/cat", file.toString()));
    try (var under = new VaultUnderTest(data, command)) {
      under.keys.initialize();
      under.vault.put(name(0), new byte[] {5}, SecretFacts.UNCHECKED, null, null);
      assertThatThrownBy(() -> under.keys.rotate(null, List.of()))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("is needed");
      assertThatThrownBy(() -> under.keys.rotate(file, List.of()))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("has the present key");
      assertThatThrownBy(() -> under.keys.rotate(folder.resolve("none"), List.of()))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("there is no file");
      assertThat(under.keys.rotate(next, List.of())).isEqualTo(1);
    }
    try (var under = new VaultUnderTest(data, command)) {
      assertThat(((VaultState.Closed) under.vault.state()).reason()).contains("another master key");
    }
    Files.copy(next, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    try (var under = new VaultUnderTest(data, command);
        OpenSecret secret = under.vault.read(name(0), "a test").orElseThrow()) {
      assertThat(secret.value()).containsExactly(5);
    }
  }

  /** As after a copy of the store from before a change: its rows need the key of before. */
  @Test
  void secretsOfAnEarlierMasterKeyAreRefusedUntilThatKeyIsNamed() throws Exception {
    fill();
    Path earlier = Files.copy(file, folder.resolve("earlier.key"));
    try (var under = open()) {
      var old = under.rows.find(name(0)).orElseThrow();
      under.keys.rotate(null, List.of());
      under.rows.change(old.id(), row -> old, (before, after) -> java.util.Optional.empty(), 0);
      assertThatThrownBy(() -> under.vault.read(name(0), "a test"))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("an earlier master key");
      assertThatThrownBy(() -> under.keys.rotate(null, List.of())).isInstanceOf(Refused.class);
      try (OpenSecret other = under.vault.read(name(1), "a test").orElseThrow()) {
        assertThat(other.value()).isNotEmpty();
      }
      under.keys.rotate(null, List.of(earlier));
      assertWhole(under);
    }
  }
}
