package dev.visco.vmm;

import dev.visco.host.ProcessRef;
import java.nio.file.Path;

/**
 * What must be stored to find a running machine again.
 *
 * @param vmm the driver's {@link Vmm#name()}
 * @param accelerator {@code kvm} or {@code tcg}
 * @param socket its control socket
 */
public record MachineRef(String vmm, String accelerator, ProcessRef process, Path socket) {}
