/**
 * Who may use this installation: users of VMs, bearer tokens, and the audit of what was done.
 * Nothing of HTTP is known here.
 */
@NullMarked
package dev.visco.users;

import org.jspecify.annotations.NullMarked;
