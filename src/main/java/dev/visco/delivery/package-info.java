/** Floor 4. Users' credentials in their VMs: put in, read back, checked and taken away again. */
@NullMarked
package dev.visco.delivery;

import org.jspecify.annotations.NullMarked;
