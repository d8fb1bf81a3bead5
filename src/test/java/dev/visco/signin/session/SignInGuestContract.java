package dev.visco.signin.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.provider.SeedFile;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.signin.session.SignInGuest.CheckResult;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** What a VM for sign-ins does, the real one of {@code BrowserImageIT} and the fake one. */
public final class SignInGuestContract {
  private static final int PORT = 4242;

  private SignInGuestContract() {}

  /** What somebody does in the guest from outside of the tool. */
  public interface Connects {
    void to(int port) throws Exception;
  }

  /**
   * @param connects connects to a port of the guest's loopback
   */
  public static void holds(SignInGuest guest, Connects connects) throws Exception {
    guest.endTools(); // There is none.
    assertThat(guest.hasTool("sh")).isTrue();
    assertThat(guest.hasTool("no-such-tool")).isFalse();
    filesAreThoseOfTheHome(guest);
    CheckResult ended = guest.run(List.of("sh", "-c", "echo said; exit 3"), Map.of(), minute());
    assertThat(ended).isEqualTo(new CheckResult(3, "said"));
    aToolEndsWithItsEnd(guest);
    aConnectionIsNoticed(guest, connects);
  }

  private static Duration minute() {
    return Duration.ofMinutes(1);
  }

  private static void filesAreThoseOfTheHome(SignInGuest guest) throws IOException {
    String path = "~/.contract/deep/settings.json";
    assertThat(guest.read(path, 100)).isEmpty();
    guest.put(new SeedFile(path, "600", "{\"welcome\": \"é\"}"));
    assertThat(guest.read(path, 100).map(bytes -> new String(bytes, StandardCharsets.UTF_8)))
        .contains("{\"welcome\": \"é\"}");
    guest.put(new SeedFile(path, "600", "2"));
    assertThat(guest.read(path, 100).map(bytes -> new String(bytes, StandardCharsets.UTF_8)))
        .contains("2");
  }

  private static void aToolEndsWithItsEnd(SignInGuest guest) throws Exception {
    GuestProcess tool =
        guest
            .tools()
            .start(
                List.of("sleep", "1000"),
                Map.of(),
                OutputStream.nullOutputStream(),
                OutputStream.nullOutputStream());
    CompletableFuture<Boolean> over =
        CompletableFuture.supplyAsync(() -> {
          try {
            return tool.waitFor() != 0;
          } catch (IOException e) {
            return true;
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
          }
        });
    // Its note comes with it, in the guest; what ends it may come first, and is repeated.
    for (int tries = 0; tries < 30 && !over.isDone(); tries++) {
      guest.endTools();
      try {
        over.get(2, TimeUnit.SECONDS);
      } catch (java.util.concurrent.TimeoutException e) {
        // Once more.
      }
    }
    assertThat(over.get(0, TimeUnit.SECONDS)).isTrue();
  }

  private static void aConnectionIsNoticed(SignInGuest guest, Connects connects) throws Exception {
    try (GuestProcess waiting = guest.awaitConnection(PORT)) {
      connects.to(PORT);
      var ended = new FutureTask<>(waiting::waitFor);
      Thread.ofVirtual().start(ended);
      assertThat(ended.get(1, TimeUnit.MINUTES)).isZero();
    }
  }
}
