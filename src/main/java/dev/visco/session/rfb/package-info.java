/**
 * RFB, the protocol of VNC (RFC 6143): authentication at a guest's Xvnc, what a viewer may send,
 * and a small client that sees a desktop as a viewer would. Knows nothing of WebSockets, VMs or
 * pages.
 */
@NullMarked
package dev.visco.session.rfb;

import org.jspecify.annotations.NullMarked;
