package dev.visco.session.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.ResourceText;
import dev.visco.session.restore.NewIdentity.Answers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What guests say of themselves, and whether their shells read what they are sent. */
class NewIdentityTest {
  @TempDir private Path folder;

  @Test
  void answersAreTakenApart() {
    Answers answers =
        NewIdentity.answers(
            """
            hook 0 first all is well
            hook 7 second no more
            hook 124 third\u0020
            generation 3
            hostname second
            machine-id 0123456789abcdef0123456789abcdef
            host-key ssh-ed25519 AAAA
            host-key ssh-rsa BBBB
            """);
    assertThat(answers.values())
        .containsEntry("generation", "3")
        .containsEntry("hostname", "second")
        .containsEntry("machine-id", "0123456789abcdef0123456789abcdef");
    assertThat(answers.hostKeys()).containsExactly("ssh-ed25519 AAAA", "ssh-rsa BBBB");
    assertThat(answers.hooks()).isEqualTo(3);
    assertThat(answers.failedHooks())
        .containsExactly("second ended with 7: no more", "third ended with 124");
  }

  @Test
  void whatAHostileGuestSaysIsTakenAsText() {
    Answers answers = NewIdentity.answers("hook\nhook \nhost-key\n\u001b[31m x\ngeneration\n\n");
    assertThat(answers.failedHooks()).hasSize(2).allMatch(text -> text.contains("ended with"));
    assertThat(answers.values()).containsEntry("generation", "");
  }

  static Stream<List<String>> shells() {
    return Stream.of(List.of("sh"), List.of("bash"), List.of("busybox", "sh"));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void everyShellReadsTheScripts(List<String> shell) throws Exception {
    for (String name : List.of("names.sh", "identity.sh", "confirm.sh", "handover.sh")) {
      Path file = folder.resolve(name);
      Files.writeString(file, ResourceText.of(NewIdentity.class, name));
      var words = new ArrayList<>(shell);
      words.addAll(List.of("-n", file.toString()));
      Process check = new ProcessBuilder(words).redirectErrorStream(true).start();
      String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(check.waitFor()).as("%s: %s", words, said).isZero();
    }
  }
}
