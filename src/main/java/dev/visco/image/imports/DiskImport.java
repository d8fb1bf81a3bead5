package dev.visco.image.imports;

import dev.visco.host.DiskDigest;
import dev.visco.host.Host;
import dev.visco.image.DiskFacts;
import dev.visco.image.probe.DiskBoot;
import dev.visco.image.probe.DiskFormat;
import dev.visco.image.probe.OperatorFile;
import dev.visco.image.probe.RootProbe;
import dev.visco.model.Digest;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A whole disk, like a distribution's cloud image, as an image. Its format is recognized by its
 * contents; its kernel and initramfs are copied out of it unless they are given.
 *
 * @param disk raw, qcow2, vhd, vhdx or vmdk
 * @param kernel as in {@link Import}, null to take the newest in the disk with what belongs to it
 * @param initrd null to take that of the disk's kernel, or for none beside a given kernel
 * @param configuration null to take the one beside the disk's kernel, or that of the kernel itself
 */
public record DiskImport(
    ImageName name,
    Path disk,
    @Nullable Path kernel,
    @Nullable Path initrd,
    @Nullable Path configuration,
    boolean force)
    implements ImportSource {
  private static final String FIELD = "disk";

  @Override
  public void check() {
    if (initrd != null && kernel == null) {
      throw OperatorFile.invalid(
          "initrd",
          initrd,
          "is given without its kernel",
          "Give both, or neither: then they are taken out of the disk.");
    }
    DiskFormat format = DiskFormat.of(FIELD, disk, disk);
    if (format == DiskFormat.RAW) {
      RootProbe.of(FIELD, disk, disk);
    }
    if (kernel != null) {
      OperatorFile.check("kernel", kernel, kernel);
    }
    if (initrd != null) {
      OperatorFile.check("initrd", initrd, initrd);
    }
    if (configuration != null) {
      OperatorFile.check("kernelConfig", configuration, configuration);
    }
  }

  @Override
  public long bytes(Host host) {
    List<Path> files =
        Stream.of(disk, kernel, initrd).filter(Objects::nonNull).map(Path.class::cast).toList();
    return Import.bytes(host, files);
  }

  @Override
  public Imported take(Host host, Path work, LongConsumer room, Progress progress)
      throws IOException {
    Path raw = work.resolve("disk.raw");
    Path copy = work.resolve("disk");
    Digest given = DiskDigest.copy(disk, copy, part -> progress.report("copy the disk", part));
    // Of the copy: the file may be another one by now.
    DiskFormat format = DiskFormat.of(FIELD, copy, disk);
    Digest digest = given;
    if (format == DiskFormat.RAW) {
      Files.move(copy, raw);
    } else {
      new DiskConversion(host, work, "disk", format, FIELD, disk).to("disk.raw", room, progress);
      Files.delete(copy);
      progress.report("compute the disk's digest", -1);
      digest = DiskDigest.of(raw);
    }
    RootProbe root = Import.probed(disk, () -> RootProbe.of(FIELD, raw, disk));
    progress.report("look into the disk", -1);
    var boot = new DiskBoot(host, raw, root);
    DiskBoot.DiskSystem system = boot.system();
    Path folder = Files.createDirectory(work.resolve("boot"));
    Optional<DiskBoot.Files> found = kernel == null ? boot.copy(folder) : Optional.empty();
    if (kernel == null && found.isEmpty()) {
      throw OperatorFile.invalid(
          FIELD,
          disk,
          "holds no kernel that can be taken out: there is no vmlinuz-RELEASE in "
              + boot.searched(),
          "Give its kernel and its initramfs beside it: --kernel and --initrd (the API's kernel and initrd).");
    }
    var facts =
        new DiskFacts(
            format.word(),
            system.name(),
            system.cloudInit(),
            found.map(DiskBoot.Files::kernelPath).orElse(null),
            found.map(DiskBoot.Files::initrdPath).orElse(null));
    return sources(found.orElse(null), raw, new Import.TakenDisk(digest, disk, facts))
        .take(host, work, room, progress);
  }

  private Import sources(DiskBoot.@Nullable Files found, Path raw, Import.TakenDisk taken) {
    Path ownConfiguration = found == null ? null : found.configuration();
    return new Import(
        name,
        found == null ? Objects.requireNonNull(kernel) : found.kernel(),
        found == null ? initrd : found.initrd(),
        raw,
        configuration == null ? ownConfiguration : configuration,
        force,
        taken);
  }
}
