/**
 * Floor 0. The only place where a process starts or a privileged call is made. Never knows what a
 * VM is.
 */
@NullMarked
package dev.visco.host;

import org.jspecify.annotations.NullMarked;
