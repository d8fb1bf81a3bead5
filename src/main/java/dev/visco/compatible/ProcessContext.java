package dev.visco.compatible;

import java.io.OutputStream;

/**
 * The outside of the process, which tests replace.
 *
 * @param out standard output, shared with the guest's console
 * @param error standard error
 */
record ProcessContext(
    OutputStream out, OutputStream error, Hypervisor hypervisor, TapOpener tapOpener) {}
