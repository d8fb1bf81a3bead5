/** Floor 4. Volumes: disks of users' own that outlive VMs. */
@NullMarked
package dev.visco.volume;

import org.jspecify.annotations.NullMarked;
