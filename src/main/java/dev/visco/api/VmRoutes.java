package dev.visco.api;

import dev.visco.lifecycle.VmRequest;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Durations;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.VmDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /api/vms}. */
final class VmRoutes {
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);
  private static final Duration CONNECT = Duration.ofSeconds(15);
  private final VmService vms;

  VmRoutes(VmService vms) {
    this.vms = vms;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", "/api/vms/create", this::create).asking("wait", "timeout"),
        Route.of("POST", "/api/vms", this::create).asking("wait", "timeout"),
        Route.of("GET", "/api/vms", this::list).asking("all", "user"),
        Route.of("GET", "/api/vms/{id}", this::get).asking("after", "timeout"),
        Route.of("DELETE", "/api/vms/{id}", this::destroy).asking("wait", "timeout"),
        Route.of("GET", "/api/vms/{id}/report", this::report),
        Route.of("GET", "/api/vms/{id}/console", this::console).asking("follow"),
        Route.of("POST", "/api/vms/{id}/exec", this::exec));
  }

  private void create(Exchange exchange) throws IOException {
    CreateRequest asked = exchange.body(CreateRequest.class);
    String life = asked.ttl();
    String transport = asked.transport();
    var request =
        new VmRequest(
            new UserId(required("userId", asked.userId())),
            required("vmType", asked.vmType()),
            asked.image(),
            transport == null ? null : Transport.of(transport),
            asked.vcpus(),
            asked.memoryMib(),
            asked.bootArgs() == null ? List.of() : asked.bootArgs(),
            life == null ? null : Durations.of("ttl", life),
            Boolean.TRUE.equals(asked.force()));
    boolean waits = waits(exchange, "ready");
    Duration most = exchange.duration("timeout", LONGEST_WAIT, LONGEST_WAIT);
    Vm vm = vms.create(request, exchange.header("Idempotency-Key").orElse(null));
    exchange.withHeader("Location", "/api/vms/" + vm.id());
    if (!waits) {
      exchange.json(202, VmDocument.of(vm));
    } else {
      Vm settled = settled(vm, most);
      exchange.json(settled.state().isSettled() ? 200 : 202, VmDocument.of(settled));
    }
  }

  /** Asked before anything is done, so that a refusal leaves nothing half done. */
  private static boolean waits(Exchange exchange, String known) {
    String wait = exchange.query("wait").orElse("");
    if (!wait.isEmpty() && !wait.equals(known)) {
      throw Refused.invalid("wait", wait, "is not known", "Give " + known + ", or leave it out.");
    }
    return !wait.isEmpty();
  }

  private static String required(String field, @Nullable String value) {
    if (value == null) {
      throw Refused.invalid(field, "", "is missing", "Send it.");
    }
    return value;
  }

  private Vm settled(Vm vm, Duration most) {
    long end = System.nanoTime() + most.toNanos();
    Vm now = vm;
    while (!now.state().isSettled() && System.nanoTime() < end) {
      now =
          vms.awaitChange(
              vm.id(), now.revision(), Duration.ofNanos(Math.max(1, end - System.nanoTime())));
    }
    return now;
  }

  private void list(Exchange exchange) {
    String user = exchange.query("user").orElse("");
    exchange.json(
        200,
        vms.list(exchange.isTrue("all")).stream()
            .filter(vm -> user.isEmpty() || vm.spec().user().value().equals(user))
            .map(VmDocument::of)
            .toList());
  }

  private void get(Exchange exchange) {
    VmId id = id(exchange);
    String after = exchange.query("after").orElse("");
    if (after.isEmpty()) {
      exchange.json(200, VmDocument.of(vms.vm(id)));
    } else if (!after.matches("\\d{1,18}")) {
      throw Refused.invalid(
          "after", after, "is no revision", "Give a revision that an earlier answer had.");
    } else {
      Duration most = exchange.duration("timeout", Duration.ofSeconds(30), LONGEST_WAIT);
      exchange.json(200, VmDocument.of(vms.awaitChange(id, Long.parseLong(after), most)));
    }
  }

  private static VmId id(Exchange exchange) {
    return new VmId(exchange.path("id"));
  }

  private void destroy(Exchange exchange) {
    boolean waits = waits(exchange, "destroyed");
    Duration most = exchange.duration("timeout", LONGEST_WAIT, LONGEST_WAIT);
    Vm vm = vms.destroy(id(exchange));
    if (waits) {
      long end = System.nanoTime() + most.toNanos();
      while (vm.state() != VmState.DESTROYED && System.nanoTime() < end) {
        vm =
            vms.awaitChange(
                vm.id(), vm.revision(), Duration.ofNanos(Math.max(1, end - System.nanoTime())));
      }
    }
    exchange.json(vm.state() == VmState.DESTROYED ? 200 : 202, VmDocument.of(vm));
  }

  private void report(Exchange exchange) {
    VmId id = id(exchange);
    exchange.json(
        200,
        vms.report(id)
            .orElseThrow(() ->
                new Refused(
                    new Refusal.NotFound(
                        "report of VM", id.value(), "It is written once the VM is verified."))));
  }

  /**
   * The console so far; with {@code follow=true} also what comes, until the VM ends or the client
   * goes.
   */
  private void console(Exchange exchange) throws IOException {
    VmId id = id(exchange);
    Path file = vms.consoleFile(id);
    boolean follow = exchange.isTrue("follow");
    exchange.stream(
        "text/plain; charset=utf-8",
        out -> {
          try (var console = new ConsoleTail(file)) {
            console.copyTo(out);
            out.flush();
            while (follow && isThere(id)) {
              pause();
              console.copyTo(out);
              out.flush();
            }
            // Its last words may have come after our last look.
            console.copyTo(out);
          }
        });
  }

  private boolean isThere(VmId id) {
    return switch (vms.vm(id).state()) {
      case CREATING, READY, PAUSED, FAILED -> true;
      case STOPPED, DESTROYING, DESTROYED -> false;
    };
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** {@code POST …/exec}. */
  record ExecRequest(
      @Nullable List<String> command, @Nullable String stdin, @Nullable String timeout) {}

  private void exec(Exchange exchange) throws IOException, GuestUnreachable {
    ExecRequest asked = exchange.body(ExecRequest.class);
    List<String> command = asked.command();
    if (command == null || command.isEmpty()) {
      throw Refused.invalid(
          "command", "", "is missing", "Send a list: the program and its arguments.");
    }
    String timeout = asked.timeout();
    Duration deadline = timeout == null ? Duration.ofMinutes(1) : Durations.of("timeout", timeout);
    String stdin = asked.stdin();
    byte[] input = stdin == null ? new byte[0] : stdin.getBytes(StandardCharsets.UTF_8);
    try (GuestSession session = vms.session(id(exchange), CONNECT)) {
      GuestSession.GuestOutput output = run(session, command, input, deadline);
      exchange.json(
          200,
          Map.of(
              "exitCode", output.exitCode(),
              "stdout", new String(output.output(), StandardCharsets.UTF_8),
              "stderr", new String(output.error(), StandardCharsets.UTF_8)));
    }
  }

  private static GuestSession.GuestOutput run(
      GuestSession session, List<String> command, byte[] input, Duration deadline)
      throws GuestUnreachable {
    try {
      return session.exec(command, input, deadline);
    } catch (IOException e) {
      throw new GuestUnreachable(GuestUnreachable.Stage.BROKEN, e.getMessage() + "", e);
    }
  }
}
