/** VMs that wait, ready, for whoever creates the next one of their type. */
@NullMarked
package dev.visco.pool;

import org.jspecify.annotations.NullMarked;
