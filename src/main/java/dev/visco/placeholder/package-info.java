/**
 * Floor 5. Which VMs have placeholders instead of their users' credentials, what the guests have to
 * trust for it, and the secrets that are put into their requests.
 */
@NullMarked
package dev.visco.placeholder;

import org.jspecify.annotations.NullMarked;
