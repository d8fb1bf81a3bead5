package dev.visco.session.ssh;

import java.io.IOException;
import java.security.KeyPair;
import java.util.Objects;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientUserAuthService;
import org.apache.sshd.client.session.ClientUserAuthServiceFactory;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/**
 * Signs in with the first request (RFC 4252, section 7). The library asks two things before: which
 * methods there are ({@code none}), and whether the key would be accepted; a guest's sshd reads its
 * file of keys for the second question as it does for the request, and waits some milliseconds
 * after it. A guest that refuses the request is asked the library's way.
 */
final class SignedAtOnce extends ClientUserAuthService {
  /** The key to sign in with, in the context of a connection. */
  static final AttributeKey<KeyPair> IDENTITY = new AttributeKey<>();

  private static final String METHOD = "publickey";

  private SignedAtOnce(Session session) {
    super(session);
  }

  static final class Factory extends ClientUserAuthServiceFactory {
    @Override
    public Service create(Session session) {
      return new SignedAtOnce(session);
    }
  }

  @Override
  protected IoWriteFuture sendInitialAuthRequest(ClientSession session, String service)
      throws IOException {
    KeyPair identity =
        Objects.requireNonNull(session.getConnectionContext()).getAttribute(IDENTITY);
    Buffer request = session.createBuffer(SshConstants.SSH_MSG_USERAUTH_REQUEST);
    put(request, session, service, identity);
    request.putBytes(signature(session, service, identity));
    return session.writePacket(request);
  }

  private static void put(Buffer request, ClientSession session, String service, KeyPair identity) {
    request.putString(session.getUsername());
    request.putString(service);
    request.putString(METHOD);
    request.putBoolean(true);
    request.putString(KeyUtils.getKeyType(identity.getPublic()));
    request.putPublicKey(identity.getPublic());
  }

  /** Over the session's id and the request until here. */
  private static byte[] signature(ClientSession session, String service, KeyPair identity)
      throws IOException {
    var signed = new ByteArrayBuffer();
    signed.putBytes(session.getSessionId());
    signed.putByte(SshConstants.SSH_MSG_USERAUTH_REQUEST);
    put(signed, session, service, identity);
    try {
      var signer = BuiltinSignatures.ed25519.create();
      signer.initSigner(session, identity.getPrivate());
      signer.update(session, signed.getCompactData());
      var signature = new ByteArrayBuffer();
      signature.putString(signer.getSshAlgorithmName(KeyUtils.getKeyType(identity.getPublic())));
      signature.putBytes(signer.sign(session));
      return signature.getCompactData();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("the sign-in cannot be signed: " + e.getMessage(), e);
    }
  }
}
