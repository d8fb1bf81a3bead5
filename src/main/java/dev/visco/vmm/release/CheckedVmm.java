package dev.visco.vmm.release;

import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.model.BootSpec;
import dev.visco.model.Digest;
import dev.visco.model.InstallationId;
import dev.visco.model.VmId;
import dev.visco.vmm.Capabilities;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.Vmm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A release's driver that starts nothing but the very bytes whose digest was recorded. What runs
 * already is found and ended whatever became of the files.
 */
final class CheckedVmm implements Vmm {
  private final Release release;
  private final Vmm vmm;
  private volatile ReleaseFiles.@Nullable Seen firecracker;
  private volatile ReleaseFiles.@Nullable Seen jailer;

  CheckedVmm(Release release, Vmm vmm) {
    this.release = release;
    this.vmm = vmm;
  }

  /**
   * @throws HostFault when a file is not what was added
   */
  void check() {
    firecracker = checked(release.firecracker(), release.digest(), firecracker);
    Path file = release.jailer();
    Digest digest = release.jailerDigest();
    if (file != null && digest != null) {
      jailer = checked(file, digest, jailer);
    }
  }

  private ReleaseFiles.Seen checked(
      Path file, Digest recorded, ReleaseFiles.@Nullable Seen before) {
    ReleaseFiles.Seen seen = ReleaseFiles.look(file, before);
    if (seen == null || !seen.digest().equals(recorded)) {
      throw new HostFault(
          "%s of release %s is not what was added (%s, recorded is %s): it is not started. Add the release anew under another name (visco vmm add) and use that."
              .formatted(
                  file,
                  release.name(),
                  seen == null ? "it cannot be read" : "it has the digest " + seen.digest().brief(),
                  recorded.brief()));
    }
    return seen;
  }

  @Override
  public String name() {
    return vmm.name();
  }

  @Override
  public Capabilities capabilities() {
    return vmm.capabilities();
  }

  @Override
  public String kernelCommandLine(BootSpec spec) {
    return vmm.kernelCommandLine(spec);
  }

  @Override
  public String bootArguments(BootSpec spec) {
    return vmm.bootArguments(spec);
  }

  @Override
  public MachineHandle launch(BootSpec spec) {
    check();
    return vmm.launch(spec);
  }

  @Override
  public MachineHandle restore(BootSpec spec, Path snapshot) {
    check();
    return vmm.restore(spec, snapshot);
  }

  @Override
  public Optional<MachineHandle> recover(MachineRef ref) {
    return vmm.recover(ref);
  }

  @Override
  public MachineHandle handle(MachineRef ref) {
    return vmm.handle(ref);
  }

  @Override
  public Map<VmId, ProcessRef> running(InstallationId installation) {
    return vmm.running(installation);
  }

  @Override
  public void end(InstallationId installation, VmId id, Path folder, Duration grace) {
    vmm.end(installation, id, folder, grace);
  }
}
