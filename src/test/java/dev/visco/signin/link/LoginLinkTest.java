package dev.visco.signin.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import dev.visco.provider.Providers;
import dev.visco.signin.link.LoginLink.LinkEnding;
import dev.visco.signin.link.LoginLink.LinkRefused;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What tools gave, in the forms that they were recorded in, and what hostile guests could give. */
class LoginLinkTest {
  private static Provider provider(String name) {
    return Objects.requireNonNull(Providers.read(List.of(Path.of("providers"))).get(name));
  }

  private static LoginLink link(String provider, int method, String text) throws LinkRefused {
    Provider found = provider(provider);
    LoginMethod login = found.login().get(method);
    return LoginLink.of(text, found, login);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          claude-code | 0 | https://claude.com/cai/oauth/authorize?code=true&redirect_uri=http%3A%2F%2Flocalhost%3A41234%2Fcallback&state=s | REDIRECT
          claude-code | 0 | https://claude.com/cai/oauth/authorize?redirect_uri=https%3A%2F%2Fplatform.claude.com%2Foauth%2Fcode%2Fcallback | PASTE
          codex       | 0 | https://auth.openai.com/oauth/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%3A1455%2Fauth%2Fcallback&x=1         | REDIRECT
          codex       | 0 | https://auth.openai.com/oauth/authorize?redirect_uri=http://localhost:1455/auth/callback                         | REDIRECT
          gemini      | 0 | https://accounts.google.com/o/oauth2/v2/auth?redirect_uri=http%3A%2F%2F127.0.0.1%3A36001%2Foauth2callback        | REDIRECT
          gemini      | 1 | https://accounts.google.com/o/oauth2/v2/auth?redirect_uri=https%3A%2F%2Fcodeassist.google.com%2Fauthcode         | PASTE
          github      | 0 | https://github.com/login/device                                                                                  | DEVICE
          """)
  void whatTheFileAllowsIsTakenAsItIs(String provider, int method, String text, LinkEnding ending)
      throws LinkRefused {
    LoginLink link = link(provider, method, text);
    assertThat(link.address()).hasToString(text);
    assertThat(link.ending()).isEqualTo(ending);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          http://auth.openai.com/oauth/authorize?redirect_uri=http://localhost:1455/auth/callback            | is no https
          https://auth.openai.com.evil.example/?redirect_uri=http://localhost:1455/auth/callback             | auth.openai.com.evil.example
          https://auth.openai.com@evil.example/?redirect_uri=http://localhost:1455/auth/callback             | evil.example
          https://evil.example/?redirect_uri=http://localhost:1455/auth/callback                             | evil.example
          https://auth.openai.com/?redirect_uri=http://192.168.100.2:1455/auth/callback                      | 192.168.100.2
          https://auth.openai.com/?redirect_uri=https://localhost:1455/auth/callback                         | comes back to localhost
          https://auth.openai.com/?redirect_uri=http://localhost:1456/auth/callback                          | comes back to localhost
          https://auth.openai.com/?redirect_uri=http://localhost:1455/other                                  | comes back to localhost
          https://auth.openai.com/?redirect_uri=http://localhost.evil.example:1455/auth/callback             | localhost.evil.example
          https://auth.openai.com/?redirect_uri=http://localhost@evil.example:1455/auth/callback             | evil.example
          https://auth.openai.com/?redirect_uri=http://localhost:1455/auth/callback&redirect_uri=http://x.example/ | twice
          https://auth.openai.com/?redirect_uri=%zz                                                          | is none
          https://auth.openai.com/?redirect_uri=javascript:alert(1)                                          | no host
          https://auth.openai.com/                                                                           | does not say where
          javascript:alert(1)                                                                                | is no https
          https://auth.openai.com/ x                                                                         | is none
          """)
  void whatLeadsElsewhereIsRefused(String text, String why) {
    assertThatThrownBy(() -> link("codex", 0, text))
        .isInstanceOf(LinkRefused.class)
        .hasMessageContaining(why);
  }

  @Test
  void aLinkIsBounded() {
    String long1 = "https://auth.openai.com/?x=" + "y".repeat(LinkScanner.MAX_LINK);
    assertThatThrownBy(() -> link("codex", 0, long1)).hasMessageContaining("more than 8192");
  }
}
