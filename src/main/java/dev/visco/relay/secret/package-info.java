/**
 * Ends the TLS of a guest's connections to a few hosts, and puts secrets into their requests. Knows
 * sockets, HTTP/1.1 and certificates; nothing of users, rows or the vault.
 */
@NullMarked
package dev.visco.relay.secret;

import org.jspecify.annotations.NullMarked;
