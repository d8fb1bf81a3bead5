package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the audit in answers of the API.
 *
 * @param caller the token's name, or whose desktop's link it was
 * @param role of the token; left out for a desktop's link or page
 * @param user on whose behalf it was, or whose VM it was about
 * @param from the caller's address
 * @param method of HTTP, or {@code WEBSOCKET}
 * @param route the path with names in braces
 * @param path that was called
 * @param status HTTP's; left out while it is being done, and where the daemon ended meanwhile
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AuditDocument(
    long id,
    Instant at,
    String caller,
    @Nullable String role,
    @Nullable String user,
    String from,
    String method,
    String route,
    String path,
    @Nullable String vmId,
    @Nullable Integer status) {}
