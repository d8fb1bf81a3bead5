/** Floor 4. Which VMM release new VMs get: canaries, use, rollback by hand and by itself. */
@NullMarked
package dev.visco.rollout;

import org.jspecify.annotations.NullMarked;
