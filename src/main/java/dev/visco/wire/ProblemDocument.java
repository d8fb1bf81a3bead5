package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** A problem document (RFC 9457), with what to do about it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProblemDocument(
    String type,
    String title,
    int status,
    String detail,
    @Nullable String remedy,
    @Nullable String field,
    @Nullable String value) {}
