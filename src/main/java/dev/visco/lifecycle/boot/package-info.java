/** How this host boots a VM, checks it and gathers the evidence of how it is. */
@NullMarked
package dev.visco.lifecycle.boot;

import org.jspecify.annotations.NullMarked;
