package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A link to a port of a guest, in answers of the API.
 *
 * @param url what opens it, with its secret; told when it is made, and never again
 * @param creator the name of the token that made it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LinkDocument(
    String id,
    String vmId,
    int port,
    @Nullable String url,
    String creator,
    Instant created,
    Instant expires) {}
