package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.image.TestImages;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An operator's own kernel and root file system, from files to a VM that is proven to work. */
@ExtendWith(OuterNetwork.Extension.class)
class ImageCommandsIT {
  @TempDir Path folder;

  @Test
  void importsWhatTheOperatorBrings() throws Exception {
    Image cli = TestImages.cli();
    try (var visco = ViscoUnderTest.withImage(Map.of()).up()) {
      refusesWhatIsNoImage(visco, cli);
      refusesByTheApi(visco, cli);
      takesByForceWhatCannotBoot(visco, cli);
      theImportedImageBoots(visco, cli);
      anElfKernelBootsToo(visco, cli);
    }
  }

  private static CommandResult importing(
      ViscoUnderTest visco, String name, Path kernel, Path initrd, Path rootfs) {
    return visco.run(
        "image",
        "import",
        name,
        "--kernel",
        kernel.toString(),
        "--initrd",
        initrd.toString(),
        "--rootfs",
        rootfs.toString());
  }

  private void refusesWhatIsNoImage(ViscoUnderTest visco, Image cli) throws IOException {
    List<Path> before = files(visco);
    Path script = Files.writeString(folder.resolve("vmlinuz"), "#!/bin/sh\necho I am no kernel\n");
    Path initrd = Objects.requireNonNull(cli.initrd());

    CommandResult none = importing(visco, "mine", script, initrd, cli.rootfs());
    assertThat(none.exitCode()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(none.error())
        .contains("kernel \"" + script + "\" begins with 23 21 2f 62")
        .contains("a bzImage has \"HdrS\"");
    assertThat(none.output()).isEmpty();
    assertThat(importing(visco, "mine", cli.kernel(), initrd, script).error())
        .contains("rootfs \"" + script + "\"");
    assertThat(importing(visco, "mine", cli.kernel(), cli.kernel(), cli.rootfs()).error())
        .contains("initrd \"" + cli.kernel() + "\"");
    assertThat(importing(visco, "mine", folder.resolve("gone"), initrd, cli.rootfs()).error())
        .contains("does not exist");
    CommandResult taken = importing(visco, "cli", cli.kernel(), initrd, cli.rootfs());
    assertThat(taken.exitCode()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(taken.error()).contains("The name cli is in use");
    assertThat(importing(visco, "No Name", cli.kernel(), initrd, cli.rootfs()).error())
        .contains("image \"No Name\"");

    assertThat(files(visco)).isEqualTo(before);
    assertThat(visco.run("image", "inspect", "mine").exitCode())
        .isEqualTo(CommandExitCode.NOT_FOUND);
  }

  private static List<Path> files(ViscoUnderTest visco) throws IOException {
    try (var walk = Files.walk(visco.data().resolve("images"))) {
      return walk.sorted().toList();
    }
  }

  private static void refusesByTheApi(ViscoUnderTest visco, Image cli) throws Exception {
    assertThat(post(visco, "{\"name\":\"mine\",\"kernel\":\"vmlinuz\",\"rootfs\":\"/x\"}"))
        .contains("\"status\":400", "is not an absolute path");
    assertThat(post(visco, "{\"name\":\"mine\",\"rootfs\":\"/x\"}"))
        .contains("\"status\":400", "kernel", "is missing");
    assertThat(post(visco, "{\"name\":\"mine\",\"image\":\"/x\"}"))
        .contains("\"status\":400", "image", "kernelConfig");
    assertThat(
            post(
                visco,
                "{\"name\":\"cli\",\"kernel\":\"%s\",\"rootfs\":\"%s\"}"
                    .formatted(cli.kernel(), cli.rootfs())))
        .contains("\"status\":409");
  }

  private void takesByForceWhatCannotBoot(ViscoUnderTest visco, Image cli) throws IOException {
    Path configuration = Files.writeString(folder.resolve("config"), "CONFIG_VIRTIO_BLK=m\n");
    List<String> arguments =
        List.of(
            "image",
            "import",
            "forced",
            "--kernel",
            cli.kernel().toString(),
            "--rootfs",
            cli.rootfs().toString(),
            "--kernel-config",
            configuration.toString());
    CommandResult refused = visco.run(arguments.toArray(String[]::new));
    assertThat(refused.exitCode()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(refused.error()).contains("VIRTIO_BLK=m").contains("--force");
    CommandResult forced =
        visco.run(Stream.concat(arguments.stream(), Stream.of("--force")).toArray(String[]::new));
    assertThat(forced.exitCode()).as(forced.error()).isZero();
    assertThat(forced.error()).contains("visco: overruled: initrd").contains("VIRTIO_BLK=m");
    visco.ok("image", "rm", "forced");
  }

  private static String post(ViscoUnderTest visco, String body) throws Exception {
    String port = Files.readString(visco.data().resolve("port")).strip();
    String token = Files.readString(visco.data().resolve("admin-token")).strip();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/images/import"))
                  .header("Authorization", "Bearer " + token)
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private static void theImportedImageBoots(ViscoUnderTest visco, Image cli) {
    // Given from the working folder on: the daemon is told whole paths.
    Path here = Path.of("").toAbsolutePath();
    CommandResult imported =
        importing(
            visco,
            "mine",
            here.relativize(cli.kernel()),
            here.relativize(Objects.requireNonNull(cli.initrd())),
            cli.rootfs());
    assertThat(imported.exitCode()).as(imported.error()).isZero();
    assertThat(imported.error())
        .contains("copy the root file system")
        .contains("root=" + cli.manifest().root() + ": the partition has an id")
        .doesNotContain("unknown: ");
    JsonNode image = visco.json("image", "inspect", "mine");
    assertThat(image.path("digest").asString()).isEqualTo(imported.output().strip());
    JsonNode manifest = image.path("manifest");
    assertThat(manifest.path("kernelRelease").asString()).isEqualTo(cli.manifest().kernelRelease());
    assertThat(manifest.path("kernel").asString()).isEqualTo(cli.manifest().kernel().value());
    assertThat(manifest.path("readsIp").asString()).isEqualTo("initramfs");
    assertThat(manifest.path("unknown")).as("kernel, initramfs and root tell all").isEmpty();
    assertThat(manifest.path("kernelMinMemoryMib").asInt())
        .isEqualTo(cli.manifest().kernelMinMemoryMib());
    assertThat(manifest.path("initrdModuleReleases").get(0).asString())
        .isEqualTo(cli.manifest().kernelRelease());
    assertThat(manifest.path("addressOwners")).isEmpty();
    assertThat(visco.data().resolve("images/work")).doesNotExist();

    // With no more memory than the recipe says that it needs.
    String vm = visco.create("--image", "mine", "--memory", cli.manifest().minMemoryMib() + "");
    assertThat(visco.ok("exec", vm, "--", "uname", "-r").strip())
        .isEqualTo(cli.manifest().kernelRelease());
    CommandResult used = visco.run("image", "rm", "mine");
    assertThat(used.exitCode()).isEqualTo(CommandExitCode.REFUSED);
    assertThat(used.error()).contains("is used by VMs");
    visco.ok("rm", vm);
    visco.ok("image", "rm", "mine");
    assertThat(visco.ok("image", "ls")).contains("cli").doesNotContain("mine");
    // Its files were those of the cli image, which still needs them.
    assertThat(visco.data().resolve("images/objects").resolve(cli.manifest().rootfs().hex()))
        .exists();
  }

  private void anElfKernelBootsToo(ViscoUnderTest visco, Image cli) throws IOException {
    var unpacking = new Images(new LinuxHost(), folder.resolve("unpacking"), List.of());
    Path vmlinux = Files.copy(unpacking.elfKernel(cli).file(), folder.resolve("vmlinux"));
    CommandResult imported =
        importing(visco, "elf", vmlinux, Objects.requireNonNull(cli.initrd()), cli.rootfs());
    assertThat(imported.exitCode()).as(imported.error()).isZero();
    assertThat(
            visco.json("image", "inspect", "elf").path("manifest").path("kernelFormat").asString())
        .isEqualTo("vmlinux");
    String vm = visco.create("--image", "elf", "--transport", "pci");
    assertThat(visco.ok("exec", vm, "--", "uname", "-r").strip())
        .isEqualTo(cli.manifest().kernelRelease());
  }
}
