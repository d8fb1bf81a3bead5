package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A prompt that a tool in a VM answers, or has answered.
 *
 * @param prompt its id
 * @param userId whose VM it is
 * @param state {@code running}, {@code exited}, or {@code lost} when the guest was restarted before
 *     the tool had ended
 * @param timedOut true when its time was up; left out otherwise
 * @param ended by the guest's clock
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PromptDocument(
    String prompt,
    String userId,
    String vmId,
    String provider,
    String state,
    @Nullable Integer exitCode,
    @Nullable Boolean timedOut,
    Instant started,
    @Nullable Instant ended) {}
