/** Floor 3. The life cycle of VMs: resumable steps that use the rooms of floor 2. */
@NullMarked
package dev.visco.lifecycle;

import org.jspecify.annotations.NullMarked;
