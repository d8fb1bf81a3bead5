/** Loops that monitor machines, disks, the host's network and nameserver, and spare slots. */
@NullMarked
package dev.visco.lifecycle.monitor;

import org.jspecify.annotations.NullMarked;
