package dev.visco.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.WrappedHost;
import dev.visco.image.Images;
import dev.visco.model.DiskReserve;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The build of a kernel, with apt, mmdebstrap and the compiler played; LeanKernelIT has the real.
 */
class KernelBuildTest {
  private static final String SOURCE = "linux-source-6.1";

  @TempDir private Path folder;
  private BuiltKernels kernels;
  private final Map<String, String> shown = new HashMap<>();
  private final List<String> ran = new ArrayList<>();
  private String made = KernelOptionsTest.MADE;
  private String failing = "nothing";

  private final WrappedHost host =
      new WrappedHost(new LinuxHost()) {
        @Override
        public CommandResult run(Command command) {
          List<String> words = command.arguments();
          assertThat(kernels.folder()).as("half a kernel").doesNotExist();
          if (words.getFirst().equals("apt-cache")) {
            return new CommandResult(0, packages(words), "");
          }
          if (words.contains("apt-get")) {
            return new CommandResult(0, "", "");
          }
          String step =
              Stream.of("mmdebstrap", "tar -x", "allnoconfig", "vmlinux", "strip")
                  .filter(one -> words.stream().anyMatch(word -> word.contains(one)))
                  .findFirst()
                  .orElseThrow();
          if (words.contains("strip")) {
            step = "strip";
          }
          ran.add(step);
          if (step.equals(failing)) {
            return new CommandResult(2, "", "one\n\ntwo\nthree\nfour\nfive\nmake: Error 2\n");
          }
          play(step, words);
          return new CommandResult(0, "", "");
        }
      };

  private String packages(List<String> wanted) {
    var found = new StringBuilder();
    wanted.forEach(name -> found.append(shown.getOrDefault(name, "")));
    return found.toString();
  }

  private void play(String step, List<String> words) {
    Path root = folder.resolve("work/kernel/root");
    Path linux = root.resolve("build/linux");
    try {
      switch (step) {
        case "mmdebstrap" -> {
          Files.createDirectories(root.resolve("usr/src"));
          Files.writeString(root.resolve("usr/src/" + SOURCE + ".tar.xz"), "source");
        }
        case "tar -x" -> {
          assertThat(words).endsWith(SOURCE);
          Files.createDirectories(linux.resolve("include/config"));
        }
        case "allnoconfig" -> {
          assertThat(root.resolve("build/options")).content().contains("CONFIG_VIRTIO_BLK=y");
          Files.writeString(linux.resolve(".config"), made);
        }
        case "vmlinux" -> {
          int processors = Runtime.getRuntime().availableProcessors();
          assertThat(words).contains("--jobs=" + processors, "--kill-child", "--net");
          Files.writeString(linux.resolve("include/config/kernel.release"), "6.1.1-own\n");
        }
        default -> Files.writeString(root.resolve("build/vmlinux"), "kernel");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void sources() throws IOException {
    kernels = new BuiltKernels(folder.resolve("kernels"));
    Files.createDirectory(folder.resolve("work"));
    show("linux-source", "6.1.192-2", SOURCE + " (= 6.1.192-2)");
    show(SOURCE, "6.1.192-2", "binutils, xz-utils");
    recipe().packages().forEach(name -> show(name, "1", ""));
  }

  private void show(String name, String version, String depends) {
    shown.put(name, "Package: %s\nVersion: %s\nDepends: %s\n".formatted(name, version, depends));
  }

  /** In this host's own root, so that it needs no compiler. */
  @Test
  void theCompilerEndsWithTheProcessThatNamesItsRoot() throws Exception {
    List<String> words =
        KernelBuild.inside(Path.of("/"), Path.of("/tmp"), "sh", "-c", "sleep 600.0626 & wait");
    Process outer = new ProcessBuilder(words).start();
    try {
      await().atMost(Duration.ofSeconds(30)).until(() -> compilers() == 1);
      outer.destroyForcibly();
      await().atMost(Duration.ofSeconds(30)).until(() -> compilers() == 0);
    } finally {
      outer.descendants().forEach(ProcessHandle::destroyForcibly);
      outer.destroyForcibly();
    }
  }

  private static long compilers() {
    return new LinuxHost()
        .processes().stream()
            .filter(one -> String.join(" ", one.arguments()).strip().equals("sleep 600.0626"))
            .count();
  }

  private static KernelRecipe recipe() {
    return new KernelFiles(List.of(Path.of("images").toAbsolutePath())).read("lean");
  }

  private KernelPackage build() throws IOException {
    return KernelBuild.of(host, recipe())
        .build(host, kernels, folder.resolve("work"), Progress.SILENT);
  }

  @Test
  void whatWasBuiltIsKeptWholeAndNotBuiltAgain() throws IOException {
    KernelPackage built = build();
    assertThat(ran).containsExactly("mmdebstrap", "tar -x", "allnoconfig", "vmlinux", "strip");
    assertThat(built.release()).isEqualTo("6.1.1-own");
    assertThat(built.version()).isEqualTo("linux-source-6.1=6.1.192-2");
    assertThat(built.kernel()).hasContent("kernel");
    assertThat(built.configuration()).isEqualTo(made);
    assertThat(Initramfs.modules(built, true)).isEmpty();
    assertThat(folder.resolve("work")).isEmptyDirectory();
    var identity = KernelBuild.of(other(), recipe()).identity();
    assertThat(kernels.find(identity)).contains(built);
    assertThat(
            KernelBuild.of(other(), recipe())
                .build(other(), kernels, folder.resolve("work"), Progress.SILENT))
        .isEqualTo(built);
    assertThat(kernels.unused(Set.of(identity.hex()))).isEmpty();
    kernels.keepOnly(Set.of());
    assertThat(kernels.find(identity)).isEmpty();
    assertThat(kernels.folder()).isEmptyDirectory();
  }

  /** A host that only shows packages. */
  private WrappedHost other() {
    return new WrappedHost(new LinuxHost()) {
      @Override
      public CommandResult run(Command command) {
        assertThat(command.arguments().getFirst()).isEqualTo("apt-cache");
        return new CommandResult(0, packages(command.arguments()), "");
      }
    };
  }

  @Test
  void anotherSourceOrOtherOptionsAreAnotherKernel() {
    KernelBuild build = KernelBuild.of(host, recipe());
    show(SOURCE, "6.1.193-1", "binutils");
    assertThat(KernelBuild.of(host, recipe()).identity()).isNotEqualTo(build.identity());
    var more =
        new KernelRecipe(
            "lean", "linux-source", recipe().packages(), recipe().configuration() + "CONFIG_A=y\n");
    assertThat(new KernelBuild(more, build.version()).identity()).isNotEqualTo(build.identity());
    assertThat(new KernelBuild(recipe(), build.version()).identity()).isEqualTo(build.identity());
  }

  @Test
  void aReleaseWithoutTheSourceIsRefusedByThePackagesName() {
    shown.remove("linux-source");
    assertThatThrownBy(() -> KernelBuild.of(host, recipe()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("source-package")
        .hasMessageContaining("linux-source")
        .hasMessageContaining("none of this host's package sources")
        .hasMessageContaining("Leave the kernel out");
    show("linux-source", "6.1.192-2", SOURCE);
    shown.remove("gcc");
    assertThatThrownBy(() -> KernelBuild.of(host, recipe()))
        .hasMessageContaining("packages")
        .hasMessageContaining("gcc");
  }

  @Test
  void optionsThatTheSourceDoesNotTakeAreRefusedBeforeAnythingIsCompiled() {
    made = made.replace("CONFIG_IP_PNP=y\n", "").replace("CONFIG_NR_CPUS=32", "CONFIG_NR_CPUS=64");
    assertThatThrownBy(this::build)
        .isInstanceOf(Refused.class)
        .hasMessageContaining("CONFIG_IP_PNP=y (n), CONFIG_NR_CPUS=32 (64)")
        .hasMessageContaining("is not what linux-source-6.1=6.1.192-2 makes of it")
        .hasMessageContaining("Correct the options of the kernel lean");
    assertThat(ran).doesNotContain("vmlinux");
    assertThat(kernels.folder()).doesNotExist();
  }

  @Test
  void aBuildThatFailsAnywhereKeepsNothingAndSaysWhy() throws IOException {
    for (String step : List.of("tar -x", "allnoconfig", "vmlinux", "strip")) {
      failing = step;
      assertThatThrownBy(this::build)
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("building the kernel lean ended with 2")
          .hasMessageContaining(": two; three; four; five; make: Error 2");
      assertThat(kernels.folder()).doesNotExist();
      DurableFiles.deleteTree(folder.resolve("work/kernel"));
    }
  }

  @Test
  void aDiskWithoutRoomForItIsRefusedBeforeAnythingIsMade() throws IOException {
    Path recipes = folder.resolve("recipes");
    Files.createDirectories(recipes.resolve("kernels"));
    for (String file : List.of("kernels/lean.toml", "kernels/lean.config")) {
      Files.copy(Path.of("images").resolve(file), recipes.resolve(file));
    }
    Files.writeString(
        recipes.resolve("plain.toml"),
        """
        packages = ["curl"]
        kernel-package = "linux-image-cloud-amd64"
        size-mib = 512
        vcpus = 1
        memory-mib = 256
        """);
    var images =
        new Images(
            other(),
            folder.resolve("store"),
            new RecipeFolders(List.of(recipes), () -> false),
            new DiskReserve(100, 1L << 30),
            null,
            Images.ImageListener.NONE);
    assertThatThrownBy(() ->
            images.builds().build("plain", new BuildChoices(null, null, "lean"), Progress.SILENT))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("this image takes " + (512 + 2048) + " MiB");
    assertThat(folder.resolve("store/work")).doesNotExist();
  }

  @Test
  void aKernelWhoseRemovalWasCutShortIsNone() throws IOException {
    KernelPackage built = build();
    var identity = KernelBuild.of(other(), recipe()).identity();
    Files.delete(built.folder().resolve("release"));
    assertThat(kernels.find(identity)).isEmpty();
    assertThat(kernels.unused(Set.of())).containsExactly(built.folder());
    Path again = folder.resolve("again");
    BuiltKernels.write(again, built.kernel(), "CONFIG_A=y\n", "6.1.2-own", "source=2");
    assertThat(kernels.keep(identity, again).release()).isEqualTo("6.1.2-own");
    assertThat(again).doesNotExist();
  }
}
