package dev.visco.image.imports;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.MemoryBudget;
import dev.visco.host.WorkPool;
import dev.visco.image.Manifest;
import dev.visco.image.probe.AddressConfigurers;
import dev.visco.image.probe.InitrdProbe;
import dev.visco.image.probe.KernelProbe;
import dev.visco.image.probe.OperatorFile;
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
 */
public record Import(
    ImageName name,
    Path kernel,
    @Nullable Path initrd,
    Path rootfs,
    @Nullable Path configuration,
    boolean force) {
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

  /** Refuses files that do not exist or cannot be read, without copying them. */
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

  /** The bytes that the copies take: those of the files without holes. */
  public long bytes(Host host) {
    var arguments = new ArrayList<>(List.of("du", "--block-size=1", "--dereference", "--"));
    arguments.add(kernel.toString());
    arguments.add(rootfs.toString());
    if (initrd != null) {
      arguments.add(initrd.toString());
    }
    return host.check(Command.of(arguments))
        .output()
        .lines()
        .mapToLong(line -> Long.parseLong(line.split("\t", 2)[0]))
        .sum();
  }

  /** The copies by digest, and the manifest. */
  public record Imported(Map<Digest, Path> files, Manifest manifest) {}

  /**
   * Copies the files and probes the copies, so that the manifest describes what is kept. What
   * cannot be an image is refused before anything large is copied.
   */
  public Imported take(Host host, Path work, Progress progress) throws IOException {
    progress.report("look into the files", -1);
    probed(rootfs, () -> RootProbe.of(rootfs));
    var files = new LinkedHashMap<Digest, Path>();
    Path kernelCopy = work.resolve("kernel");
    Digest kernelDigest = SparseCopy.copy(kernel, kernelCopy, "copy the kernel", progress);
    files.put(kernelDigest, kernelCopy);
    KernelProbe kernelFound = probed(kernel, () -> KernelProbe.of(kernelCopy, kernel));
    Digest initrdDigest = null;
    InitrdProbe initrdFound = null;
    if (initrd != null) {
      Path copy = work.resolve("initrd");
      initrdDigest = SparseCopy.copy(initrd, copy, "copy the initramfs", progress);
      files.put(initrdDigest, copy);
      initrdFound = probed(initrd, () -> InitrdProbe.of(copy, initrd));
    }
    Map<String, String> options = options(kernelFound);
    RootProbe root = probed(rootfs, () -> RootProbe.of(rootfs));
    new ImportChecks(kernelFound, options, initrdFound, root, force).unknown();
    Path rootCopy = work.resolve("root.img");
    Digest rootDigest = SparseCopy.copy(rootfs, rootCopy, "copy the root file system", progress);
    files.put(rootDigest, rootCopy);
    RootProbe copied = probed(rootfs, () -> RootProbe.of(rootCopy, rootfs));
    var checks = new ImportChecks(kernelFound, options, initrdFound, copied, force);
    var owners = AddressConfigurers.of(host, rootCopy, checks.root());
    return new Imported(files, manifest(checks, owners, kernelDigest, initrdDigest, rootDigest));
  }

  /** Probes an operator's file, on a thread for computing, with a deadline and reserved memory. */
  private static <T> T probed(Path file, WorkPool.Work<T, RuntimeException> look) {
    try (var taken = MemoryBudget.shared().take(file.toString(), PROBE_BYTES, PROBING)) {
      return PROBES.run("looking into " + file, PROBING, look);
    }
  }

  private @Nullable Map<String, String> options(KernelProbe kernelFound) throws IOException {
    if (configuration == null) {
      String inside = kernelFound.configuration();
      return inside == null ? null : KernelPackage.everyOption(inside);
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
    ImportChecks.requireConfiguration(text, configuration, kernelFound.release());
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
        options == null ? null : KernelPackage.thatMatter(options),
        initrdFound == null ? null : initrdFound.modules(),
        checks.readsIp(),
        Map.of(),
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
        null);
  }
}
