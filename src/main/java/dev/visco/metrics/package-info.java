/** Floor 4. What {@code /metrics} shows of VMs, machines and releases. */
@NullMarked
package dev.visco.metrics;

import org.jspecify.annotations.NullMarked;
