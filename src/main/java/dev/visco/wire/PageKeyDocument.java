package dev.visco.wire;

import java.time.Instant;

/** What a page shows to get tickets for one VM's desktop, as often as it has to connect. */
public record PageKeyDocument(String key, Instant expires, boolean viewOnly) {}
