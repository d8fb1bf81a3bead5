package dev.visco.wire;

import java.time.Instant;

/**
 * That a guest takes somebody's key, in answers of the API.
 *
 * @param user whom the key signs in
 * @param hostKey the guest's own key, as known_hosts has it: type and base64
 * @param expires until when the guest takes it; sessions go on after that
 */
public record SshKeyDocument(String vmId, String user, String hostKey, Instant expires) {}
