/**
 * RFB, the protocol of VNC (RFC 6143): authentication at a guest's Xvnc, a filter for what viewers
 * send, and a small client that takes screenshots. Knows nothing of WebSockets, VMs or pages.
 */
@NullMarked
package dev.visco.session.rfb;

import org.jspecify.annotations.NullMarked;
