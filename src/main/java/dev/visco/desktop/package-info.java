/** Floor 4. Who may open a VM's desktop, and who did: tickets, page keys, views. */
@NullMarked
package dev.visco.desktop;

import org.jspecify.annotations.NullMarked;
