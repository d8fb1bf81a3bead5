/** Boots VMs on this host, checks their boots, and gathers evidence. */
@NullMarked
package dev.visco.lifecycle.boot;

import org.jspecify.annotations.NullMarked;
