package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.documents.OwnGuest;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A guest of one's own, made as docs/bring-your-own.md says, for the tests that boot it. */
class OwnGuestIT {
  @Test
  void isMade() throws IOException {
    Path folder = OwnGuest.folder();
    for (String name : new String[] {"vmlinuz", "initrd.img", "root.img"}) {
      assertThat(folder.resolve(name)).isReadable();
    }
  }
}
