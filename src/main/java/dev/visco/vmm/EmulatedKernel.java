package dev.visco.vmm;

import java.util.List;

/** What the kernel of an emulated machine is told so that it and its programs take less time. */
public final class EmulatedKernel {
  /**
   * Kernel parameters, which stand before a VM's own.
   *
   * <p>{@code cryptomgr.notests}: distributions' kernels try their ciphers at each boot, which
   * takes a tenth of an emulated one. Kernels made for a fast start leave it out by
   * CRYPTO_MANAGER_DISABLE_TESTS.
   *
   * <p>{@code norandmaps}: QEMU 7.2 translates code anew wherever it lies at another address, so
   * that with random addresses each process pays for the whole of its libraries: a shell that does
   * nothing takes five times as long (docs/performance.md). {@code
   * sysctl.kernel.randomize_va_space=2} among a VM's own parameters takes it back (Linux 5.8,
   * kernel-parameters.txt).
   */
  public static final List<String> PARAMETERS = List.of("cryptomgr.notests", "norandmaps");

  private EmulatedKernel() {}
}
