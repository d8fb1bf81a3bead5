/** Floor 4. Which VMM release new VMs get: canaries, use, rollback on request and automatic. */
@NullMarked
package dev.visco.rollout;

import org.jspecify.annotations.NullMarked;
