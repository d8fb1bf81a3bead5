package dev.visco.compatible;

import java.io.OutputStream;

/**
 * What is around the process: a real one's are its own, a test's are made up.
 *
 * @param out standard output, shared with the guest's console
 * @param error standard error
 */
record Surroundings(
    OutputStream out, OutputStream error, Hypervisor hypervisor, TapOpener tapOpener) {}
