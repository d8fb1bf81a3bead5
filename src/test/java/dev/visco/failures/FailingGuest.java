package dev.visco.failures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.image.Image;
import dev.visco.image.TestImages;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** Makes a real guest fail as a case says, through the product alone. */
final class FailingGuest {
  private final ViscoUnderTest visco;
  private final String name;
  private final FailureCase failure;
  private final Path folder;
  private final LinuxHost host = new LinuxHost();
  private boolean isPatient;

  /**
   * @param folder for copies of the image's files
   */
  FailingGuest(ViscoUnderTest visco, String name, Path folder) {
    this.visco = visco;
    this.name = name;
    this.failure = FailureCase.read(name);
    this.folder = folder;
  }

  /** What a daemon for such guests is given: those that hang shall not take two minutes each. */
  static Map<String, String> settings(Path folder) throws IOException {
    Path configuration = folder.resolve("configuration");
    Path types = Files.createDirectories(configuration.resolve("types"));
    hasty(types.resolve("hasty.toml"), "cli", "25s");
    hasty(types.resolve("hasty-browser.toml"), "browser", "60s");
    return Map.of("VISCO_CONFIG", configuration.toString());
  }

  private static void hasty(Path file, String type, String deadline) throws IOException {
    Files.writeString(
        file,
        Files.readString(Path.of("types/" + type + ".toml"))
            .replaceFirst("(?m)^deadline = .*$", "deadline = \"" + deadline + "\""));
  }

  /** Makes its image, where it has one of its own. */
  FailingGuest withImage() throws IOException {
    if (failure.make() != null) {
      importImage();
    }
    return this;
  }

  private void importImage() throws IOException {
    Image cli = TestImages.cli();
    Path kernel = copy(cli.kernel(), "vmlinuz");
    Path initrd = copy(Objects.requireNonNull(cli.initrd()), "initrd");
    Path rootfs = copy(cli.rootfs(), "root.img");
    Path config = folder.resolve("config");
    var text = new StringBuilder();
    Objects.requireNonNull(cli.manifest().kernelConfig())
        .forEach((option, value) ->
            text.append(
                value.equals("n")
                    ? "# CONFIG_" + option + " is not set\n"
                    : "CONFIG_" + option + "=" + value + "\n"));
    Files.writeString(config, text);
    host.check(
        Command.of("sh", "-eu", "-c", ". " + library() + "\n" + failure.make())
            .withEnvironment(
                Map.of(
                    "KERNEL", kernel.toString(),
                    "INITRD", initrd.toString(),
                    "ROOT", rootfs.toString(),
                    "CONFIG", config.toString()))
            .in(folder)
            .within(Duration.ofMinutes(1)));
    var command = new ArrayList<>(List.of("image", "import", name, "--force"));
    command.addAll(List.of("--kernel", kernel.toString(), "--rootfs", rootfs.toString()));
    if (Files.exists(initrd)) {
      command.addAll(List.of("--initrd", initrd.toString()));
    }
    if (Files.exists(config)) {
      command.addAll(List.of("--kernel-config", config.toString()));
    }
    visco.ok(command.toArray(String[]::new));
  }

  private static String library() {
    return FailureCase.FOLDER.resolve("lib.sh").toAbsolutePath().toString();
  }

  private Path copy(Path file, String as) {
    Path copy = folder.resolve(as);
    host.check(Command.of("cp", "--sparse=always", file.toString(), copy.toString()));
    return copy;
  }

  /** With the ordinary deadline, however its case was recorded. */
  FailingGuest patient() {
    isPatient = true;
    return this;
  }

  private String[] create(String... more) {
    var command = new ArrayList<>(List.of("create"));
    if (failure.make() != null) {
      command.addAll(List.of("--image", name));
    }
    List<String> asked = failure.create();
    int type = isPatient ? asked.indexOf("--type") : -1;
    command.addAll(type < 0 ? asked : asked.subList(0, type));
    command.addAll(type < 0 ? List.of() : asked.subList(type + 2, asked.size()));
    command.addAll(List.of(more));
    return command.toArray(String[]::new);
  }

  /** Without force it is refused before anything starts, where the preflight can know. */
  FailingGuest refused() {
    if (!failure.refused().isEmpty()) {
      CommandResult refused = visco.run(create("--json"));
      assertThat(refused.exitCode()).as(refused.error()).isEqualTo(3);
      for (String rule : failure.refused()) {
        assertThat(refused.error()).contains("\"rule\":\"" + rule + "\"");
      }
    }
    return this;
  }

  /** With force it fails, or works until somebody does what the case says. Gives its id. */
  String fail() {
    String id = visco.ok(create("--force", "--no-wait")).strip();
    JsonNode vm = settled(id);
    if (failure.after() != null) {
      assertThat(vm.path("state").asString()).as(vm.toString()).isEqualTo("ready");
      host.check(
          Command.of("sh", "-eu", "-c", ". " + library() + "\n" + failure.after())
              .withEnvironment(environment(id, vm))
              .within(Duration.ofMinutes(1)));
    } else {
      assertThat(vm.path("state").asString()).as(vm.toString()).isEqualTo("failed");
    }
    return id;
  }

  private Map<String, String> environment(String id, JsonNode vm) {
    int slot = slot(vm.path("address").asString());
    String mark = visco.installation().orElseThrow();
    return Map.of(
        "VM",
        id,
        "ADDRESS",
        vm.path("address").asString(),
        "FOLDER",
        visco.data().resolve("vms").resolve(id).toString(),
        "PID",
        vm.path("pid").asString(),
        "NETNS",
        "visco-" + mark + "-" + slot,
        "VETH",
        "v" + mark + "h" + slot);
  }

  /** The pool's first address is the gateway, and slots follow it. */
  private static int slot(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf('.') + 1)) - 2;
  }

  private JsonNode settled(String id) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> !state(id).path("state").asString().equals("creating"));
    return state(id);
  }

  private JsonNode state(String id) {
    return visco.request("GET", "/api/vms/" + id);
  }

  /** What the product says, which must be what the case says. */
  JsonNode diagnosed(String id) {
    CommandResult result = visco.run("diagnose", id, "--json");
    assertThat(result.output()).as(result.error()).isNotEmpty();
    JsonNode diagnosis = Json.read(result.output(), JsonNode.class);
    assertThat(diagnosis.path("rule").asString())
        .as(diagnosis.toString())
        .isEqualTo(failure.rule());
    return diagnosis;
  }
}
