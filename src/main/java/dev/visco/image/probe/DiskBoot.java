package dev.visco.image.probe;

import dev.visco.host.Host;
import dev.visco.image.probe.KernelSearch.Candidate;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a disk boots with: the newest kernel in {@code /boot}, its initramfs and its
 * configuration, and which system it is. Reads ext file systems without mounting them; links are
 * followed inside of them only.
 */
public final class DiskBoot {
  /** Larger files are not copied. */
  private static final long MAX_BYTES = 1L << 30;

  private static final Pattern NAME = Pattern.compile("(?m)^PRETTY_NAME=\"?([^\"\n]*)\"?$");
  private static final Pattern PART = Pattern.compile("[0-9]+|[^0-9]+");

  private final Host host;
  private final Path disk;
  private final RootProbe root;

  /**
   * @param disk a raw disk, whose file name was chosen by Visco
   */
  public DiskBoot(Host host, Path disk, RootProbe root) {
    this.host = host;
    this.disk = disk;
    this.root = root;
  }

  /**
   * Copies of what was found.
   *
   * @param kernelPath where the kernel is in its file system, as the other paths
   * @param configuration the kernel's, null when there is none
   */
  public record Files(
      Path kernel,
      String kernelPath,
      @Nullable Path initrd,
      @Nullable String initrdPath,
      @Nullable Path configuration) {}

  /**
   * Copies them; empty when no file system that can be read here has a kernel.
   *
   * @param folder where the copies go, a path of plain characters
   */
  public Optional<Files> copy(Path folder) throws IOException {
    var places = new ArrayList<RootReader>();
    if (root.isReadable()) {
      places.add(RootReaders.of(host, disk, root));
    }
    for (long offset : root.bootFileSystems(disk)) {
      places.add(new DebugFs(host, disk, offset));
    }
    for (RootReader place : places) {
      var search = new KernelSearch(place);
      // A partition for /boot has its files at the top.
      for (String boot : List.of("/boot", "")) {
        Optional<Candidate> newest = newest(search.inBoot(boot));
        if (newest.isEmpty()) {
          newest = newest(search.inEntries(boot));
        }
        if (newest.isPresent()) {
          return Optional.of(copied(place, newest.get(), places, folder));
        }
      }
      Optional<Candidate> newest = newest(search.inModules());
      if (newest.isPresent()) {
        return Optional.of(copied(place, newest.get(), places, folder));
      }
    }
    return Optional.empty();
  }

  private static Optional<Candidate> newest(List<Candidate> all) {
    return all.stream()
        .max(
            Comparator.comparing((Candidate one) -> one.initrd() != null)
                .thenComparing(Candidate::release, DiskBoot::compareReleases));
  }

  /** By their parts, numbers as numbers: 6.1.0-9 is older than 6.1.0-10. */
  static int compareReleases(String one, String other) {
    Matcher left = PART.matcher(one);
    Matcher right = PART.matcher(other);
    while (left.find()) {
      if (!right.find()) {
        return 1;
      }
      String a = left.group();
      String b = right.group();
      boolean areNumbers = Character.isDigit(a.charAt(0)) && Character.isDigit(b.charAt(0));
      int order =
          areNumbers
              ? new java.math.BigInteger(a).compareTo(new java.math.BigInteger(b))
              : a.compareTo(b);
      if (order != 0) {
        return order;
      }
    }
    return right.find() ? -1 : 0;
  }

  private static Files copied(
      RootReader place, Candidate found, List<RootReader> places, Path folder) {
    Path kernel = folder.resolve("disk-kernel");
    if (!place.copy(found.kernel(), kernel, MAX_BYTES)) {
      throw lost("kernel", found.kernel());
    }
    Path initrd = found.initrd() == null ? null : folder.resolve("disk-initrd");
    if (initrd != null && !place.copy(found.initrd() + "", initrd, MAX_BYTES)) {
      throw lost("initrd", found.initrd() + "");
    }
    return new Files(
        kernel,
        found.kernel(),
        initrd,
        found.initrd(),
        configuration(place, found, places, folder.resolve("disk-config")));
  }

  private static Refused lost(String field, String path) {
    return OperatorFile.invalid(
        field,
        Path.of(path),
        "cannot be copied out of the disk: it is no file there, larger than 1 GiB, or damaged",
        "Give it beside the disk, or mend the disk.");
  }

  private static @Nullable Path configuration(
      RootReader place, Candidate found, List<RootReader> places, Path copy) {
    String beside = found.kernel().replace("/vmlinuz-", "/config-");
    if (!beside.equals(found.kernel()) && place.copy(beside, copy, MAX_BYTES)) {
      return copy;
    }
    for (RootReader one : places) {
      for (String folder : List.of("/usr/lib/modules/", "/lib/modules/")) {
        if (one.copy(folder + found.release() + "/config", copy, MAX_BYTES)) {
          return copy;
        }
      }
    }
    return null;
  }

  /**
   * What the disk's root file system is of.
   *
   * @param name like {@code Debian GNU/Linux 12 (bookworm)}, null when it does not say
   * @param cloudInit whether cloud-init is in it, null when it cannot be looked into
   */
  public record DiskSystem(@Nullable String name, @Nullable Boolean cloudInit) {}

  public DiskSystem system() {
    if (!root.isReadable()) {
      return new DiskSystem(null, null);
    }
    var files = RootReaders.of(host, disk, root);
    String release =
        files
            .find("/etc/os-release")
            .or(() -> files.find("/usr/lib/os-release"))
            .flatMap(files::text)
            .orElse("");
    Matcher name = NAME.matcher(release);
    return new DiskSystem(
        name.find() ? ReadableLine.of(name.group(1)) : null,
        files.find("/usr/bin/cloud-init").isPresent());
  }

  /** Why the kernel may be where nobody looks; for the reason of a refusal. */
  public String searched() throws IOException {
    int others = root.bootFileSystems(disk).size();
    String where =
        root.isReadable()
            ? "/boot of its root file system (" + root.type() + ")"
            : "its root file system, which is " + root.type() + " and cannot be looked into here";
    return others == 0 ? where : where + " and " + others + " other file systems";
  }
}
