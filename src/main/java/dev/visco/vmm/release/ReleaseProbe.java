package dev.visco.vmm.release;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.UnixHttp;
import dev.visco.host.Unprivileged;
import dev.visco.host.Waiting;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Finds out what a release says of itself, and refuses one that contradicts itself: what is told by
 * its version (its features, what is wrong with it) would be wrong too. It runs as nobody, in a
 * folder that goes afterwards, and never long. Machines are none of its business: no call before
 * the start of a guest opens {@code /dev/kvm}.
 */
final class ReleaseProbe {
  /** {@code nobody} of every Linux distribution. */
  static final int NOBODY = 65_534;

  private static final String STATE = "Not started";

  /** More than any answer to what is asked here. */
  private static final int MAX_BYTES = 64 << 10;

  /** A release answers in milliseconds; one that runs on Java, on a busy host, in seconds. */
  private final Duration deadline;

  private static final Pattern FIRECRACKER_SAYS = Pattern.compile("(?m)^Firecracker v(\\S+)$");
  private static final Pattern JAILER_SAYS = Pattern.compile("(?m)^Jailer v(\\S+)$");
  private static final Pattern PCI = Pattern.compile("(?m)^[ \\t]{0,40}--enable-pci\\b");

  /** The first release that the driver knows: it has no older one's answers. */
  private static final Version OLDEST = Version.of("1.9.0");

  private final Host host;

  ReleaseProbe(Host host, Duration deadline) {
    this.host = host;
    this.deadline = deadline;
  }

  /**
   * Asks both programs.
   *
   * @param folder an empty name in a folder that nobody may enter but for its way through
   * @return the version that everything agrees on
   */
  Version probe(Path firecracker, @Nullable Path jailer, Path folder) {
    Version version = version(firecracker, FIRECRACKER_SAYS, "path");
    if (version.compareTo(OLDEST) < 0) {
      throw Refused.invalid(
          "path", version.toString(), "is older than any that Visco drives", "Give 1.9 or newer.");
    }
    requireHelpAgrees(firecracker, version);
    requireApiAgrees(firecracker, version, folder);
    if (jailer != null) {
      Version other = version(jailer, JAILER_SAYS, "jailer");
      if (!other.equals(version)) {
        throw Refused.invalid(
            "jailer",
            other.toString(),
            "is not of the same release as firecracker " + version,
            "Give the jailer that was released with it.");
      }
    }
    return version;
  }

  private Version version(Path program, Pattern says, String field) {
    Matcher said = says.matcher(ask(program, field, "--version"));
    if (!said.find()) {
      throw Refused.invalid(
          field,
          program.getFileName().toString(),
          "does not say its version when it is asked --version",
          "Give the program of a Firecracker release, whole.");
    }
    return Version.of(said.group(1));
  }

  /** What it prints; refused when it does not run. */
  private String ask(Path program, String field, String question) {
    String name = program.getFileName().toString();
    CommandResult result;
    try {
      result =
          host.run(
              Command.of(asNobody(program, List.of(question))).in(Path.of("/")).within(deadline));
    } catch (HostFault e) {
      throw Refused.invalid(
          field,
          name,
          "did not answer " + question + ": " + e.getMessage(),
          "Give the program of a Firecracker release for this machine.");
    }
    if (!result.succeeded()) {
      throw Refused.invalid(
          field,
          name,
          "ended with %d when it was asked %s: %s"
              .formatted(result.exitCode(), question, brief(result.error())),
          "Give the program of a Firecracker release for this machine, whole.");
    }
    return result.output();
  }

  private static String brief(String text) {
    String line = text.strip();
    return line.length() > 300 ? line.substring(0, 300) + "…" : line;
  }

  private static List<String> asNobody(Path program, List<String> arguments) {
    var command = new ArrayList<>(Unprivileged.as(NOBODY));
    command.add(program.toString());
    command.addAll(arguments);
    return command;
  }

  private void requireHelpAgrees(Path firecracker, Version version) {
    boolean hasPci = PCI.matcher(ask(firecracker, "path", "--help")).find();
    if (hasPci != new ReleaseFeatures(version).hasPci()) {
      throw lies(
          version,
          hasPci
              ? "offers --enable-pci, which came with 1.13"
              : "does not offer --enable-pci, which every release from 1.13 on does");
    }
  }

  private static Refused lies(Version version, String how) {
    return Refused.invalid(
        "path",
        version.toString(),
        "cannot be its release: it " + how,
        "Give the program of a Firecracker release, as it was released.");
  }

  private void requireApiAgrees(Path firecracker, Version version, Path folder) {
    Path socket = folder.resolve("s");
    try {
      Files.createDirectory(folder);
      Files.setAttribute(folder, "unix:uid", NOBODY);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      var end = new AtomicReference<@Nullable String>();
      // Its socket is named from its own folder on: a path of a socket has 107 bytes at most.
      Command command =
          Command.of(asNobody(firecracker, List.of("--api-sock", "s", "--id", "probe")))
              .in(folder)
              .within(deadline.multipliedBy(2));
      Thread process = Thread.ofVirtual().start(() -> end.set(run(command)));
      try {
        JsonNode asked = answer(socket, "/version", end);
        require(version, "GET /version", asked.path("firecracker_version").asString());
        JsonNode instance = answer(socket, "/", end);
        require(version, "GET /", instance.path("vmm_version").asString());
        if (!STATE.equals(instance.path("state").asString())) {
          throw lies(version, "says that it is " + instance.path("state") + " before its start");
        }
      } finally {
        // The command's own end takes the process with it.
        process.interrupt();
        process.join();
      }
    } catch (IOException e) {
      throw new HostFault("cannot prepare " + folder + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted", e);
    } finally {
      DurableFiles.deleteTree(folder);
    }
  }

  /** How it ended. */
  private String run(Command command) {
    try {
      CommandResult result = host.run(command);
      return "it ended with " + result.exitCode() + ": " + brief(result.output() + result.error());
    } catch (HostFault e) {
      return e.getMessage() + "";
    }
  }

  private static void require(Version version, String question, String answer) {
    if (!version.toString().equals(answer)) {
      throw lies(
          version, "answers \"" + answer + "\" to " + question + " and \"" + version + "\" before");
    }
  }

  /**
   * The body of the answer to {@code GET path}.
   *
   * @throws IOException when nobody listens there yet
   * @throws HostFault when it does not answer in time, or with anything but 200
   */
  private String get(Path socket, String path) throws IOException {
    try {
      UnixHttp.HttpAnswer answer =
          new UnixHttp(socket, "it", deadline, MAX_BYTES).call("GET", path, null);
      if (answer.status() != 200) {
        throw new HostFault("GET " + path + " was answered with " + answer.status());
      }
      return answer.body();
    } catch (EOFException e) {
      throw new HostFault(e.getMessage() + " before its answer was whole", e);
    }
  }

  private JsonNode answer(Path socket, String path, AtomicReference<@Nullable String> end) {
    var found = new AtomicReference<@Nullable String>();
    try {
      boolean answered =
          Waiting.until(
              deadline,
              () -> {
                if (end.get() != null) {
                  throw new HostFault(end.get() + "");
                }
                try {
                  found.set(get(socket, path));
                  return true;
                } catch (IOException e) {
                  return false; // It does not listen yet.
                }
              });
      if (!answered) {
        throw new HostFault("it did not listen within " + deadline.toSeconds() + " s");
      }
      return Json.read(found.get() + "", JsonNode.class);
    } catch (HostFault | JacksonException e) {
      throw Refused.invalid(
          "path",
          "GET " + path,
          "was not answered as Firecracker does: " + e.getMessage(),
          "Give the program of a Firecracker release for this machine.");
    }
  }
}
