package dev.visco.lifecycle.boot;

import dev.visco.diagnose.BootEvidence.HostFirewall;
import dev.visco.diagnose.BootPlan;
import dev.visco.diagnose.BootPlan.VmmFacts;
import dev.visco.diagnose.KernelFacts;
import dev.visco.diagnose.Preflight;
import dev.visco.diagnose.RootFacts;
import dev.visco.host.DiskRoom;
import dev.visco.host.SteadyClock;
import dev.visco.image.BootKernel;
import dev.visco.image.Disks;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.image.Manifest;
import dev.visco.image.RootContents;
import dev.visco.image.probe.RootInspection;
import dev.visco.lifecycle.PlannedBoot;
import dev.visco.model.BootSpec;
import dev.visco.model.Objection;
import dev.visco.model.Purpose;
import dev.visco.model.RootProblem;
import dev.visco.model.SlotIndex;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.network.Networks;
import dev.visco.vmm.Vmm;
import dev.visco.vmm.Vmms;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Plans boots for the preflight: from a spec, its image, its VMM, and the present state of the
 * host.
 */
public final class BootPlans {
  /** A placeholder, as long as any other id: the kernel command line holds it. */
  private static final VmId ANY = new VmId("vm-00000000");

  private final Networks networks;
  private final Vmms vmms;
  private final Images images;
  private final Disks disks;
  private final Path data;
  private final Function<VmSpec, List<String>> vulnerabilities;
  private final IntUnaryOperator translationMib;
  private final RecentFirewall firewall;

  /**
   * @param data a folder in the file system that VMs write to
   * @param vulnerabilities known vulnerabilities that a VM would have, like {@code CVE-2026-5747}
   * @param translationMib memory that software emulation takes besides a guest's, by the guest's
   *     memory; both in MiB
   */
  public BootPlans(
      Networks networks,
      Vmms vmms,
      Images images,
      Disks disks,
      Path data,
      Function<VmSpec, List<String>> vulnerabilities,
      IntUnaryOperator translationMib,
      SteadyClock clock) {
    this.networks = networks;
    this.vmms = vmms;
    this.images = images;
    this.disks = disks;
    this.data = data;
    this.vulnerabilities = vulnerabilities;
    this.translationMib = translationMib;
    this.firewall =
        new RecentFirewall(() -> HostFacts.firewall(networks.hostNetwork().rules()), clock);
  }

  /** Plans the boot of an image by a spec. */
  public PlannedBoot planned(VmSpec spec, Image image) {
    Vmm vmm = vmms.named(spec.release());
    BootSpec.DiskFormat format = Disks.rootFormat(vmm.capabilities().diskFormats());
    BootSpec boot = boot(spec, image, format);
    return new PlannedBoot() {
      @Override
      public List<Objection> objections() {
        return objections(firewall::now);
      }

      @Override
      public List<Objection> objectionsWhileItWaits() {
        return objections(firewall::recent);
      }

      private List<Objection> objections(Supplier<HostFirewall> rules) {
        vmm.kernelCommandLine(boot); // Throws when it is not valid.
        return Preflight.objections(plan(spec, image, vmm, format, rules));
      }

      @Override
      public int vmmMib() {
        return vmm.emulates(boot) ? translationMib.applyAsInt(spec.machine().memoryMib()) : 0;
      }

      @Override
      public long diskMib() {
        return disks.rootMib(image, format);
      }
    };
  }

  private BootPlan plan(
      VmSpec spec, Image image, Vmm vmm, BootSpec.DiskFormat format, Supplier<HostFirewall> rules) {
    Manifest manifest = image.manifest();
    return new BootPlan(
        spec.machine().transport(),
        spec.kernel().bootArgs(),
        root(manifest, problems(spec, image)),
        spec.machine().memoryMib(),
        orZero(manifest.minMemoryMib()),
        kernel(manifest),
        manifest.addressOwners(),
        disks.rootMib(image, format),
        orZero(manifest.vsockPort()),
        image.tools() != null && !Files.exists(image.tools()) ? manifest.name() : null,
        spec.machine().options().set(),
        vmm(spec, vmm, image),
        new BootPlan.HostState(
            networks.hostNetwork().isForwarding(),
            DiskRoom.freeMib(data.resolve("vms")),
            spec.purpose() == Purpose.EXPERIMENT ? null : rules.get()));
  }

  /**
   * Whether this spec's release runs this image by software emulation. The first call for a kernel
   * may take seconds.
   */
  public boolean isEmulated(VmSpec spec, Image image) {
    Vmm vmm = vmms.named(spec.release());
    return vmm.emulates(boot(spec, image, Disks.rootFormat(vmm.capabilities().diskFormats())));
  }

  private BootSpec boot(VmSpec spec, Image image, BootSpec.DiskFormat format) {
    return new BootSpecs(
            ANY,
            spec,
            image,
            new BootKernel(image.kernel(), image.manifest().kernel(), false),
            image.initrd(),
            Disks.root(data, format),
            networks.plan(new SlotIndex(networks.slots() - 1)),
            data,
            data.resolve("volumes"),
            BootSpec.MIN_CONSOLE_BYTES)
        .bootSpec();
  }

  private VmmFacts vmm(VmSpec spec, Vmm vmm, Image image) {
    String release = spec.release();
    return new VmmFacts(
        release.equals(vmm.family().name()) ? release : vmm.family().name() + " " + release,
        vmm.capabilities().transports().contains(Transport.PCI),
        vulnerabilities.apply(spec),
        vmm.capabilities().options(),
        vmm.capabilities().packedKernels() ? whyNotElf(image) : images.whyNoElf(image).orElse(""));
  }

  /** Why a VMM that starts packed kernels cannot start this one, which is an ELF file. */
  private String whyNotElf(Image image) {
    return "vmlinux".equals(image.manifest().kernelFormat())
            && !images.elfKernel(image).hasPvhEntry()
        ? "it has no PVH entry"
        : "";
  }

  /**
   * What was found in the image's root file system: of init what {@code init=} names, and nothing
   * of what a volume may be for.
   */
  private List<RootProblem> problems(VmSpec spec, Image image) {
    RootContents contents = image.manifest().contents();
    List<String> inits =
        spec.kernel().bootArgs().stream().filter(word -> word.startsWith("init=")).toList();
    var found = new ArrayList<RootProblem>();
    if (contents != null) {
      contents.problems().stream()
          .filter(problem -> inits.isEmpty() || !problem.rule().startsWith("init-"))
          .filter(
              problem -> spec.volumes().isEmpty() || !problem.rule().equals(RootInspection.FSTAB))
          .forEach(found::add);
    }
    if (!inits.isEmpty()) {
      images.initProblem(image, inits.getLast().substring("init=".length())).ifPresent(found::add);
    }
    return found;
  }

  /** What is known about an image's root file system. */
  static RootFacts root(Manifest manifest) {
    return root(manifest, List.of());
  }

  private static RootFacts root(Manifest manifest, List<RootProblem> problems) {
    return new RootFacts(
        manifest.root(),
        manifest.partitionUuid(),
        manifest.fileSystemUuid(),
        manifest.rootFileSystem(),
        problems);
  }

  /** What is known about an image's kernel and initramfs. */
  public static KernelFacts kernel(Manifest manifest) {
    List<String> releases = manifest.initrdModuleReleases();
    return new KernelFacts(
        manifest.kernelRelease(),
        Objects.requireNonNullElse(manifest.kernelConfig(), Map.of()),
        manifest.initrd() != null,
        manifest.initrdModules(),
        releases == null || releases.size() != 1 ? null : releases.getFirst(),
        manifest.initrd() == null ? Boolean.FALSE : readsIp(manifest),
        orZero(manifest.kernelMinMemoryMib()),
        manifest.contents() == null ? null : manifest.contents().modules());
  }

  /** Null when not known: an initramfs that Visco did not build may read {@code ip=} or not. */
  private static @Nullable Boolean readsIp(Manifest manifest) {
    return "initramfs".equals(manifest.readsIp()) ? Boolean.TRUE : null;
  }

  private static int orZero(@Nullable Integer value) {
    return value == null ? 0 : value;
  }
}
