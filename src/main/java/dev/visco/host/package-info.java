/**
 * Floor 0. The only place where processes are started and privileged calls are made. Knows nothing
 * of VMs.
 */
@NullMarked
package dev.visco.host;

import org.jspecify.annotations.NullMarked;
