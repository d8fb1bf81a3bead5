/** Floor 4. Snapshots of VMs: taken, listed, restored, removed. */
@NullMarked
package dev.visco.snapshot;

import org.jspecify.annotations.NullMarked;
