package dev.visco.wire;

import java.time.Instant;

/** The key by which a page gets tickets for one VM's desktop, whenever it has to connect. */
public record PageKeyDocument(String key, Instant expires, boolean viewOnly) {}
