package dev.visco.session;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.HostKeyRepository;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.UserInfo;
import java.security.MessageDigest;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The only host key that the guest of this connection may have, instead of a list of known hosts;
 * no other key is ever learned. It records whether the guest has proven to have it, since a failure
 * after that is one of the sign-in.
 */
final class PinnedHostKey implements HostKeyRepository {
  private final byte[] pinned;
  private volatile boolean isShown;

  /**
   * @param line a line of a public key file: type, base64 and perhaps a comment
   */
  PinnedHostKey(String line) {
    pinned = Base64.getDecoder().decode(line.split(" ", -1)[1]);
  }

  boolean isShown() {
    return isShown;
  }

  @Override
  public int check(String host, byte[] key) {
    isShown = MessageDigest.isEqual(pinned, key);
    return isShown ? OK : CHANGED;
  }

  @Override
  public void add(HostKey key, @Nullable UserInfo ui) {
    throw new UnsupportedOperationException("a guest's key is never learned");
  }

  @Override
  public void remove(String host, @Nullable String type) {
    // Nothing else is kept here.
  }

  @Override
  public void remove(String host, @Nullable String type, byte @Nullable [] key) {
    // Nothing else is kept here.
  }

  @Override
  public String getKnownHostsRepositoryID() {
    return "the key on the VM's seed disk";
  }

  @Override
  public HostKey[] getHostKey() {
    return getHostKey("guest", null);
  }

  @Override
  public HostKey[] getHostKey(@Nullable String host, @Nullable String type) {
    try {
      return new HostKey[] {new HostKey(host, pinned)};
    } catch (JSchException e) {
      throw new IllegalStateException("the pinned host key is not valid", e);
    }
  }
}
