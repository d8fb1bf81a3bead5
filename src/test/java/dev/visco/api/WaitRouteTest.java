package dev.visco.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest.Answer;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WaitRouteTest {
  @TempDir private Path folder;
  private ApiUnderTest api;
  private String id;

  @BeforeEach
  void start() throws Exception {
    api = ApiUnderTest.start(folder);
    id = api.create();
  }

  @AfterEach
  void end() {
    api.close();
  }

  private CompletableFuture<Answer> waiting(String query) {
    CompletableFuture<Answer> answer =
        CompletableFuture.supplyAsync(() -> {
          try {
            return api.get("/api/v1/vms/" + id + "/wait" + query);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    Awaitility.await()
        .until(() -> answer.isDone() || api.metric("visco.api.streams{kind=wait}") == 1);
    return answer;
  }

  @Test
  void itAnswersOnceTheVmIsInOneOfTheStates() throws Exception {
    CompletableFuture<Answer> answer = waiting("?for=paused,failed");
    assertThat(answer).isNotDone();
    api.vms.settle(new VmId(id), VmState.READY, null);
    assertThat(answer).isNotDone();
    api.vms.settle(new VmId(id), VmState.PAUSED, null);
    assertThat(answer.get().status()).isEqualTo(200);
    assertThat(answer.get().field("state")).isEqualTo("paused");
  }

  @Test
  void whatIsSoAlreadyIsAnsweredAtOnce() throws Exception {
    assertThat(api.get("/api/v1/vms/" + id + "/wait?for=creating").status()).isEqualTo(200);
    api.vms.settle(new VmId(id), VmState.FAILED, "no root");
    Answer settled = api.get("/api/vms/" + id + "/wait");
    assertThat(settled.status()).isEqualTo(200);
    assertThat(settled.field("state")).isEqualTo("failed");
  }

  @Test
  void whenTheTimeIsUpItIsToldHowItIs() throws Exception {
    Answer answer = api.get("/api/v1/vms/" + id + "/wait?for=ready&timeout=1ms");
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.field("state")).isEqualTo("creating");
  }

  @Test
  void aDestroyedVmIsNotWaitedFor() throws Exception {
    CompletableFuture<Answer> answer = waiting("?for=ready");
    api.vms.settle(new VmId(id), VmState.DESTROYED, null);
    assertThat(answer.get().status()).isEqualTo(409);
    assertThat(answer.get().field("detail")).contains("is destroyed");
    assertThat(api.get("/api/v1/vms/" + id + "/wait?for=destroyed").status()).isEqualTo(200);
  }

  @Test
  void unknownStatesAreRefusedWithTheKnownOnes() throws Exception {
    Answer answer = api.get("/api/v1/vms/" + id + "/wait?for=ready,happy");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.field("field")).isEqualTo("for");
    assertThat(answer.field("value")).isEqualTo("happy");
    assertThat(answer.field("remedy")).contains("ready").contains("stopped");
  }
}
