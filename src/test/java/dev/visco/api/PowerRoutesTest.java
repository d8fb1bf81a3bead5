package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.http.Route;
import dev.visco.lifecycle.PowerService;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.wire.CreateRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rebuilds over HTTP: what is asked of the service, and what is answered when. */
@Timeout(60)
class PowerRoutesTest {
  @TempDir private Path folder;
  private final List<String> asked = new ArrayList<>();
  private FakeVms vms;
  private ApiUnderTest api;
  private VmId id;

  /** No power to any VM. */
  private record NoPower() implements PowerService {
    @Override
    public Vm stop(VmId vm, Duration grace) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Vm suspend(VmId vm) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Vm sleep(VmId vm) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Vm archive(VmId vm) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Vm wake(VmId vm) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Vm start(VmId vm) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Vm restart(VmId vm, Duration grace) {
      throw new UnsupportedOperationException();
    }
  }

  @BeforeEach
  void start() {
    vms = new FakeVms(folder);
    var routes =
        new PowerRoutes(
            new NoPower(),
            (vm, image, force, grace) -> {
              if (image != null && image.equals("none")) {
                throw new Refused(new Refusal.NotFound("image", image, "Build it."));
              }
              asked.add("%s %s %s %s".formatted(vm, image, force, grace.toSeconds()));
              vms.settle(vm, VmState.STARTING, null);
              return vms.vm(vm);
            },
            vms);
    api = ApiUnderTest.start(folder, routes.routes().toArray(Route[]::new));
    id = vms.create(CreateRequest.of("anna", "cli").build(), null).id();
  }

  @AfterEach
  void end() {
    api.close();
  }

  @Test
  void aRebuildIsAcceptedAtOnce() throws Exception {
    var answer =
        api.send(
            "POST",
            "/api/vms/" + id + "/rebuild",
            "{\"image\":\"newer\",\"force\":true,\"grace\":\"30s\"}");
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.field("state")).isEqualTo("starting");
    assertThat(answer.field("imageDigest")).startsWith("sha256:");
    assertThat(api.send("POST", "/api/vms/" + id + "/rebuild", "").status()).isEqualTo(202);
    assertThat(asked).containsExactly(id + " newer true 30", id + " null false 10");
  }

  @Test
  void whoWaitsIsAnsweredWhenItIsReady() throws Exception {
    var settling =
        Thread.ofVirtual()
            .start(() -> {
              try {
                vms.awaitWaiting();
                vms.settle(id, VmState.READY, null);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    var answer = api.send("POST", "/api/vms/" + id + "/rebuild?wait=ready", "{}");
    settling.join();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.field("state")).isEqualTo("ready");
  }

  @Test
  void whatCannotBeIsRefused() throws Exception {
    String path = "/api/vms/" + id + "/rebuild";
    assertThat(api.send("POST", path, "{\"image\":\"none\"}").status()).isEqualTo(404);
    assertThat(api.send("POST", path, "{\"grace\":\"soon\"}").status()).isEqualTo(400);
    assertThat(api.send("POST", path, "{\"picture\":\"cli\"}").status()).isEqualTo(400);
    assertThat(api.send("POST", path + "?wait=never", "{}").status()).isEqualTo(400);
    assertThat(asked).isEmpty();
  }
}
