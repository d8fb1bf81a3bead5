package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the host lacks, and its installation by an apt-get that only pretends. */
class HostPackagesTest {
  private static final Map<String, String> NEEDED =
      Map.of("one", "first-tools", "two", "second-tools", "three", "first-tools");
  @TempDir private Path folder;
  private Path sbin = Path.of("");
  private Path bin = Path.of("");
  private final List<String> told = new ArrayList<>();

  @BeforeEach
  void twoFoldersOfPrograms() throws IOException {
    sbin = Files.createDirectories(folder.resolve("sbin"));
    bin = Files.createDirectories(folder.resolve("bin"));
  }

  private static void program(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Notes each call with its environment, then does what {@code install} says. */
  private void apt(String install) throws IOException {
    program(
        bin.resolve("apt-get"),
        """
        #!/bin/sh
        echo "$DEBIAN_FRONTEND $*" >> %s/calls
        [ "$1" = install ] || exit 0
        cp %s %s/before
        %s
        """
            .formatted(folder, folder.resolve("told"), folder, install));
    Files.writeString(folder.resolve("told"), "");
  }

  private Path policy() {
    return folder.resolve("policy-rc.d");
  }

  /** Asks before it starts a service, as invoke-rc.d(8) and deb-systemd-invoke(1p) do. */
  private void aptWithAService(String then) throws IOException {
    apt(
        """
        if [ -x %2$s ]; then
          %2$s first.service start
          [ $? = 101 ] && echo forbidden >> %1$s/services || echo started >> %1$s/services
        else
          echo started >> %1$s/services
        fi
        touch %1$s/installed
        for name in one two three; do printf '#!/bin/sh' > %3$s/$name; chmod +x %3$s/$name; done
        %4$s
        """
            .formatted(folder, policy(), sbin, then));
  }

  private void install() {
    new HostPackages(new LinuxHost(), List.of(sbin, bin), policy())
        .install(
            NEEDED,
            (what, fraction) -> {
              told.add(what);
              try {
                Files.writeString(folder.resolve("told"), what);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  @Test
  void aPackageIsMissingWhenItsProgramIsInNoFolder() throws Exception {
    program(sbin.resolve("one"), "");
    Files.writeString(bin.resolve("two"), "no program: nobody may execute it");
    assertThat(HostPackages.missing(NEEDED, List.of(sbin, bin)))
        .containsExactly(Map.entry("three", "first-tools"), Map.entry("two", "second-tools"));
    program(bin.resolve("two"), "");
    assertThat(HostPackages.missing(NEEDED, List.of(sbin, bin))).containsOnlyKeys("three");
  }

  @Test
  void whereNothingIsMissingNothingIsSaidOrDone() throws Exception {
    for (String name : NEEDED.keySet()) {
      program(bin.resolve(name), "");
    }
    install();
    assertThat(told).isEmpty();
  }

  @Test
  void withoutAptTheProgramsAreNamedAndThePackagesToo() {
    assertThatThrownBy(this::install)
        .isInstanceOf(Refused.class)
        .hasMessageContaining("lacks one, three, two and has no apt-get")
        .hasMessageContaining("first-tools second-tools");
    assertThat(told).isEmpty();
  }

  @Test
  void theListIsShownBeforeItIsInstalled() throws Exception {
    apt(
        "for name in one two three; do printf '#!/bin/sh' > %1$s/$name; chmod +x %1$s/$name; done"
            .formatted(sbin));
    install();
    assertThat(told).containsExactly("install host packages: first-tools second-tools");
    assertThat(folder.resolve("before"))
        .as("what was shown when apt-get began")
        .hasContent("install host packages: first-tools second-tools");
    assertThat(Files.readAllLines(folder.resolve("calls")))
        .containsExactly(
            "noninteractive update -q",
            "noninteractive install -qy --no-install-recommends first-tools second-tools");
  }

  @Test
  void aptThatFailsIsQuoted() throws Exception {
    apt("echo 'E: Unable to locate package first-tools' >&2; exit 100");
    assertThatThrownBy(this::install)
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("ended with 100: E: Unable to locate package first-tools");
  }

  @Test
  void aPackageThatDoesNotBringItsProgramIsSaid() throws Exception {
    apt("printf '#!/bin/sh' > %1$s/one; chmod +x %1$s/one".formatted(sbin));
    assertThatThrownBy(this::install)
        .isInstanceOf(Refused.class)
        .hasMessageContaining("there is still no three, two");
  }

  @Test
  void noServiceOfANewPackageIsStartedAndNothingStaysBehind() throws Exception {
    aptWithAService("");
    install();
    assertThat(folder.resolve("services")).hasContent("forbidden");
    assertThat(folder).as("policy and its draft").isDirectoryNotContaining("glob:**policy-rc.d*");
  }

  @Test
  void anOperatorsOwnPolicyDecidesAndStays() throws Exception {
    program(policy(), "#!/bin/sh\nexit 0\n");
    aptWithAService("");
    install();
    assertThat(folder.resolve("services")).hasContent("started");
    assertThat(policy()).hasContent("#!/bin/sh\nexit 0").isExecutable();
    Files.writeString(policy(), "");
    install();
    assertThat(policy()).as("even an empty one").isEmptyFile();
  }

  @Test
  void thePolicyGoesAlsoWhenTheInstallationFails() throws Exception {
    aptWithAService("exit 100");
    assertThatThrownBy(this::install).isInstanceOf(HostFault.class);
    assertThat(folder.resolve("services")).hasContent("forbidden");
    assertThat(policy()).doesNotExist();
  }

  @Test
  void whatARunLeftThatWasKilledIsTakenAwayByTheNextWhateverThatFinds() throws Exception {
    aptWithAService("cp %s %s/left".formatted(policy(), folder));
    install();
    Files.copy(folder.resolve("left"), policy());
    install(); // Now nothing is missing.
    assertThat(policy()).doesNotExist();
    Files.copy(folder.resolve("left"), policy());
    for (String name : NEEDED.keySet()) {
      Files.delete(sbin.resolve(name));
    }
    install();
    assertThat(folder.resolve("services")).hasContent("forbidden\nforbidden");
    assertThat(policy()).doesNotExist();
  }

  @Test
  void servicesOfNewPackagesDoNotStartWithTheNextBootEither() throws Exception {
    aptWithAService("");
    program(
        bin.resolve("dpkg"),
        """
        #!/bin/sh
        [ "$2" = second-tools ] || [ -e %s/installed ] || exit 1
        echo /lib/systemd/system/$2.service
        echo /usr/lib/systemd/system/$2.socket
        echo /usr/lib/systemd/system/$2@.service
        echo /usr/share/doc/$2/example.service
        """
            .formatted(folder));
    program(bin.resolve("systemctl"), "#!/bin/sh\necho \"$*\" >> %s/disabled".formatted(folder));
    install();
    assertThat(folder.resolve("disabled"))
        .as("second-tools was there already, whoever removed its program")
        .hasContent("disable --quiet first-tools.service first-tools.socket");
  }
}
