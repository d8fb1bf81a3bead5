/** Floor 2, in {@code vmm}. Machines of QEMU, by KVM or by software emulation. */
@NullMarked
package dev.visco.vmm.qemu;

import org.jspecify.annotations.NullMarked;
