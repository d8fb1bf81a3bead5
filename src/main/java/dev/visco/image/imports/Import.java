package dev.visco.image.imports;

import dev.visco.host.Command;
import dev.visco.host.DiskDigest;
import dev.visco.host.FileDigest;
import dev.visco.host.Host;
import dev.visco.host.MemoryBudget;
import dev.visco.host.WorkPool;
import dev.visco.image.DiskFacts;
import dev.visco.image.Manifest;
import dev.visco.image.probe.AddressConfigurers;
import dev.visco.image.probe.BtrfsSubvolumes;
import dev.visco.image.probe.InitrdProbe;
import dev.visco.image.probe.KernelProbe;
import dev.visco.image.probe.OperatorFile;
import dev.visco.image.probe.RootInspection;
import dev.visco.image.probe.RootProbe;
import dev.visco.image.recipe.KernelPackage;
import dev.visco.model.Digest;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An operator's own kernel and root file system as an image.
 *
 * @param kernel a bzImage or an ELF vmlinux for x86-64
 * @param initrd its initramfs, null when the kernel mounts its root without one
 * @param rootfs a raw disk: partitioned, or a bare file system
 * @param configuration the kernel's {@code .config}, null to take it from the kernel itself
 * @param force imports also what certainly cannot boot; files that are not a kernel, initramfs or
 *     disk are still refused
 * @param taken what is known of a {@code rootfs} that is a file of the store's own already, null
 *     for an operator's file
 */
public record Import(
    ImageName name,
    Path kernel,
    @Nullable Path initrd,
    Path rootfs,
    @Nullable Path configuration,
    boolean force,
    @Nullable TakenDisk taken)
    implements ImportSource {
  /** Not the shared pool: unpacking a kernel takes long. */
  private static final WorkPool PROBES = new WorkPool("probe", 1);

  private static final Duration PROBING = Duration.ofMinutes(5);

  /**
   * The heap that a probe takes: kernels packed with xz have a dictionary of 32 MiB; and one
   * module.
   */
  private static final long PROBE_BYTES = 48 << 20;

  /** The default number of vCPUs of its VMs. */
  private static final int VCPUS = 1;

  private static final int MEMORY_MIB = 512;
  private static final long MAX_CONFIGURATION = 8 << 20;

  /** With an operator's own files. */
  public Import(
      ImageName name,
      Path kernel,
      @Nullable Path initrd,
      Path rootfs,
      @Nullable Path configuration,
      boolean force) {
    this(name, kernel, initrd, rootfs, configuration, force, null);
  }

  /**
   * A disk that was copied, and perhaps converted, before it was looked into.
   *
   * @param digest of the raw disk
   * @param named the operator's file, which a refusal names
   */
  record TakenDisk(Digest digest, Path named, DiskFacts facts) {}

  /** Refuses files that do not exist or cannot be read, without copying them. */
  @Override
  public void check() {
    OperatorFile.check("kernel", kernel, kernel);
    if (initrd != null) {
      OperatorFile.check("initrd", initrd, initrd);
    }
    OperatorFile.check("rootfs", rootfs, rootfs);
    if (configuration != null) {
      OperatorFile.check("kernelConfig", configuration, configuration);
    }
  }

  @Override
  public long bytes(Host host) {
    return bytes(host, initrd == null ? List.of(kernel, rootfs) : List.of(kernel, rootfs, initrd));
  }

  /** The bytes that copies take: those of the files without holes. */
  static long bytes(Host host, List<Path> files) {
    var arguments = new ArrayList<>(List.of("du", "--block-size=1", "--dereference", "--"));
    files.forEach(file -> arguments.add(file.toString()));
    return host.check(Command.of(arguments))
        .output()
        .lines()
        .mapToLong(line -> Long.parseLong(line.split("\t", 2)[0]))
        .sum();
  }

  /**
   * Copies the files and probes the copies, so that the manifest describes what is kept. What
   * cannot be an image is refused before anything large is copied.
   */
  @Override
  public Imported take(Host host, Path work, LongConsumer room, Progress progress)
      throws IOException {
    progress.report("look into the files", -1);
    root(rootfs);
    var files = new LinkedHashMap<Digest, Path>();
    Path kernelCopy = work.resolve("kernel");
    Digest kernelDigest = copied(kernel, kernelCopy, "copy the kernel", progress);
    files.put(kernelDigest, kernelCopy);
    KernelProbe kernelFound = probed(kernel, () -> KernelProbe.of(kernelCopy, namedKernel()));
    Digest initrdDigest = null;
    InitrdProbe initrdFound = null;
    if (initrd != null) {
      Path copy = work.resolve("initrd");
      initrdDigest = copied(initrd, copy, "copy the initramfs", progress);
      files.put(initrdDigest, copy);
      initrdFound = probed(initrd, () -> InitrdProbe.of(copy, namedInitrd(initrd)));
    }
    Map<String, String> options = options(kernelFound);
    if (options == null && taken != null) {
      options = KernelConfigurations.inImage(host, rootfs, root(rootfs), kernelFound.release());
    }
    if (options == null) {
      var beside = KernelConfigurations.modulesBeside(kernel, kernelFound.release());
      kernelFound = kernelFound.withOptions(beside.options());
    }
    DiskFacts disk = taken == null ? null : taken.facts();
    new ImportChecks(kernelFound, options, initrdFound, root(rootfs), disk, null, null, force)
        .unknown();
    Path rootCopy = taken == null ? work.resolve("root.img") : rootfs;
    Digest rootDigest =
        taken == null
            ? DiskDigest.copy(
                rootfs, rootCopy, part -> progress.report("copy the root file system", part))
            : taken.digest();
    files.put(rootDigest, rootCopy);
    RootProbe copied = root(rootCopy);
    if (options == null) {
      options = KernelConfigurations.inImage(host, rootCopy, copied, kernelFound.release());
    }
    progress.report("look into the root file system", -1);
    RootInspection inspection =
        RootInspection.of(host, rootCopy, copied, work, kernelFound.release());
    if (options == null) {
      kernelFound = kernelFound.withOptions(inspection.modules().options());
    }
    var checks =
        new ImportChecks(
            kernelFound,
            options,
            initrdFound,
            copied,
            disk,
            inspection,
            subvolumes(rootCopy, copied),
            force);
    var owners = AddressConfigurers.of(host, rootCopy, checks.root());
    return new Imported(files, manifest(checks, owners, kernelDigest, initrdDigest, rootDigest));
  }

  /** Copies a kernel or an initramfs; the digest is the file's SHA-256. */
  private static Digest copied(Path from, Path to, String what, Progress progress)
      throws IOException {
    progress.report(what, -1);
    Files.copy(from, to);
    return FileDigest.of(to);
  }

  private static @Nullable BtrfsSubvolumes subvolumes(Path file, RootProbe root)
      throws IOException {
    return root.type().equals("btrfs")
        ? BtrfsSubvolumes.of(file, root.offset()).orElse(null)
        : null;
  }

  private RootProbe root(Path file) {
    return taken == null
        ? probed(rootfs, () -> RootProbe.of(file, rootfs))
        : probed(rootfs, () -> RootProbe.of("disk", file, taken.named()));
  }

  /** What a refusal names: the path in the disk where it came out of one. */
  private Path namedKernel() {
    String inside = taken == null ? null : taken.facts().kernel();
    return inside == null ? kernel : Path.of(inside);
  }

  private Path namedInitrd(Path given) {
    String inside = taken == null ? null : taken.facts().initrd();
    return inside == null ? given : Path.of(inside);
  }

  /** Probes an operator's file, on a thread for computing, with a deadline and reserved memory. */
  static <T> T probed(Path file, WorkPool.Work<T, RuntimeException> look) {
    try (var taken = MemoryBudget.shared().take(file.toString(), PROBE_BYTES, PROBING)) {
      return PROBES.run("looking into " + file, PROBING, look);
    }
  }

  private @Nullable Map<String, String> options(KernelProbe kernelFound) throws IOException {
    if (configuration == null) {
      String inside = kernelFound.configuration();
      return inside == null
          ? KernelConfigurations.beside(kernel, kernelFound.release())
          : KernelPackage.everyOption(inside);
    }
    if (Files.size(configuration) > MAX_CONFIGURATION) {
      throw OperatorFile.invalid(
          "kernelConfig",
          configuration,
          "has " + Files.size(configuration) + " bytes and is no kernel configuration",
          "Give the kernel's .config, like /boot/config-….");
    }
    String text =
        new String(Files.readAllBytes(configuration), java.nio.charset.StandardCharsets.UTF_8);
    KernelConfigurations.require(text, configuration, kernelFound.release());
    return KernelPackage.everyOption(text);
  }

  private Manifest manifest(
      ImportChecks checks,
      AddressConfigurers owners,
      Digest kernelDigest,
      @Nullable Digest initrdDigest,
      Digest rootDigest) {
    RootProbe root = checks.root();
    RootProbe.Name found = root.name(checks.initrd());
    InitrdProbe initrdFound = checks.initrd();
    Map<String, String> options = checks.options();
    return new Manifest(
        name.value(),
        null,
        kernelDigest,
        initrdDigest,
        rootDigest,
        found.root(),
        found.why(),
        root.partitionUuid(),
        root.fileSystemUuid(),
        root.type(),
        root.features(),
        checks.kernel().format().word(),
        checks.kernel().release(),
        options == null ? builtIn(checks.kernel()) : KernelPackage.thatMatter(options),
        initrdFound == null ? null : initrdFound.modules(),
        checks.readsIp(),
        // A cloud image has its distribution's sshd, which cloud-init gives the keys to.
        checks.hasCloudInit() ? Map.of("ssh", 22) : Map.of(),
        VCPUS,
        MEMORY_MIB,
        List.of(),
        Stream.concat(checks.unknown().stream(), owners.unknown().stream()).toList(),
        checks.kernel().minMemoryMib(),
        initrdFound == null || initrdFound.modules() == null
            ? null
            : List.copyOf(initrdFound.moduleReleases()),
        null,
        owners.owners(),
        null,
        null,
        checks.disk(),
        checks.inspection() == null ? null : checks.inspection().contents(),
        checks.rootFlags(),
        null,
        null,
        null,
        null);
  }

  private static @Nullable Map<String, String> builtIn(KernelProbe kernel) {
    return kernel.builtIn().isEmpty() ? null : kernel.builtIn();
  }
}
