package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file of a guest in the API.
 *
 * @param kind {@code file}, {@code folder}, {@code link} or {@code other}
 * @param mode permissions in octal, like {@code 0644}
 * @param target where a link leads
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FileDocument(
    String name,
    String kind,
    long size,
    String mode,
    int uid,
    int gid,
    Instant modified,
    @Nullable String target) {}
