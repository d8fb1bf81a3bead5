/**
 * Floor 4. Who may reach which ports of guests by a link. Knows nothing of HTTP: what a link opens
 * is served by {@code api.link}.
 */
@NullMarked
package dev.visco.link;

import org.jspecify.annotations.NullMarked;
