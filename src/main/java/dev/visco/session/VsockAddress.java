package dev.visco.session;

import java.nio.file.Path;

/**
 * A virtio-vsock port of a guest, as the host reaches it.
 *
 * @param socket the VMM's unix socket, which accepts {@code CONNECT PORT}
 */
public record VsockAddress(Path socket, int port) {}
