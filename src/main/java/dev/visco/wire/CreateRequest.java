package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /api/vms/create}. What is null takes the VM type's default.
 *
 * @param force whether to boot what the preflight objects to
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CreateRequest(
    @Nullable String userId,
    @Nullable String vmType,
    @Nullable String image,
    @Nullable String transport,
    @Nullable Integer vcpus,
    @Nullable Integer memoryMib,
    @Nullable List<String> bootArgs,
    @Nullable String ttl,
    @Nullable Boolean force) {
  /** Without force. */
  public CreateRequest(
      @Nullable String userId,
      @Nullable String vmType,
      @Nullable String image,
      @Nullable String transport,
      @Nullable Integer vcpus,
      @Nullable Integer memoryMib,
      @Nullable List<String> bootArgs,
      @Nullable String ttl) {
    this(userId, vmType, image, transport, vcpus, memoryMib, bootArgs, ttl, null);
  }
}
