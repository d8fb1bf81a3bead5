package dev.visco.vmm;

import dev.visco.host.ProcessRef;
import dev.visco.model.VmSpec;
import java.nio.file.Path;

/**
 * What must be stored to find a running machine again.
 *
 * @param vmm the {@linkplain VmmFamily#name() kind of VMM}
 * @param accelerator {@code kvm} or {@code tcg}
 * @param socket its control socket
 * @param release the VMM release that runs it; rows of earlier versions have none and ran on QEMU
 */
public record MachineRef(
    String vmm, String accelerator, ProcessRef process, Path socket, String release) {
  public MachineRef {
    release = release == null ? VmSpec.QEMU : release;
  }

  /** A text for people: {@code qemu (tcg)}, {@code firecracker 1.16.1 (kvm)}. */
  public String text() {
    return vmm + (release.equals(vmm) ? "" : " " + release) + " (" + accelerator + ")";
  }
}
