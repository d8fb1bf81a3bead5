package dev.visco.compatible;

import java.io.OutputStream;

/**
 * What the process uses of its outside; tests give it others than the real ones.
 *
 * @param out standard output, shared with the guest's console
 * @param error standard error
 */
record ProcessContext(
    OutputStream out, OutputStream error, Hypervisor hypervisor, TapOpener tapOpener) {}
