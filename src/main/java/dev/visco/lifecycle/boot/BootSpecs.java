package dev.visco.lifecycle.boot;

import dev.visco.image.BootKernel;
import dev.visco.image.ContainerFacts;
import dev.visco.image.Image;
import dev.visco.image.OverlayDisk;
import dev.visco.model.BootSpec;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VolumeMount;
import dev.visco.network.SlotPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link BootSpec}, what a VMM is told about a VM, from the VM's spec, image and slot.
 * Pure.
 *
 * @param kernel the kernel to boot, with {@code initrd}; some experiments use another image's
 * @param root its root disk
 * @param volumes the folder with the files of all volumes
 */
record BootSpecs(
    VmId id,
    VmSpec spec,
    Image image,
    BootKernel kernel,
    @Nullable Path initrd,
    BootSpec.Disk root,
    SlotPlan plan,
    Path folder,
    Path volumes,
    long consoleBytes) {

  BootSpec bootSpec() {
    return new BootSpec(
        id,
        plan.installation(),
        kernel.file(),
        kernel.digest(),
        initrd,
        bootArgs(),
        disks(),
        spec.machine().transport(),
        spec.machine().vcpus(),
        spec.machine().memoryMib(),
        plan.netns(),
        plan.tap(),
        plan.guest().mac(),
        plan.uid(),
        folder,
        consoleBytes,
        spec.machine().options());
  }

  /**
   * Guests find the seed as the second one; volumes, and the overlay of a root that cannot be
   * written to, by their labels, and the disk of tools by its UUID. These two are the last ones, so
   * that volumes have their numbers with and without them.
   */
  private List<BootSpec.Disk> disks() {
    boolean hasOverlay = image.manifest().hasReadOnlyRoot();
    var disks = new ArrayList<BootSpec.Disk>();
    disks.add(hasOverlay ? new BootSpec.Disk(image.rootfs(), BootSpec.DiskFormat.RAW, true) : root);
    disks.add(new BootSpec.Disk(folder.resolve("seed.img"), BootSpec.DiskFormat.RAW, true));
    for (VolumeMount mount : spec.volumes()) {
      Path file = VolumeFiles.file(volumes, mount.volume());
      disks.add(new BootSpec.Disk(file, BootSpec.DiskFormat.RAW, mount.readOnly()));
    }
    if (hasOverlay) {
      disks.add(root);
    }
    if (image.tools() != null) {
      disks.add(new BootSpec.Disk(image.tools(), BootSpec.DiskFormat.RAW, true));
    }
    return disks;
  }

  /**
   * Visco's arguments, then the caller's. A caller's {@code root=} or {@code ip=}, which the
   * preflight objects to and force allows, replaces Visco's: a kernel is never given two.
   */
  private List<String> bootArgs() {
    var words = new ArrayList<String>();
    if (has("root=")) {
      words.add("rw");
    } else {
      words.addAll(List.of("root=" + image.manifest().root(), "rw"));
    }
    String flags = image.manifest().rootFlags();
    if (flags != null && !has("root=") && !has("rootflags=")) {
      words.add("rootflags=" + flags);
    }
    if (image.manifest().hasReadOnlyRoot() && !has("overlayroot=")) {
      words.add(OverlayDisk.ARGUMENT);
    }
    if (!has("ip=") && spec.kernel().hasAddress()) {
      words.add("ip=" + plan.guest().ipParameter(id.value()));
    }
    if (image.manifest().container() != null && !has("init=")) {
      words.add("init=" + ContainerFacts.INIT);
    }
    words.addAll(spec.kernel().bootArgs());
    return words;
  }

  private boolean has(String parameter) {
    return spec.kernel().bootArgs().stream().anyMatch(word -> word.startsWith(parameter));
  }
}
