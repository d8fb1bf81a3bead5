package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A delivery to a webhook in answers of the API.
 *
 * @param id grows from delivery to delivery
 * @param message the header {@code webhook-id} of all of its tries
 * @param event the event's id
 * @param state {@code pending}, {@code delivered} or {@code failed}
 * @param next when it is tried next; only while it is pending
 * @param status of the last answer; left out where there was none
 * @param error why the last try failed
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeliveryDocument(
    long id,
    String message,
    long event,
    String kind,
    String state,
    int tries,
    @Nullable Instant next,
    @Nullable Integer status,
    @Nullable String error,
    Instant changed) {}
