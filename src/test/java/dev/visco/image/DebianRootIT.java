package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Root file systems for the guests that only {@code ./visco test --all} boots. */
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "takes minutes, for guests that only ./visco test --all boots")
class DebianRootIT {
  @ParameterizedTest
  @EnumSource
  void isMade(DebianRoot root) throws IOException {
    assertThat(root.tar()).isReadable();
  }
}
