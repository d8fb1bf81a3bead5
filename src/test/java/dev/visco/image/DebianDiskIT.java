package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A disk as Debian's cloud images are, for the tests that boot it. */
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "takes minutes, for a guest that only ./visco test --all boots")
class DebianDiskIT {
  @Test
  void isMade() throws IOException {
    assertThat(DebianDisk.qcow2()).isReadable();
  }
}
