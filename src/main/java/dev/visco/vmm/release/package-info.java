/**
 * Floor 2, in {@code vmm}. Firecracker releases side by side: what each can do, what is wrong with
 * it, and which bytes it is. Never knows which of them is in use.
 */
@NullMarked
package dev.visco.vmm.release;

import org.jspecify.annotations.NullMarked;
