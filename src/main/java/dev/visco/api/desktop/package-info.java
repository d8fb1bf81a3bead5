/**
 * A VM's desktop over the API: tickets, the relay of its VNC stream, pictures, and the daemon's own
 * check of it.
 */
@NullMarked
package dev.visco.api.desktop;

import org.jspecify.annotations.NullMarked;
