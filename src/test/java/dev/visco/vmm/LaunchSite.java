package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.host.RunningProcess;
import dev.visco.image.Disks;
import dev.visco.image.Image;
import dev.visco.image.TestImages;
import dev.visco.model.BootSpec;
import dev.visco.model.InstallationId;
import dev.visco.model.VmId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * What a machine needs around it: a namespace with a TAP, a folder, the cli image's files. Closing
 * it asserts that no process, socket or FIFO of its machines is left.
 */
public final class LaunchSite implements AutoCloseable {
  /** For what takes a second on an idle machine, on one that is not. */
  public static final Duration LONG = Duration.ofSeconds(120);

  /**
   * The number of the last VM. Each test process begins at another: a machine that stops takes the
   * control groups of its VM's name with it, whatever the installation.
   */
  private static final AtomicInteger NUMBER =
      new AtomicInteger((int) ProcessHandle.current().pid() << 8);

  public final LinuxHost host = new LinuxHost();
  public final InstallationId installation =
      new InstallationId("%04x".formatted(ThreadLocalRandom.current().nextInt(1 << 16)));
  public final Path root;
  private @Nullable Image image;

  /** What the driver under test starts a guest from: any disk and kernel, or raw and ELF alone. */
  public Set<BootSpec.DiskFormat> formats = EnumSet.allOf(BootSpec.DiskFormat.class);

  private final String netns = "visco-" + installation + "-0";
  private final String netnsBeside = "visco-" + installation + "-1";

  public LaunchSite() {
    try {
      root = Files.createTempDirectory("visco-site");
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    host.check(
        Command.of("ip", "-batch", "-")
            .withInput("netns add " + netns + "\nnetns exec " + netns + " ip link set lo up\n"));
    host.check(
        Command.of("ip", "-batch", "-")
            .withInput(
                """
                tuntap add tap0 mode tap user %d vnet_hdr
                tuntap add tap1 mode tap user %d vnet_hdr
                addr add 192.168.100.1/24 dev tap0
                link set tap0 up
                link set tap1 up
                """
                    .formatted(uid(), uid()))
            .inNetns(netns));
    host.check(Command.of("ip", "netns", "add", netnsBeside));
    host.check(
        Command.of("ip", "-batch", "-")
            .withInput(
                "tuntap add tap0 mode tap user %d vnet_hdr\nlink set tap0 up\n"
                    .formatted(uid() + 1))
            .inNetns(netnsBeside));
    host.check(Command.of("chmod", "666", "/dev/net/tun"));
  }

  /** Where a VMM's own user can reach them. */
  private Image linked(Image stored) throws IOException {
    Path kernel = Files.createLink(root.resolve("kernel"), stored.kernel());
    Path initrd = Files.createLink(root.resolve("initrd"), stored.initrd());
    Path rootfs = Files.createLink(root.resolve("rootfs"), stored.rootfs());
    return new Image(
        stored.digest(), stored.manifest(), kernel, initrd, rootfs, null, stored.created());
  }

  private Path elf() {
    Path linked = root.resolve("kernel.elf");
    try {
      return Files.exists(linked)
          ? linked
          : Files.createLink(linked, TestImages.images().elfKernel(TestImages.cli()).file());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int uid() {
    return 1_000_000_000 + installation.number() * 4096;
  }

  /**
   * Puts a machine into a slot of its own: another namespace, with a {@code tap0} of another uid.
   */
  public SpecBuilder beside(SpecBuilder spec) {
    spec.netns = netnsBeside;
    spec.tap = "tap0";
    spec.uid = uid() + 1;
    return spec;
  }

  /** The cli image, made where nobody has yet. */
  public synchronized Image image() {
    Image known = image;
    if (known == null) {
      try {
        known = linked(TestImages.cli());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      image = known;
    }
    return known;
  }

  public Path cache() {
    return root.resolve("cache");
  }

  /** A guest without disks, which comes as far as its initramfs and waits there for its root. */
  public SpecBuilder spec() {
    SpecBuilder spec = bareSpec(image().kernel());
    spec.digest = image().manifest().kernel();
    if (!formats.contains(BootSpec.DiskFormat.QCOW2)) {
      spec.kernel = elf();
    }
    spec.initrd = image().initrd();
    spec.bootArgs = List.of("root=/dev/nonexistent", "visco.root-deadline=600");
    return spec;
  }

  /** A guest of a kernel alone, which needs no image. */
  public SpecBuilder bareSpec(Path kernel) {
    var spec = new SpecBuilder();
    spec.id = new VmId("vm-%08x".formatted(NUMBER.incrementAndGet()));
    spec.installation = installation;
    spec.kernel = kernel;
    spec.initrd = null;
    spec.bootArgs = List.of();
    spec.disks = List.of();
    spec.netns = netns;
    spec.uid = uid();
    spec.folder = folder(spec.id);
    return spec;
  }

  /** A whole guest with a root disk, a seed and an address. */
  public SpecBuilder wholeSpec() {
    SpecBuilder spec = spec();
    var disks = new Disks(host);
    spec.disks =
        List.of(
            disks.root(image(), spec.folder, uid(), Disks.rootFormat(formats), 0),
            disks.seed(
                spec.folder,
                uid(),
                Map.of("hostname", "guest\n".getBytes(StandardCharsets.UTF_8)),
                Map.of()));
    spec.bootArgs =
        List.of(
            "root=" + image().manifest().root(),
            "rw",
            "ip=192.168.100.2::192.168.100.1:255.255.255.0:guest:eth0:off");
    return spec;
  }

  private Path folder(VmId id) {
    try {
      return Files.createDirectory(
          root.resolve(id.value()),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All that a VM's console has said and still holds. */
  public static String console(Path folder) {
    return read(folder.resolve("console.log.1")) + read(folder.resolve("console.log"));
  }

  public static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static void awaitConsole(Path folder, String text) {
    awaitConsole(folder, text, console -> console.contains(text));
  }

  public static void awaitConsole(Path folder, String what, Predicate<String> is) {
    Awaitility.await("console: " + what)
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> console(folder), is);
  }

  /** The machines' network namespace. */
  public String netns() {
    return netns;
  }

  /** Runs a command in the machines' namespace. */
  public String inNetns(String... command) {
    return host.run(Command.of(command).inNetns(netns)).output();
  }

  /** Waits for a guest that answers a ping. */
  public void awaitAnswerTo(String address) {
    Awaitility.await("ping " + address)
        .atMost(LONG)
        .until(() ->
            inNetns("busybox", "ping", "-c", "1", "-W", "1", address)
                .contains("1 packets received"));
  }

  /** Processes that run as the machines' user, or speak of this site. */
  public List<RunningProcess> processes() {
    return host.processes().stream()
        .filter(process ->
            process.uid() == uid()
                || process.uid() == uid() + 1
                || process.arguments().stream()
                    .anyMatch(word ->
                        word.contains(root.toString())
                            || word.contains("visco-" + installation + "-")))
        .toList();
  }

  /** Those of its machines, of each controller. */
  private List<Path> controlGroups() throws IOException {
    var found = new ArrayList<Path>();
    for (Path controller : Cgroups.ofHost().controllers().values()) {
      Path parent = controller.resolve(Cgroups.parent(installation));
      if (Files.exists(parent)) {
        try (var groups = Files.newDirectoryStream(parent, Files::isDirectory)) {
          groups.forEach(found::add);
        }
      }
    }
    return found;
  }

  /** Processes, control groups, sockets and FIFOs. */
  public void assertNothingIsLeft() throws IOException {
    assertThat(processes()).isEmpty();
    assertThat(controlGroups()).isEmpty();
    try (var files = Files.walk(root)) {
      assertThat(files.filter(file -> file.getFileName().toString().matches("run|.*sock|.*fifo")))
          .isEmpty();
    }
  }

  /** Ends and removes what a test that failed has left, so that it fails no other. */
  public void killAll() {
    processes().forEach(process -> host.terminate(process.ref(), true));
    Awaitility.await().atMost(LONG).until(() -> processes().isEmpty());
    try (var folders = Files.newDirectoryStream(root, "vm-*")) {
      folders.forEach(folder -> DurableFiles.deleteTree(folder.resolve("run")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      assertNothingIsLeft();
    } finally {
      killAll();
      for (Path group : controlGroups()) {
        Cgroups.ofHost().remove(installation, group.getFileName().toString());
      }
      Cgroups.ofHost().removeParent(installation);
      host.check(Command.of("ip", "netns", "del", netns));
      host.check(Command.of("ip", "netns", "del", netnsBeside));
      DurableFiles.deleteTree(root);
    }
  }
}
