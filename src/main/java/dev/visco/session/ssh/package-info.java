/**
 * SSH (RFC 4251 to 4254) over sockets that are already connected, TCP's or vsock's: the library's
 * set-up, its connector and Ed25519 by the JDK. Knows nothing of VMs.
 */
@NullMarked
package dev.visco.session.ssh;

import org.jspecify.annotations.NullMarked;
