package dev.visco.lifecycle;

import dev.visco.model.Transport;
import dev.visco.model.UserId;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks for; null takes the type's default.
 *
 * @param force whether to boot what the preflight objects to
 */
public record VmRequest(
    UserId user,
    String type,
    @Nullable String image,
    @Nullable Transport transport,
    @Nullable Integer vcpus,
    @Nullable Integer memoryMib,
    List<String> bootArgs,
    @Nullable Duration timeToLive,
    boolean force) {
  /** Without force. */
  public VmRequest(
      UserId user,
      String type,
      @Nullable String image,
      @Nullable Transport transport,
      @Nullable Integer vcpus,
      @Nullable Integer memoryMib,
      List<String> bootArgs,
      @Nullable Duration timeToLive) {
    this(user, type, image, transport, vcpus, memoryMib, bootArgs, timeToLive, false);
  }
}
