package dev.visco.session;

import java.nio.file.Path;
import java.util.Map;

/**
 * The keys of one VM: ours to get in, and the host key that the guest shows and we pin. In {@code
 * folder}/keys, for root only.
 */
public record VmKeys(Path folder) {
  /** Makes the keys that are not there yet; safe to repeat. */
  public void create() {
    throw new UnsupportedOperationException();
  }

  /**
   * What goes onto the seed disk: {@code authorized_keys}, {@code ssh_host_ed25519_key}, {@code
   * ssh_host_ed25519_key.pub}.
   */
  public Map<String, byte[]> seedFiles() {
    throw new UnsupportedOperationException();
  }
}
