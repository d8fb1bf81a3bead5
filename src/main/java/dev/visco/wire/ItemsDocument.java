package dev.visco.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A list, or a page of one, as answers below {@code /api/v1} have it.
 *
 * @param next the {@code cursor} of the next page; null on the last one
 */
public record ItemsDocument(List<?> items, @Nullable String next) {}
