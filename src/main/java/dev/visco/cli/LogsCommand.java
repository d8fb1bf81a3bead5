package dev.visco.cli;

import dev.visco.model.Durations;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code visco logs}. */
@Command(
    name = "logs",
    mixinStandardHelpOptions = true,
    description = {
      "Shows the consoles of VMs: their kernel's messages, and what services print.",
      "Of several VMs each line begins with the VM's id."
    },
    footer = {
      "",
      "Examples: visco logs -f vm-12",
      "          visco logs -n 20 vm-12 vm-34",
      "          visco logs -t --since 10m vm-12",
      "          visco logs vm-12 --boot 3"
    })
final class LogsCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private final VmParameters targets = new VmParameters();

  @Mixin private final VmCommands.BootOption boot = new VmCommands.BootOption();

  @Option(
      names = {"-f", "--follow"},
      description = "keeps printing new output until the VM ends")
  private boolean follow;

  @Option(
      names = {"-n", "--tail"},
      paramLabel = "N|all",
      description = "only the last N lines (all that is kept)")
  private String tail = "all";

  @Option(
      names = {"-t", "--timestamps"},
      description = "begins each line with its time, which may be a second late")
  private boolean isStamped;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "only lines of this time before now, like 10m, or since 2026-03-01T12:00:00Z")
  private @Nullable String since;

  @Option(names = "--json", description = "prints one JSON object with the console's text")
  private boolean json;

  @Option(
      names = "--raw",
      description =
          "prints the guest's bytes unchanged: a terminal then obeys their control sequences")
  private boolean raw;

  LogsCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws InterruptedException {
    String query = query();
    if (targets.names().size() == 1 || !follows()) {
      return EachVm.of(
          context,
          targets.names(),
          json,
          (api, id) -> {
            print(api, id, query);
            return CommandExitCode.OK;
          });
    }
    return followAll(query);
  }

  /** What has ended grows no more. */
  private boolean follows() {
    return follow && !json && !boot.isSet();
  }

  private String query() {
    var parts = new ArrayList<String>();
    if (follows()) {
      parts.add("follow=true");
    }
    if (!tail.equals("all")) {
      if (!tail.matches("\\d{1,9}")) {
        throw Refused.invalid("--tail", tail, "is no number of lines", "Give one, or all.");
      }
      parts.add("tail=" + tail);
    }
    if (isStamped) {
      parts.add("timestamps=true");
    }
    if (since != null) {
      parts.add("since=" + ApiPath.encoded(time(since).toString()));
    }
    return parts.isEmpty() ? "" : "?" + String.join("&", parts);
  }

  private Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      return context.now().minus(Durations.of("--since", text));
    }
  }

  private int followAll(String query) throws InterruptedException {
    var code = new AtomicInteger(CommandExitCode.OK);
    var threads = new ArrayList<Thread>();
    for (String name : targets.names()) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                int one =
                    EachVm.of(
                        context,
                        List.of(name),
                        false,
                        (api, id) -> {
                          print(api, id, query);
                          return CommandExitCode.OK;
                        });
                code.compareAndSet(CommandExitCode.OK, one);
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return code.get();
  }

  private void print(DaemonClient api, String id, String query) {
    String of = boot.isSet() ? boot.route(id) : "/api/vms/" + id;
    api.stream(
        "GET",
        of + "/console" + query,
        null,
        in -> {
          if (json) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            context.out().println(Json.line(document(id, text)));
          } else if (targets.names().size() == 1) {
            in.transferTo(target());
            target().flush();
          } else {
            copyLines(in, id);
          }
        });
  }

  private Map<String, Object> document(String id, String text) {
    return targets.names().size() == 1
        ? Map.of("console", text)
        : new TreeMap<>(Map.of("vmId", id, "console", text));
  }

  private PrintStream target() {
    return raw ? context.rawOut() : context.console();
  }

  /** Whole lines, so that those of several VMs are not mixed. */
  private void copyLines(InputStream in, String id) throws IOException {
    var buffered = new BufferedInputStream(in);
    for (byte[] line = line(buffered); line != null; line = line(buffered)) {
      PrintStream to = target();
      synchronized (context) {
        to.write((id + " | ").getBytes(StandardCharsets.UTF_8));
        to.write(line);
        to.flush();
      }
    }
  }

  /** A line with its end, which it is given where it has none; null at the end. */
  private static byte @Nullable [] line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    int next = in.read();
    while (next >= 0 && next != '\n' && line.size() < MAX_LINE) {
      line.write(next);
      next = in.read();
    }
    if (next < 0 && line.size() == 0) {
      return null;
    }
    if (next >= 0 && next != '\n') {
      line.write(next);
    }
    line.write('\n');
    return line.toByteArray();
  }

  private static final int MAX_LINE = 65_536;
}
