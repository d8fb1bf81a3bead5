package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeTest {
  private static final String GOOD =
      """
      packages = ["openssh-server", "g++"]
      kernel-package = "linux-image-cloud-amd64"
      size-mib = 2048
      vcpus = 1
      memory-mib = 256
      min-memory-mib = 64

      [[files]]
      source = "files/start"
      target = "/usr/lib/visco/start"
      mode = "755"

      [[services]]
      name = "sshd"
      program = "/usr/sbin/sshd"
      arguments = ["-D", "-o", "UseDNS=no"]
      port = 22

      [[services]]
      name = "worker"
      program = "/usr/bin/worker"

      [[users]]
      name = "dev"
      uid = 1000
      groups = ["users"]
      """;

  @TempDir Path folder;

  private static Recipe recipe(Path file) {
    return RecipeFile.read(file, name -> Optional.of(file.resolveSibling(name + ".toml"))).recipe();
  }

  private Recipe read(String text) throws IOException {
    return recipe(Files.writeString(folder.resolve("one.toml"), text));
  }

  @Test
  void aServiceIsReachedByVsockThroughOneThatPassesItOn() throws IOException {
    Recipe recipe = read(GOOD.replace("port = 22", "port = 2222\nvsock-port = 22"));
    assertThat(recipe.vsockPort()).isEqualTo(22);
    assertThat(recipe.everyPackage()).containsExactly("g++", "openssh-server", "socat");
    assertThat(Inittab.of(recipe))
        .contains(
            "::respawn:/usr/lib/visco/service sshd /usr/sbin/sshd -D -o UseDNS=no\n",
            "::respawn:/usr/lib/visco/service vsock-sshd /usr/bin/socat VSOCK-LISTEN:22,fork,reuseaddr TCP:127.0.0.1:2222\n");
    Recipe without = read(GOOD);
    assertThat(without.vsockPort()).isNull();
    assertThat(without.everyPackage()).doesNotContain("socat");
    assertThat(Inittab.of(without)).doesNotContain("socat");
  }

  @Test
  void readsEveryPart() throws IOException {
    Recipe recipe = read(GOOD);
    assertThat(recipe.packages()).containsExactly("openssh-server", "g++");
    assertThat(recipe.sizeMib()).isEqualTo(2048);
    assertThat(recipe.minMemoryMib()).isEqualTo(64);
    assertThat(recipe.ports()).isEqualTo(Map.of("sshd", 22));
    assertThat(recipe.serviceList()).hasSize(2);
    assertThat(recipe.fileList().getFirst().mode()).isEqualTo("755");
    assertThat(recipe.userList().getFirst().shell()).isEqualTo("/bin/sh");
    assertThat(recipe.userList().getFirst().groupList()).containsExactly("users");
  }

  @Test
  void theRepositorysOwnRecipesAreGood() throws IOException {
    for (boolean kvm : new boolean[] {false, true}) {
      var shipped = new RecipeFolders(List.of(Path.of("images")), () -> kvm);
      assertThat(shipped.names()).contains("cli", "browser", "cli-tools", "browser-tools");
      for (String name : shipped.names()) {
        assertThat(shipped.read(name, BuildChoices.NONE).recipe().packages()).isNotEmpty();
      }
    }
  }

  @Test
  void listsAndTheMinimumOfMemoryMayBeLeftOut() throws IOException {
    String text = GOOD.substring(0, GOOD.indexOf("[[files]]"));
    Recipe recipe = read(text.replace("min-memory-mib = 64\n", ""));
    assertThat(recipe.minMemoryMib()).isNull();
    assertThat(recipe.fileList()).isEmpty();
    assertThat(recipe.serviceList()).isEmpty();
    assertThat(recipe.userList()).isEmpty();
  }

  @Test
  void theOldNameOfTheMinimumOfMemoryIsReadButNotBesideTheNewOne() throws IOException {
    assertThat(read(GOOD.replace("min-memory-mib", "least-memory-mib"))).isEqualTo(read(GOOD));
    assertThatThrownBy(() -> read("least-memory-mib = 64\n" + GOOD))
        .isInstanceOfSatisfying(
            Refused.class,
            e ->
                assertThat(e.refusal())
                    .isInstanceOfSatisfying(
                        Refusal.Invalid.class,
                        refusal -> {
                          assertThat(refusal.field()).isEqualTo("least-memory-mib");
                          assertThat(refusal.value()).endsWith("one.toml");
                          assertThat(refusal.reason()).contains("the old name of min-memory-mib");
                          assertThat(refusal.remedy()).isEqualTo("Leave it out.");
                        }));
  }

  @Test
  void aServiceMayBeADhcpClient() throws IOException {
    String services =
        """
        [[services]]
        name = "lease"
        program = "/usr/bin/busybox"
        arguments = ["udhcpc", "-f"]

        [[services]]
        name = "client"
        program = "/sbin/dhclient"
        """;
    assertThat(read(GOOD + services).dhcpClients())
        .containsExactly(
            "service lease: /usr/bin/busybox udhcpc -f", "service client: /sbin/dhclient");
    assertThat(read(GOOD).dhcpClients()).isEqualTo(List.of());
  }

  /** What stands in a good recipe, what stands there instead, and what the refusal names. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          size-mib = 2048        | size-mib = 255               | size-mib "255"
          size-mib = 2048        | size-mib = 1048577           | size-mib "1048577"
          size-mib = 2048        | size-mib = 2048.5            | size-mib
          size-mib = 2048        | size-mib = "big"             | size-mib
          size-mib = 2048        | sizemib = 2048               | sizemib
          vcpus = 1              | vcpus = 0                    | vcpus "0"
          port = 22              | vsock-port = 70000           | services.vsock-port "70000"
          port = 22              | vsock-port = 22              | services.port "0"
          vcpus = 1              | vcpus = 33                   | vcpus "33"
          memory-mib = 256       | memory-mib = 31              | memory-mib "31"
          min-memory-mib = 64  | min-memory-mib = 31        | min-memory-mib "31"
          min-memory-mib = 64  | min-memory-mib = 257       | min-memory-mib "257" is less than 32 or more than memory-mib
          min-memory-mib = 64  | min-memory-mib = "some"    | min-memory-mib
          min-memory-mib = 64  | min-memory-mib = 64.5      | min-memory-mib
          "g++"                  | "openssh-server"             | packages "openssh-server" is there twice
          "g++"                  | "two words"                  | packages "two words"
          "g++"                  | "-oDebug=1"                  | packages "-oDebug=1"
          linux-image-cloud-amd64| Linux!                       | kernel-package "Linux!"
          source = "files/start" | source = "../secret"         | files.source "../secret"
          source = "files/start" | source = "/etc/shadow"       | files.source "/etc/shadow"
          /usr/lib/visco/start   | usr/lib                      | files.target "usr/lib"
          /usr/lib/visco/start   | /usr/../../etc/passwd        | files.target
          mode = "755"           | mode = "rwx"                 | files.mode "rwx"
          mode = "755"           | owner = "me"                 | owner
          name = "worker"        | name = "sshd"                | services.name "sshd" is there twice
          name = "worker"        | name = "Worker"              | services.name "Worker"
          "/usr/bin/worker"      | "worker"                     | services.program "worker"
          "-o"                   | "a b"                        | services.arguments "a b"
          "-o"                   | "a;reboot"                   | services.arguments "a;reboot"
          "-o"                   | "#"                          | services.arguments "#"
          port = 22              | port = 65536                 | services.port "65536"
          uid = 1000             | uid = 0                      | users.uid "0"
          name = "dev"           | name = "Dev:x"               | users.name "Dev:x"
          name = "dev"           | login = "dev"                | login
          groups = ["users"]     | shell = "bash"               | users.shell "bash"
          """)
  void refusesByTheKeysName(String good, String bad, String named) throws IOException {
    assertThat(GOOD).contains(good);
    Path file = Files.writeString(folder.resolve("one.toml"), GOOD.replace(good, bad));
    assertThatThrownBy(() -> recipe(file))
        .isInstanceOfSatisfying(
            Refused.class,
            e -> {
              assertThat(e.refusal()).isInstanceOf(Refusal.Invalid.class);
              assertThat(e.refusal().detail()).contains(named);
              assertThat(e.refusal().remedy()).isNotBlank();
            });
  }

  @Test
  void refusesTwoFilesForOnePlaceAndTwoUsersWithOneId() {
    assertThatThrownBy(() ->
            read(
                GOOD
                    + "[[files]]\nsource = \"other\"\ntarget = \"/usr/lib/visco/start\"\nmode = \"644\"\n"))
        .hasMessageContaining("files.target \"/usr/lib/visco/start\" is there twice");
    assertThatThrownBy(() -> read(GOOD + "[[users]]\nname = \"other\"\nuid = 1000\n"))
        .hasMessageContaining("users.uid \"1000\" is there twice");
  }

  @Test
  void refusesWhatIsMissingOrNoToml() throws IOException {
    assertThatThrownBy(() -> read("size-mib = 1024\n")).hasMessageContaining("packages");
    assertThatThrownBy(() -> read("this is no toml")).hasMessageContaining("one.toml");
    assertThatThrownBy(() -> recipe(folder.resolve("absent.toml")))
        .hasMessageContaining("cannot be read");
  }
}
