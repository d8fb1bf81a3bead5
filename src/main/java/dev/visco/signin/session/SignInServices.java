package dev.visco.signin.session;

import dev.visco.provider.Provider;
import dev.visco.vault.CredentialService;
import dev.visco.vault.Vault;
import java.util.Map;

/**
 * What sign-ins work with.
 *
 * @param providers by name
 * @param credentials asks providers whether they accept what was stored
 */
public record SignInServices(
    SignInVms vms,
    Map<String, Provider> providers,
    Vault vault,
    CredentialService credentials,
    SignInDelivery delivery) {}
