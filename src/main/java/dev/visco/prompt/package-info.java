/**
 * Prompts that tools in VMs answer. All that is known of one is in its guest, where it runs as a
 * detached command; here its command is made, and its output becomes events.
 */
@NullMarked
package dev.visco.prompt;

import org.jspecify.annotations.NullMarked;
