package dev.visco.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.FakeMachinesDaemon;
import dev.visco.api.FakeServices;
import dev.visco.api.http.Route;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code docs/api.md} has an example of every route. Each is sent, in its order, to a daemon with
 * fake machines; the answers are held against the description of the API.
 */
@Timeout(120)
class ApiExamplesTest {
  private static final Path DOCUMENT = Path.of("docs/api.md");

  /** Routes that need a real guest, a real host or another secret; other tests call them. */
  private static final Set<String> NEED_MORE =
      Set.of(
          "exec",
          "addSshKey",
          "startExec",
          "listExecs",
          "getExec",
          "readExecOutput",
          "signalExec",
          "removeExec",
          "startSignIn",
          "rotateSignIn",
          "validateSignIn",
          "getSignIn",
          "followSignIn",
          "heartbeatSignIn",
          "linkSignIn",
          "pasteSignInCode",
          "handOverSignIn",
          "cancelSignIn",
          "executePrompt",
          "listPrompts",
          "getPrompt",
          "readPrompt",
          "cancelPrompt",
          "readFile",
          "watchFiles",
          "writeFile",
          "changeFile",
          "removeFile",
          "createTicket",
          "createPageKey",
          "forkVm",
          "planFork",
          "planClones",
          "getSnapshot",
          "verifySnapshot",
          "exportSnapshot",
          "importSnapshot",
          "revokeLink",
          "getDesktop",
          "testProvider",
          "getScreenshot",
          "getReport",
          "getBoot",
          "readBootConsole",
          "diagnoseVm",
          "runExperiments",
          "getBundle",
          "exportVolume",
          "importVolume",
          "buildImage",
          "importImage",
          "pullImage",
          "removeImage",
          "planSweep",
          "sweep",
          "listReleases",
          "addRelease",
          "getRelease",
          "planRelease",
          "tryRelease",
          "useRelease",
          "rollBackRelease",
          "removeRelease",
          "putCredential",
          "getCredential",
          "deliverCredential",
          "validateCredential",
          "removeCredential",
          "getWebhook",
          "enableWebhook",
          "testWebhook",
          "listDeliveries",
          "removeWebhook");

  @TempDir private Path folder;
  private FakeMachinesDaemon daemon;
  private List<Route> routes;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(folder);
    routes = new FakeServices(folder.resolve("fakes")).routes();
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private static Stream<ShownCommand> commands() {
    return FencedBlock.of(DOCUMENT).stream()
        .filter(FencedBlock::hasCommands)
        .flatMap(block -> block.commands().stream());
  }

  private Route route(ShownRequest request) {
    return routes.stream()
        .filter(one -> one.method().equals(request.method()))
        .filter(one -> one.match(request.path()).isPresent())
        .findFirst()
        .orElseThrow(() -> new AssertionError(request.place() + ": no route"));
  }

  private static boolean isOfTheDescription(ShownRequest request) {
    return Set.of("/api", "/openapi.json").contains(request.path());
  }

  @Test
  void thereIsAnExampleOfEveryRoute() {
    Map<String, String> lacking = new LinkedHashMap<>();
    routes.forEach(
        route -> lacking.put(route.description().name(), route.method() + " " + route.template()));
    Stream.concat(
            commands().map(ShownCommand::request).filter(Objects::nonNull),
            ShownRequest.of(DOCUMENT).stream())
        .filter(request -> !isOfTheDescription(request))
        .forEach(request -> lacking.remove(route(request).description().name()));
    assertThat(lacking)
        .as("routes without a curl in %s (a WebSocket is named in its text)", DOCUMENT)
        .isEmpty();
  }

  @Test
  void eachExampleIsAnsweredAsItIsDescribed() throws Exception {
    var sent = new ArrayList<String>();
    for (ShownCommand command : commands().toList()) {
      ShownRequest request = command.request();
      if (request == null
          || (!isOfTheDescription(request)
              && NEED_MORE.contains(route(request).description().name()))) {
        continue;
      }
      boolean isRefused = !command.output().isEmpty();
      Awaitility.await().until(this::isSettled); // Whoever reads it waits for each.
      HttpResponse<String> answer =
          daemon.call(
              daemon.adminToken(),
              request.method(),
              request.target(),
              request.body() == null ? "" : request.body());
      assertThat(answer.statusCode())
          .as("%s: %s %s%n%s", request.place(), request.method(), request.target(), answer.body())
          .isBetween(isRefused ? 400 : 200, isRefused ? 499 : 299);
      if (isRefused) {
        assertThat(answer.body()).matches(DocumentRun.pattern(command.output()));
      }
      sent.add(request.target());
    }
    assertThat(sent).hasSizeGreaterThan(40);
  }

  private boolean isSettled() throws Exception {
    String all = daemon.call(daemon.adminToken(), "GET", "/api/vms", "").body();
    return Stream.of("creating", "starting", "stopping", "destroying")
        .noneMatch(state -> all.contains("\"state\":\"" + state + "\""));
  }
}
