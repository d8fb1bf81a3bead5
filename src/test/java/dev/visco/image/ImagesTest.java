package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.commands.RemedyCommands;
import dev.visco.host.Command;
import dev.visco.host.DiskDigest;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.image.imports.Import;
import dev.visco.image.probe.MadeFiles;
import dev.visco.model.Digest;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store, with imported images that are as small as they can be. */
class ImagesTest {
  private static final String LEAN =
      "CONFIG_VIRTIO_BLK=y\nCONFIG_EXT4_FS=y\nCONFIG_IP_PNP=y\n# CONFIG_PCI is not set\n";
  private static final Executor THREADS = Thread::startVirtualThread;
  private final Host host = new LinuxHost();
  @TempDir Path folder;
  private Path store;
  private Path recipes;
  private Images images;

  @BeforeEach
  void files() throws IOException {
    store = folder.resolve("store");
    recipes = Files.createDirectory(folder.resolve("recipes"));
    images = new Images(host, store, List.of(recipes));
    Files.write(folder.resolve("vmlinux"), MadeFiles.vmlinux(LEAN));
    Path tree = Files.createDirectories(folder.resolve("tree/sbin"));
    Path init = Files.write(tree.resolve("init"), MadeFiles.program(MadeFiles.X86_64));
    assertThat(init.toFile().setExecutable(true)).isTrue();
    Files.createSymbolicLink(tree.resolve("dropbear"), Path.of("init"));
    host.check(
        Command.of(
            "mke2fs",
            "-q",
            "-t",
            "ext4",
            "-d",
            folder.resolve("tree").toString(),
            folder.resolve("root.img").toString(),
            "4096k"));
  }

  private Import sources(String name, @Nullable Path configuration) {
    return sources(name, configuration, false);
  }

  private Import sources(String name, @Nullable Path configuration, boolean force) {
    return new Import(
        new ImageName(name),
        folder.resolve("vmlinux"),
        null,
        folder.resolve("root.img"),
        configuration,
        force);
  }

  private Image take(String name) {
    return images.importImage(sources(name, null), Progress.SILENT);
  }

  private List<String> objects() {
    return ImageStore.list(store.resolve("objects"), "*").stream()
        .map(file -> file.getFileName().toString())
        .toList();
  }

  @Test
  void keepsWhatAProbeFound() throws IOException {
    Image image = take("mine");
    Manifest manifest = image.manifest();
    assertThat(manifest.recipe()).isNull();
    assertThat(manifest.kernelFormat()).isEqualTo("vmlinux");
    assertThat(manifest.kernelRelease()).isEqualTo(MadeFiles.RELEASE);
    assertThat(manifest.kernelConfig()).containsEntry("VIRTIO_BLK", "y").containsEntry("PCI", "n");
    assertThat(manifest.root()).isEqualTo("/dev/vda");
    assertThat(manifest.rootReason()).contains("without an initramfs");
    assertThat(manifest.readsIp()).isEqualTo("kernel");
    assertThat(manifest.unknown())
        .allMatch(statement -> statement.startsWith("unknown: "))
        .hasSize(1);
    assertThat(image.rootfs()).hasSameBinaryContentAs(folder.resolve("root.img"));
    assertThat(DiskDigest.of(image.rootfs())).isEqualTo(manifest.rootfs());
    assertThat(image.kernel()).hasSameBinaryContentAs(folder.resolve("vmlinux"));
    assertThat(images.image("mine")).isEqualTo(image);
    assertThat(images.all()).containsExactly(image);
    assertThat(store.resolve("work")).doesNotExist();
  }

  @Test
  void theSameFilesGiveTheSameDigestAndAreKeptOnce() {
    Image mine = take("mine");
    images.remove("mine", Set::of);
    assertThat(objects()).isEmpty();
    assertThat(take("mine").digest()).isEqualTo(mine.digest());
    Image other = take("other");
    assertThat(other.digest()).isNotEqualTo(mine.digest());
    assertThat(objects()).hasSize(2);
    images.remove("mine", Set::of);
    assertThat(objects()).hasSize(2);
    assertThat(images.image("other").kernel()).exists();
  }

  @Test
  void aGivenConfigurationCountsMoreThanTheKernelsOwn() throws IOException {
    Path configuration =
        Files.writeString(folder.resolve("config"), LEAN.replace("IP_PNP=y", "IP_PNP=n"));
    Image image = images.importImage(sources("mine", configuration), Progress.SILENT);
    assertThat(image.manifest().kernelConfig()).containsEntry("IP_PNP", "n");
    assertThat(image.manifest().readsIp()).isNull();
  }

  @Test
  void aNameInUseIsRefusedAndWhatHasItStays() throws IOException {
    Image mine = take("mine");
    assertThatThrownBy(() -> take("mine"))
        .isInstanceOfSatisfying(
            Refused.class,
            e -> {
              assertThat(e.refusal()).isInstanceOf(Refusal.Conflict.class);
              assertThat(e.refusal().detail()).contains("mine").contains("in use by an image");
            });
    assertThat(images.image("mine")).isEqualTo(mine);
    Files.writeString(recipes.resolve("cli.toml"), "");
    assertThatThrownBy(() -> take("cli")).hasMessageContaining("in use by the recipe");
  }

  @Test
  void aBuildDoesNotReplaceAnImport() throws IOException {
    take("mine");
    Files.writeString(
        recipes.resolve("mine.toml"),
        """
        packages = []
        kernel-package = "linux-image-cloud-amd64"
        size-mib = 512
        vcpus = 1
        memory-mib = 256
        """);
    assertThatThrownBy(() -> images.builds().build("mine", Progress.SILENT))
        .hasMessageContaining("The image mine was imported")
        .satisfies(
            e -> assertThat(RemedyCommands.message((Exception) e)).contains("visco image rm mine"));
  }

  @Test
  void namesThatAreNoneAndThatNobodyHasAreRefused() {
    for (String name : List.of("", "../etc/passwd", "Upper", "a b", "x".repeat(33), "-x")) {
      assertThatThrownBy(() -> take(name)).hasMessageContaining("is no image's name");
      assertThatThrownBy(() -> images.image(name)).hasMessageContaining("is no image's name");
    }
    assertThatThrownBy(() -> images.image("absent"))
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.NotFound.class));
    assertThatThrownBy(() -> images.builds().build("absent", Progress.SILENT))
        .hasMessageContaining("There is no recipe \"absent\"");
  }

  @Test
  void whatCannotBootLeavesNothingBehind() throws IOException {
    Files.write(folder.resolve("vmlinux"), MadeFiles.vmlinux(LEAN.replace("BLK=y", "BLK=m")));
    assertThatThrownBy(() -> take("mine")).hasMessageContaining("VIRTIO_BLK=m");
    assertThat(objects()).isEmpty();
    assertThat(images.all()).isEmpty();
    assertThat(store.resolve("work")).doesNotExist();
  }

  @Test
  void whatCannotBootIsTakenByForceAndWhatIsNoImageIsNot() throws IOException {
    Files.write(folder.resolve("vmlinux"), MadeFiles.vmlinux(LEAN.replace("BLK=y", "BLK=m")));
    Import forced = sources("mine", null, true);
    assertThat(images.importImage(forced, Progress.SILENT).manifest().unknown())
        .filteredOn(statement -> statement.startsWith("overruled: "))
        .singleElement()
        .asString()
        .contains("VIRTIO_BLK=m");
    images.remove("mine", Set::of);
    Files.writeString(folder.resolve("vmlinux"), "#!/bin/sh");
    assertThatThrownBy(() -> images.importImage(forced, Progress.SILENT))
        .hasMessageContaining("is no kernel")
        .message()
        .doesNotContain("--force");
    assertThat(objects()).isEmpty();
  }

  @Test
  void anImportKeepsWhatItsRootSaysAboutTheAddressAndWhatItsKernelNeeds() throws IOException {
    Path root = folder.resolve("files");
    Files.createDirectories(root.resolve("etc/network"));
    Files.createDirectory(root.resolve("sbin"));
    Files.writeString(root.resolve("sbin/ifup"), "");
    Path init = Files.write(root.resolve("sbin/init"), MadeFiles.program(MadeFiles.X86_64));
    assertThat(init.toFile().setExecutable(true)).isTrue();
    Files.writeString(root.resolve("etc/network/interfaces"), "iface eth0 inet dhcp\n");
    host.check(
        Command.of(
            "mke2fs",
            "-q",
            "-F",
            "-t",
            "ext4",
            "-d",
            root.toString(),
            folder.resolve("root.img").toString(),
            "4096k"));
    Manifest manifest = take("mine").manifest();
    assertThat(manifest.addressOwners())
        .containsExactly("/etc/network/interfaces: iface eth0 inet dhcp");
    assertThat(manifest.kernelMinMemoryMib()).isEqualTo(25);
    assertThat(manifest.initrdModuleReleases()).isNull();
    assertThat(manifest.minMemoryMib()).isNull();
  }

  @Test
  void anImageInUseIsNotRemoved() {
    Image mine = take("mine");
    Set<Digest> used = Set.of(mine.digest());
    assertThatThrownBy(() -> images.remove("mine", () -> used))
        .hasMessageContaining("The image mine is used by VMs.");
    assertThat(images.image("mine").kernel()).exists();
    Image other = take("other");
    images.remove("other", () -> used);
    assertThat(images.byDigest(mine.digest()).rootfs()).exists();
    assertThatThrownBy(() -> images.byDigest(other.digest())).isInstanceOf(Refused.class);
  }

  @Test
  void aVmsImageThatIsLongGoneDoesNotKeepOthersFromBeingRemoved() {
    Image mine = take("mine");
    images.remove("mine", Set::of);
    take("other");
    images.remove("other", () -> Set.of(mine.digest()));
    assertThat(objects()).isEmpty();
  }

  @Test
  void anImageIsNotSeenBeforeItIsWhole() {
    var seen = new ArrayList<Image>();
    var reports = new ArrayList<String>();
    images.importImage(
        sources("mine", null),
        (what, fraction) -> {
          reports.add(what);
          seen.addAll(images.all());
        });
    assertThat(seen).isEmpty();
    assertThat(reports).contains("copy the kernel", "copy the root file system");
  }

  @Test
  void twoAtOnceComeOneAfterTheOther() throws Exception {
    var isIn = new CountDownLatch(1);
    var waits = new CountDownLatch(1);
    var reports = new CopyOnWriteArrayList<String>();
    var first =
        CompletableFuture.runAsync(() ->
            images.importImage(
                sources("mine", null),
                (what, fraction) -> {
                  isIn.countDown();
                  Awaitility.await().until(() -> waits.getCount() == 0);
                }));
    isIn.await();
    var second =
        CompletableFuture.runAsync(
            () ->
                assertThatThrownBy(() ->
                        images.importImage(
                            sources("mine", null),
                            (what, fraction) -> {
                              reports.add(what);
                              waits.countDown();
                            }))
                    .hasMessageContaining("in use"),
            THREADS);
    CompletableFuture.allOf(first, second).join();
    assertThat(reports).containsExactly("wait for another change of the image store to end");
  }

  @Test
  void anImageIsRemovedWhileAnotherOneIsMade() throws Exception {
    take("old");
    var isIn = new CountDownLatch(1);
    var isRemoved = new CountDownLatch(1);
    var made =
        CompletableFuture.runAsync(
            () ->
                images.importImage(
                    sources("mine", null),
                    (what, fraction) -> {
                      isIn.countDown();
                      Awaitility.await().until(() -> isRemoved.getCount() == 0);
                    }),
            THREADS);
    isIn.await();
    images.remove("old", Set::of);
    isRemoved.countDown();
    made.join();
    assertThat(images.all()).extracting(image -> image.manifest().name()).containsExactly("mine");
    assertThat(images.image("mine").kernel()).exists();
  }

  @Test
  void whatAKilledBuildLeftIsTakenAwayWithTheProgramsThatWriteThere() throws Exception {
    Path work = Files.createDirectories(store.resolve("work/root"));
    Files.writeString(work.resolve("half"), "half");
    Process other = new ProcessBuilder("sleep", "600").start();
    Process orphan = new ProcessBuilder("tail", "-f", work.resolve("half").toString()).start();
    try {
      take("mine");
      assertThat(orphan.waitFor(Duration.ofSeconds(5))).isTrue();
      assertThat(other.isAlive()).isTrue();
      assertThat(store.resolve("work")).doesNotExist();
    } finally {
      other.destroyForcibly();
      orphan.destroyForcibly();
    }
  }

  @Test
  void holesStayHoles() throws IOException {
    Image image = take("mine");
    long allocated =
        Long.parseLong(
            host.check(Command.of("stat", "--format=%b", image.rootfs().toString()))
                .output()
                .strip());
    assertThat(allocated * 512).isLessThan(1 << 20);
    assertThat(Files.size(image.rootfs())).isEqualTo(4 << 20);
  }
}
