package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Rebuild;
import org.jspecify.annotations.Nullable;

/**
 * A VM's change to another image in answers of the API.
 *
 * @param image the new image's name
 * @param stage {@code stopping}, {@code booting}, {@code verified}, {@code undoing} or {@code
 *     failed}
 * @param failure why the VM did not become ready with it, left out as long as it may
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RebuildDocument(
    String image, String imageDigest, String stage, @Nullable String failure) {
  static @Nullable RebuildDocument of(@Nullable Rebuild rebuild) {
    return rebuild == null
        ? null
        : new RebuildDocument(
            rebuild.name(), rebuild.image().value(), rebuild.stage().word(), rebuild.failure());
  }
}
