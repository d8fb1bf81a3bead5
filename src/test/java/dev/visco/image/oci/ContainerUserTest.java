package dev.visco.image.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The user of an image, as docker finds it. */
class ContainerUserTest {
  private static final List<String> PASSWD =
      List.of("root:x:0:0:root:/root:/bin/sh", "app:x:1000:1001:App:/srv:/bin/sh", "damaged");

  private static final List<String> GROUP =
      List.of("root:x:0:", "app:x:1001:", "audio:x:29:app,other", "damaged");

  @Test
  void isFoundByNameOrNumberWithItsGroupsAndHome() {
    var app = new ContainerUser(1000, 1001, List.of(29L), "/srv");
    assertThat(of("app")).isEqualTo(app);
    assertThat(of("1000")).isEqualTo(app);
    assertThat(of("")).isEqualTo(new ContainerUser(0, 0, List.of(), "/root"));
  }

  @Test
  void hasAGivenGroupAlone() {
    assertThat(of("app:audio")).isEqualTo(new ContainerUser(1000, 29, List.of(), "/srv"));
    assertThat(of("7:8")).isEqualTo(new ContainerUser(7, 8, List.of(), "/"));
  }

  @Test
  void aNumberNeedsNoLine() {
    assertThat(ContainerUser.of("65532", List.of(), List.of()))
        .isEqualTo(new ContainerUser(65532, 0, List.of(), "/"));
  }

  @Test
  void aNameThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> of("nobody")).hasMessageContaining("/etc/passwd does not have");
    assertThatThrownBy(() -> of("app:wheel")).hasMessageContaining("/etc/group does not have");
  }

  private static ContainerUser of(String user) {
    return ContainerUser.of(user, PASSWD, GROUP);
  }
}
