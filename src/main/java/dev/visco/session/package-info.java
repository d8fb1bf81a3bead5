/**
 * Floor 2. Commands, terminals and files inside a guest, over its sshd; and the client's end of
 * WebSockets. Never knows why somebody wants in.
 */
@NullMarked
package dev.visco.session;

import org.jspecify.annotations.NullMarked;
