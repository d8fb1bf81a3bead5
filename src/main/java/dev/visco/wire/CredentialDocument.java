package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a user's credential in answers of the API; its value is in none.
 *
 * @param kind {@code credential} or {@code proxy}
 * @param provider whose service it is for, or the address of a proxy
 * @param name by which a user's credentials for one provider are told apart
 * @param version 1 at first, higher by one with each new value
 * @param state {@code unchecked}, {@code valid}, {@code needs-sign-in}, {@code revoked} or {@code
 *     expired}
 * @param problem why its state is as it is; left out for no reason to tell
 * @param expires left out for never, or not known
 * @param validated when its provider last accepted it; left out for never
 * @param changed when its value was put
 * @param asked in the answer to a validation only: whether its provider could be asked, so that
 *     more is known than that it decrypts
 * @param vms in the answer for one credential only: where it stands in VMs
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CredentialDocument(
    String id,
    String kind,
    String user,
    String provider,
    String name,
    long version,
    String state,
    @Nullable String problem,
    @Nullable Instant expires,
    @Nullable Instant validated,
    Instant created,
    Instant changed,
    @Nullable Boolean asked,
    @Nullable List<VmDeliveryDocument> vms) {}
