/** Loops that keep watching what runs: machines, disks, the host, its nameserver, spare slots. */
@NullMarked
package dev.visco.lifecycle.monitor;

import org.jspecify.annotations.NullMarked;
