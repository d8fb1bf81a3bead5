package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.WrappedHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernels as Debian and Ubuntu lay them out in packages; apt is played, dpkg is real. */
class KernelPackageTest {
  private static final String RELEASE = "6.8.0-31-generic";

  @TempDir private Path folder;

  /** What apt shows of each package, and what is in it: paths, with their names as content. */
  private final Map<String, String> shown = new HashMap<>();

  private final Map<String, List<String>> content = new HashMap<>();
  private final List<String> downloaded = new ArrayList<>();

  private final WrappedHost host =
      new WrappedHost(new LinuxHost()) {
        @Override
        public CommandResult run(Command command) {
          String name = command.arguments().getLast();
          return switch (command.arguments().getFirst()) {
            case "apt-cache" ->
                shown.containsKey(name)
                    ? new CommandResult(0, Objects.requireNonNull(shown.get(name)), "")
                    : new CommandResult(100, "", "E: No packages found");
            case "apt-get" -> {
              downloaded.add(name);
              pack(name, Objects.requireNonNull(command.directory()));
              yield new CommandResult(0, "", "");
            }
            default -> host().run(command);
          };
        }
      };

  private void add(String name, String version, String depends, String... paths) {
    shown.put(name, "Package: %s\nVersion: %s\nDepends: %s\n".formatted(name, version, depends));
    content.put(name, List.of(paths));
  }

  private void pack(String name, Path target) {
    try {
      Path tree = Files.createTempDirectory(folder, "tree");
      for (String path : content.getOrDefault(name, List.of())) {
        Path file = tree.resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, path);
      }
      Files.createDirectory(tree.resolve("DEBIAN"));
      Files.writeString(
          tree.resolve("DEBIAN/control"),
          "Package: %s\nVersion: 1\nArchitecture: amd64\nMaintainer: Nobody <nobody@example.com>\nDescription: a kernel\n"
              .formatted(name));
      new LinuxHost()
          .check(
              Command.of(
                  "dpkg-deb",
                  "--build",
                  tree.toString(),
                  target.resolve(name + ".deb").toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void debianHasAKernelAndItsModulesInOnePackageBelowLibOrUsrLib() {
    for (String place : List.of("lib/modules/", "usr/lib/modules/")) {
      downloaded.clear();
      add("linux-image-cloud-amd64", "6.1.9-1", "linux-image-6.1.0-9-cloud-amd64 (= 6.1.9-1)");
      add(
          "linux-image-6.1.0-9-cloud-amd64",
          "6.1.9-1",
          "kmod, linux-base (>= 4.3~)",
          "boot/vmlinuz-6.1.0-9-cloud-amd64",
          "boot/config-6.1.0-9-cloud-amd64",
          place + "6.1.0-9-cloud-amd64/kernel/ext4.ko");
      KernelPackage kernel =
          KernelPackage.download(
              host, "linux-image-cloud-amd64", folder.resolve(place.replace('/', '-')));
      assertThat(kernel.release()).isEqualTo("6.1.0-9-cloud-amd64");
      assertThat(kernel.version()).isEqualTo("linux-image-6.1.0-9-cloud-amd64=6.1.9-1");
      assertThat(kernel.modules().resolve("kernel/ext4.ko")).exists();
      assertThat(downloaded).containsExactly("linux-image-6.1.0-9-cloud-amd64");
    }
  }

  @Test
  void ubuntuHasModulesAndConfigurationInAnotherPackage() {
    add("linux-image-virtual", "6.8.0.31.31", "linux-image-" + RELEASE);
    add(
        "linux-image-" + RELEASE,
        "6.8.0-31.31",
        "kmod, linux-base (>= 4.5ubuntu1~16.04.1), linux-modules-" + RELEASE,
        "boot/vmlinuz-" + RELEASE);
    add(
        "linux-modules-" + RELEASE,
        "6.8.0-31.31",
        "",
        "boot/config-" + RELEASE,
        "lib/modules/" + RELEASE + "/kernel/virtio-rng.ko.zst");
    KernelPackage kernel = KernelPackage.download(host, "linux-image-virtual", folder);
    assertThat(kernel.release()).isEqualTo(RELEASE);
    assertThat(kernel.version()).isEqualTo("linux-image-" + RELEASE + "=6.8.0-31.31");
    assertThat(kernel.kernel()).content().isEqualTo("boot/vmlinuz-" + RELEASE);
    assertThat(kernel.configuration()).isEqualTo("boot/config-" + RELEASE);
    assertThat(kernel.modules().resolve("kernel/virtio-rng.ko.zst")).exists();
  }

  @Test
  void aPackageWithoutAKernelIsSaidToBeOne() {
    add("linux-headers-amd64", "1", "gcc", "boot/readme");
    assertThatThrownBy(() -> KernelPackage.download(host, "linux-headers-amd64", folder))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("linux-headers-amd64 holds no boot/vmlinuz");
  }
}
