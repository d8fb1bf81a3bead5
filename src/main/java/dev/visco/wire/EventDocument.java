package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event in answers of the API, and what a webhook is sent.
 *
 * @param id grows from event to event
 * @param kind what happened, like {@code vm-ready}
 * @param vm the VM that it is about
 * @param user whose VM, volume, snapshot or token it is about
 * @param subject the name of the volume, snapshot, image, user, token, release or webhook
 * @param caller the name of the token that asked for it; left out for what Visco did by itself
 * @param reason why it happened
 * @param text what happened, a sentence for people
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EventDocument(
    long id,
    Instant at,
    String kind,
    @Nullable String vm,
    @Nullable String user,
    @Nullable String subject,
    @Nullable String caller,
    @Nullable String reason,
    String text) {}
