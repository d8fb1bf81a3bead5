package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command that runs detached, in answers of the API.
 *
 * @param exec its id
 * @param vmId the VM in which it runs
 * @param command the program and its arguments, cut when they are long
 * @param state {@code running}, {@code exited}, or {@code lost} when its end is not known
 * @param timedOut true when its timeout ended it; left out otherwise
 * @param ended by the guest's clock
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExecDocument(
    String exec,
    String vmId,
    List<String> command,
    @Nullable String cwd,
    @Nullable String user,
    String state,
    @Nullable Integer exitCode,
    @Nullable Boolean timedOut,
    Instant started,
    @Nullable Instant ended) {}
