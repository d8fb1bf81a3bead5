package dev.visco.session;

import java.nio.file.Path;

/**
 * A port of a guest's vsock, as the host reaches it.
 *
 * @param socket the VMM's unix socket, which takes {@code CONNECT PORT}
 */
public record VsockAddress(Path socket, int port) {}
