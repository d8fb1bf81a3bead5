package dev.visco.session.ssh;

import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.util.Objects;
import java.util.Optional;
import org.apache.sshd.common.util.security.SecurityProviderRegistrar;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.common.util.security.eddsa.generic.EdDSASupport;

/** Tells the library that the JDK itself has Ed25519. */
final class JdkProvider implements SecurityProviderRegistrar {
  private static final String NAME = "SunEC";

  private JdkProvider() {}

  /** To be called before the library is used; safe to repeat. */
  static void register() {
    SecurityUtils.registerSecurityProvider(new JdkProvider());
  }

  @Override
  public String getName() {
    return NAME;
  }

  @Override
  public String getProviderName() {
    return NAME;
  }

  @Override
  public boolean isSupported() {
    return Security.getProvider(NAME) != null;
  }

  @Override
  public Provider getSecurityProvider() {
    return Objects.requireNonNull(Security.getProvider(NAME), "the JDK has no " + NAME);
  }

  /** For Ed25519 alone: all else is the JDK's choice. */
  @Override
  public boolean isSecurityEntitySupported(Class<?> entity, String name) {
    return name.equals(JdkEd25519.ALGORITHM)
        && (entity == Signature.class
            || entity == KeyFactory.class
            || entity == KeyPairGenerator.class);
  }

  @Override
  public Optional<EdDSASupport<?, ?>> getEdDSASupport() {
    return Optional.of(new JdkEd25519());
  }
}
