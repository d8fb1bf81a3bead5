package dev.visco.lifecycle;

import dev.visco.model.Transport;
import dev.visco.model.UserId;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a caller asks for; null takes the type's default. */
public record VmRequest(
    UserId user,
    String type,
    @Nullable String image,
    @Nullable Transport transport,
    @Nullable Integer vcpus,
    @Nullable Integer memoryMib,
    List<String> bootArgs,
    @Nullable Duration timeToLive) {}
