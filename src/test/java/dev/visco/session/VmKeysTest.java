package dev.visco.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.session.rfb.VncPassword;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmKeysTest {
  @TempDir Path folder;
  private final LinuxHost host = new LinuxHost();

  private VmKeys created() {
    var keys = new VmKeys(folder);
    keys.create();
    return keys;
  }

  private Map<String, String> files() {
    var found = new TreeMap<String, String>();
    try (var files = Files.list(folder.resolve("keys"))) {
      for (Path file : files.toList()) {
        found.put(file.getFileName().toString(), Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  private String text(String name) {
    return Objects.requireNonNull(files().get(name));
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void makesTwoPairsThatOnlyRootReads() throws IOException {
    created();
    assertThat(files().keySet())
        .containsExactly(
            "id_ed25519", "id_ed25519.pub", "ssh_host_ed25519_key", "ssh_host_ed25519_key.pub");
    assertThat(mode(folder.resolve("keys"))).isEqualTo("rwx------");
    for (String name : files().keySet()) {
      assertThat(mode(folder.resolve("keys").resolve(name))).as(name).isEqualTo("rw-------");
    }
  }

  @Test
  void twoVmsShareNoKey() throws IOException {
    created();
    var other = new VmKeys(folder.resolve("other"));
    other.create();
    assertThat(new VmKeys(folder).hostKey()).isNotEqualTo(other.hostKey());
    assertThat(files().get("id_ed25519.pub"))
        .isNotEqualTo(Files.readString(folder.resolve("other/keys/id_ed25519.pub")));
    assertThat(files().get("id_ed25519.pub")).isNotEqualTo(files().get("ssh_host_ed25519_key.pub"));
  }

  @Test
  void isSafeToRepeat() throws IOException {
    created();
    Map<String, String> before = files();
    created();
    assertThat(files()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"id_ed25519", "ssh_host_ed25519_key"})
  void isInTheFormatThatOpenSshReads(String name) {
    created();
    Path secret = folder.resolve("keys").resolve(name);
    // ssh-keygen works out the public half from the secret one; it must be the one beside it.
    String derived =
        host.check(Command.of("ssh-keygen", "-y", "-P", "", "-f", secret.toString())).output();
    String shared =
        host.check(Command.of("ssh-keygen", "-l", "-f", secret + ".pub")).output().strip();
    assertThat(shared).startsWith("256 SHA256:").endsWith("(ED25519)");
    assertThat(derived.split(" ", -1)[1]).isEqualTo(text(name + ".pub").split(" ", -1)[1]);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id_ed25519",
        "id_ed25519.pub",
        "ssh_host_ed25519_key",
        "ssh_host_ed25519_key.pub"
      })
  void makesAPairAnewOfWhichHalfIsMissing(String lost) throws IOException {
    created();
    Map<String, String> before = files();
    Files.delete(folder.resolve("keys").resolve(lost));
    created();
    String name = lost.replace(".pub", "");
    isInTheFormatThatOpenSshReads(name);
    assertThat(files()).hasSize(4);
    String other = name.equals("id_ed25519") ? "ssh_host_ed25519_key" : "id_ed25519";
    assertThat(files().get(other)).as("the whole pair stays").isEqualTo(before.get(other));
  }

  @Test
  void removesWhatACrashLeftHalfWritten() throws IOException {
    Files.createDirectories(folder.resolve("keys"));
    Files.writeString(folder.resolve("keys/.id_ed25519.4711-1"), "half a key");
    Files.setPosixFilePermissions(
        folder.resolve("keys"), PosixFilePermissions.fromString("rwxr-xr-x"));
    created();
    assertThat(files()).hasSize(4);
    assertThat(mode(folder.resolve("keys"))).isEqualTo("rwx------");
  }

  @Test
  void theSeedHoldsTheHostKeyAndNeverOurSecret() {
    VmKeys keys = created();
    Map<String, byte[]> seed = keys.seedFiles();
    assertThat(seed)
        .containsOnlyKeys("authorized_keys", "ssh_host_ed25519_key", "ssh_host_ed25519_key.pub");
    String ours = text("id_ed25519").lines().skip(2).findFirst().orElseThrow();
    for (byte[] file : seed.values()) {
      assertThat(new String(file, StandardCharsets.UTF_8)).doesNotContain(ours);
    }
    assertThat(new String(seed.get("authorized_keys"), StandardCharsets.UTF_8))
        .isEqualTo(files().get("id_ed25519.pub"));
  }

  @Test
  void keysThatAreNotThereAreAFaultThatNamesTheFile() {
    assertThatThrownBy(() -> new VmKeys(folder).hostKey())
        .isInstanceOf(HostFault.class)
        .hasMessageContaining(folder.resolve("keys/ssh_host_ed25519_key.pub").toString());
  }

  private static VmKeys withDesktop(Path folder) {
    var keys = new VmKeys(folder);
    keys.create();
    keys.createVncPassword(new SecureRandom());
    return keys;
  }

  @Test
  void aVmWithoutADesktopHasNoPassword() {
    VmKeys keys = created();
    assertThat(keys.vncPassword()).isEmpty();
    assertThat(keys.seedFiles()).doesNotContainKey("vnc-passwd");
  }

  @Test
  void aDesktopsPasswordIsMadeOnceForRootAloneAndDiffersPerVm() throws IOException {
    VmKeys keys = withDesktop(folder);
    VncPassword first = keys.vncPassword().orElseThrow();
    assertThat(mode(folder.resolve("keys/vnc-password"))).isEqualTo("rw-------");
    assertThat(withDesktop(folder).vncPassword()).contains(first);
    assertThat(withDesktop(folder.resolve("other")).vncPassword().orElseThrow())
        .isNotEqualTo(first);
  }

  @Test
  void thePasswordIsOnTheSeedOnlyAsTheServerReadsIt() {
    VmKeys keys = withDesktop(folder);
    VncPassword password = keys.vncPassword().orElseThrow();
    Map<String, byte[]> seed = keys.seedFiles();
    assertThat(seed.get("vnc-passwd")).isEqualTo(password.file());
    for (byte[] file : seed.values()) {
      assertThat(new String(file, StandardCharsets.ISO_8859_1)).doesNotContain(password.text());
    }
    assertThat(keys.toString()).doesNotContain(password.text());
  }

  @Test
  void aPasswordThatACrashLeftHalfWrittenIsMadeAnew() throws IOException {
    Files.createDirectories(folder.resolve("keys"));
    Files.writeString(folder.resolve("keys/.vnc-password.4711-1"), "abc");
    VmKeys keys = withDesktop(folder);
    assertThat(keys.vncPassword()).isPresent();
    assertThat(files()).hasSize(5);
  }
}
