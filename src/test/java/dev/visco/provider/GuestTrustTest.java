package dev.visco.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.provider.GuestPlaceholder.GuestTrust;
import dev.visco.relay.secret.CertificateAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands by which a guest trusts an authority, in a folder that stands for its root. */
class GuestTrustTest {
  @TempDir private Path root;
  private String others;

  @BeforeEach
  void aSystemWithTwoAuthorities() throws Exception {
    Files.createDirectories(root.resolve("etc/ssl/certs"));
    Files.createDirectories(root.resolve("usr/local/share/ca-certificates"));
    others = "# theirs\n" + authority(1).pem() + authority(2).pem();
    Files.writeString(bundle(), others);
  }

  private static CertificateAuthority authority(int seed) {
    return CertificateAuthority.make(
        "Visco demo", List.of("demo.test"), Instant.now(), new Random(seed));
  }

  private Path bundle() {
    return root.resolve("etc/ssl/certs/ca-certificates.crt");
  }

  private void run(List<String> command, byte[] input) {
    var here = new ArrayList<String>();
    for (String word : command) {
      here.add(word.replace("/etc/", root + "/etc/").replace("/usr/", root + "/usr/"));
    }
    var result =
        new LinuxHost()
            .run(
                Command.of(here.toArray(String[]::new))
                    .withInput(new String(input, java.nio.charset.StandardCharsets.US_ASCII)));
    assertThat(result.succeeded()).as(result.error()).isTrue();
  }

  private List<String> files() throws Exception {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::exists)
          .filter(one -> !Files.isDirectory(one))
          .map(one -> root.relativize(one).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void itIsAddedOnceReplacedAndTakenAwayWithoutATrace() throws Exception {
    var first = new GuestTrust("demo", authority(3).pem());
    run(first.installation(), first.input());
    run(first.installation(), first.input());
    assertThat(Files.readString(bundle())).isEqualTo(others + first.certificate());
    assertThat(files())
        .contains(
            "etc/visco/authorities/visco-demo.crt",
            "etc/ssl/certs/visco-demo.pem",
            "usr/local/share/ca-certificates/visco-demo.crt")
        .anyMatch(name -> name.matches("etc/ssl/certs/[0-9a-f]{8}\\.0"));
    var second = new GuestTrust("demo", authority(4).pem());
    run(second.installation(), second.input());
    assertThat(Files.readString(bundle())).isEqualTo(others + second.certificate());
    run(GuestTrust.removal("demo"), new byte[0]);
    run(GuestTrust.removal("demo"), new byte[0]);
    assertThat(Files.readString(bundle())).isEqualTo(others);
    assertThat(files()).containsExactly("etc/ssl/certs/ca-certificates.crt");
  }

  @Test
  void whereThereIsNoStoreTheFileAloneIsThere() throws Exception {
    Files.delete(bundle());
    var trust = new GuestTrust("demo", authority(3).pem());
    run(trust.installation(), trust.input());
    assertThat(files()).containsExactly("etc/visco/authorities/visco-demo.crt");
    run(GuestTrust.removal("demo"), new byte[0]);
    assertThat(files()).isEmpty();
  }
}
