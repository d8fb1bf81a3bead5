package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.MachineOptions;
import dev.visco.model.Rate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The machine options that a VM type sets, in answers of the API; options that are not set are left
 * out.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OptionsDocument(
    @Nullable Long diskBytesPerSecond,
    @Nullable Long diskOperationsPerSecond,
    @Nullable Long networkBytesPerSecond,
    @Nullable Long networkPacketsPerSecond,
    @Nullable Long consoleBytesPerSecond,
    @Nullable Boolean balloon,
    @Nullable Boolean metadata,
    @Nullable Boolean vsock) {
  /** The document; null when no option is set. */
  static @Nullable OptionsDocument of(MachineOptions options) {
    return options.set().isEmpty() && options.networkRate() == null
        ? null
        : new OptionsDocument(
            limit(options.diskRate(), Rate::bytesPerSecond),
            limit(options.diskRate(), Rate::operationsPerSecond),
            limit(options.networkRate(), Rate::bytesPerSecond),
            limit(options.networkRate(), Rate::operationsPerSecond),
            limit(options.consoleRate(), Rate::bytesPerSecond),
            flag(options.balloon()),
            flag(options.mmds()),
            flag(options.vsock()));
  }

  private static @Nullable Long limit(@Nullable Rate rate, ToLongFunction<Rate> what) {
    return rate == null || what.applyAsLong(rate) == 0 ? null : what.applyAsLong(rate);
  }

  private static @Nullable Boolean flag(boolean isSet) {
    return isSet ? Boolean.TRUE : null;
  }
}
