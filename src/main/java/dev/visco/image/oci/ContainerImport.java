package dev.visco.image.oci;

import dev.visco.host.DiskDigest;
import dev.visco.host.Host;
import dev.visco.host.MemoryBudget;
import dev.visco.image.ContainerFacts;
import dev.visco.image.Image;
import dev.visco.image.Manifest;
import dev.visco.image.RootContents;
import dev.visco.image.probe.AddressConfigurers;
import dev.visco.image.probe.RootProbe;
import dev.visco.image.recipe.RootDisk;
import dev.visco.model.Digest;
import dev.visco.model.ImageName;
import dev.visco.model.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A container image on its way to an image: checked and merged, to be written to a disk.
 *
 * @param base where its kernel, initramfs and sshd come from
 */
public final class ContainerImport implements AutoCloseable {
  private static final int VCPUS = 1;
  private static final int MEMORY_MIB = 512;

  /** sshd, busybox and their libraries, twice. */
  private static final long PARTS_BYTES = 48L << 20;

  private static final List<String> FOLDERS =
      List.of("dev", "etc", "proc", "root", "run", "sys", "tmp", "var");

  private final ImageName name;
  private final Image base;
  private final OciImage image;
  private final LayerSource source;
  private final OciLimits limits;
  private final MemoryBudget.Reservation memory = MemoryBudget.shared().nothing();
  private final RootTree tree;
  private final ContainerUser user;

  private ContainerImport(
      ImageName name,
      Image base,
      OciImage image,
      LayerSource source,
      OciLimits limits,
      Progress progress)
      throws IOException {
    this.name = name;
    this.base = base;
    this.image = image;
    this.source = source;
    this.limits = limits;
    try {
      this.tree = new LayerMerge(limits, memory).merge(image.layers(), source, progress);
      var contents = new TreeContents(tree, image.layers(), source, limits);
      this.user =
          ContainerUser.of(
              image.config().user(), contents.lines("etc/passwd"), contents.lines("etc/group"));
      addFolders();
      addFolder(image.config().folder());
      TreeArchive.TreeSize.of(tree.root());
    } catch (IOException | RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  /** Reads and merges all layers of an image; nothing is written. */
  static ContainerImport of(
      ImageName name, Image base, OciImage image, LayerSource source, Progress progress)
      throws IOException {
    return new ContainerImport(name, base, image, source, OciLimits.USUAL, progress);
  }

  /** What the kernel and Visco's programs find in every guest, as docker provides it. */
  private void addFolders() {
    TreeNode root = tree.root();
    root.uid = 0;
    root.gid = 0;
    // sshd refuses a root that others may write to.
    root.mode = root.mode & 0755 | 0555;
    int above = image.layers().size();
    tree.apply(entry(".wh..visco", 0644), above, -1);
    for (String folder : FOLDERS) {
      if (tree.find(folder).filter(TreeNode::isFolder).isEmpty()) {
        tree.apply(entry(folder, folder.equals("tmp") ? 01777 : 0755), above, -1);
      }
    }
  }

  /** The folder where the program runs, which docker makes too where it is missing. */
  private void addFolder(String path) {
    if (tree.find(path).isEmpty()) {
      tree.apply(entry(path, 0755), image.layers().size(), -1);
    }
  }

  private static TarEntry entry(String path, int mode) {
    char type = path.startsWith(".") ? TarEntry.FILE : TarEntry.FOLDER;
    return new TarEntry(path, type, "", mode, 0, 0, 0, 0, 0, 0, Map.of());
  }

  /** The bytes that making the disk takes. */
  public long bytes() {
    return ContainerDisk.roomBytes(TreeArchive.TreeSize.of(tree.root())) + PARTS_BYTES;
  }

  /** The disk by its digest, and the manifest; kernel and initramfs are the base's. */
  public record Taken(Map<Digest, Path> files, Manifest manifest) {}

  /**
   * Writes the disk.
   *
   * @param work an empty folder
   */
  public Taken take(Host host, Path work, Progress progress) throws IOException {
    Path copies = Files.createDirectory(work.resolve("parts"));
    ExtraFiles extra = GuestParts.of(host, base, image.config(), user, copies);
    extra.addTo(tree, image.layers().size());
    var archive = new TreeArchive(tree.root(), image.layers(), source, extra, limits);
    String identity = image.digest() + " " + base.digest();
    RootDisk.Made made =
        new ContainerDisk(host, work).make(archive, tree.root(), identity, progress);
    progress.report("compute digests", -1);
    Digest root = DiskDigest.of(made.file());
    return new Taken(Map.of(root, made.file()), manifest(host, made, root, copies));
  }

  private Manifest manifest(Host host, RootDisk.Made made, Digest root, Path copies)
      throws IOException {
    RootProbe probe = RootProbe.of(made.file());
    var unknown = new ArrayList<String>();
    List<String> owners = List.of();
    // Without an init nothing in the image configures an interface unless its program does.
    if (GuestScripts.isInit(image.config())) {
      var found = AddressConfigurers.of(host, made.file(), probe);
      unknown.addAll(found.unknown());
      owners = found.owners();
    }
    RootContents contents =
        new ContainerInspection(image.config(), user, tree).of(host, made.file(), probe, copies);
    contents.notices().forEach(notice -> unknown.add("warning: " + notice));
    contents.problems().forEach(problem -> unknown.add("warning: " + problem.cause()));
    List<String> leftOut = GuestScripts.leftOut(image.config());
    if (!leftOut.isEmpty()) {
      unknown.add(
          "left out: variables that no shell can have: "
              + OciRefusal.printable(String.join(", ", leftOut)));
    }
    Manifest from = base.manifest();
    return new Manifest(
        name.value(),
        null,
        from.kernel(),
        from.initrd(),
        root,
        "PARTUUID=" + made.partitionUuid(),
        "the partition has an id that the initramfs and the kernel know",
        made.partitionUuid(),
        made.fileSystemUuid(),
        "ext4",
        probe.features(),
        from.kernelFormat(),
        from.kernelRelease(),
        from.kernelConfig(),
        from.initrdModules(),
        from.readsIp(),
        Map.of("sshd", 22),
        VCPUS,
        MEMORY_MIB,
        List.of(),
        unknown,
        from.kernelMinMemoryMib(),
        from.initrdModuleReleases(),
        null,
        owners,
        null,
        facts(),
        null,
        contents,
        null,
        null,
        null,
        null,
        null);
  }

  private ContainerFacts facts() {
    return new ContainerFacts(
        image.reference(),
        image.digest(),
        base.manifest().name(),
        base.digest(),
        image.config(),
        image.layers().stream().map(OciLayer::digest).toList(),
        source instanceof RegistryPull);
  }

  /** Releases the memory of what was merged. */
  @Override
  public void close() {
    memory.close();
  }
}
