package dev.visco.cli;

import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco cp}, which behaves as docker's. */
@Command(
    name = "cp",
    mixinStandardHelpOptions = true,
    description = {
      "Copies files and folders into a VM or out of it.",
      "One of the two is VM:PATH, the other a path here, or - for a tar archive.",
      "A folder that ends in /. means what is in it."
    },
    footer = {
      "",
      "Examples: visco cp report.txt vm-12:/srv/",
      "          visco cp vm-12:/var/log/. logs",
      "          visco cp vm-12:/srv - | tar -t"
    })
final class CopyCommand implements Callable<Integer> {
  /** How many links may lead to one another, as in Linux. */
  private static final int MAX_LINKS = 40;

  private final CommandContext context;

  @Parameters(index = "0", paramLabel = "FROM", description = "what is copied")
  private String from = "";

  @Parameters(index = "1", paramLabel = "TO", description = "where to")
  private String to = "";

  @Option(
      names = {"-a", "--archive"},
      description = "keeps the numbers of owners in the VM; without it all is root's")
  private boolean keepsOwners;

  @Option(
      names = {"-q", "--quiet"},
      description = "says nothing when it went well")
  private boolean isQuiet;

  @Mixin private final JsonOption json = new JsonOption();

  CopyCommand(CommandContext context) {
    this.context = context;
  }

  /** A path in a VM. */
  private record InVm(String vm, String path) {
    /** {@code VM:PATH}; empty for what is a path here, which begins with / or . or has no colon. */
    static Optional<InVm> of(String text) {
      int colon = text.indexOf(':');
      if (colon <= 0 || text.startsWith("/") || text.startsWith(".")) {
        return Optional.empty();
      }
      String path = text.substring(colon + 1);
      if (!path.startsWith("/")) {
        throw Refused.invalid(
            "PATH", path, "is not absolute", "Give a path of the VM that begins with /.");
      }
      return Optional.of(new InVm(text.substring(0, colon), path));
    }

    /** Without a slash or {@code /.} at its end. */
    String plain() {
      String plain = path.replaceFirst("/\\.?$", "");
      return plain.isEmpty() ? "/" : plain;
    }

    boolean isContent() {
      return path.endsWith("/.");
    }

    String name() {
      String plain = plain();
      return plain.substring(plain.lastIndexOf('/') + 1);
    }
  }

  @Override
  public Integer call() throws IOException {
    if (json.isSet() && (from.equals("-") || to.equals("-"))) {
      throw Refused.invalid(
          "--json", "-", "has no result to print for an archive", "Leave --json out.");
    }
    Optional<InVm> source = InVm.of(from);
    Optional<InVm> target = InVm.of(to);
    if (source.isPresent() == target.isPresent()) {
      throw Refused.invalid(
          "TO",
          to,
          source.isPresent() ? "is in a VM too" : "is a path here too",
          "Give one path here and one as VM:/PATH.");
    }
    DaemonClient api = context.api();
    if (target.isPresent()) {
      in(api, new Route(api, target.get()), target.get());
    } else {
      out(api, new Route(api, source.get()), source.get());
    }
    return CommandExitCode.OK;
  }

  /** The route of files of one VM. */
  private record Route(DaemonClient api, String vm) {
    Route(DaemonClient api, InVm path) {
      this(api, VmNames.whole(api, path.vm()));
    }

    String of(String path, String more) {
      return "/api/vms/"
          + vm
          + "/files?path="
          + URLEncoder.encode(path, StandardCharsets.UTF_8)
          + more;
    }

    /** What is at a path, or what a link there leads to; null when nothing is. */
    @Nullable JsonNode found(String path) {
      String at = path;
      try {
        JsonNode found = api.json("GET", of(at, "&as=stat"), null);
        for (int links = 0; isLink(found) && links < MAX_LINKS; links++) {
          String target = found.path("target").asString();
          at = target.startsWith("/") ? target : at.substring(0, at.lastIndexOf('/') + 1) + target;
          found = api.json("GET", of(at, "&as=stat"), null);
        }
        return isLink(found) ? null : found;
      } catch (ApiException e) {
        if (e.exitCode() == CommandExitCode.NOT_FOUND) {
          return null;
        }
        throw e;
      }
    }

    private static boolean isLink(JsonNode found) {
      return found.path("kind").asString().equals("link");
    }

    @Nullable String kind(String path) {
      JsonNode found = found(path);
      return found == null ? null : found.path("kind").asString();
    }
  }

  private void in(DaemonClient api, Route route, InVm target) throws IOException {
    String owners = keepsOwners ? "&owners=true" : "";
    if (from.equals("-")) {
      api.upload("PUT", route.of(target.plain(), "&as=tar" + owners), System.in::transferTo);
      return;
    }
    Path source = Path.of(from);
    if (!Files.exists(source)) {
      throw Refused.invalid("FROM", from, "is not there", "Give a file or folder.");
    }
    String kind = route.kind(target.plain());
    boolean isFolder = Files.isDirectory(source);
    if (!isFolder && kind == null && target.path().endsWith("/")) {
      throw Refused.invalid(
          "TO", to, "is no folder", "Make it first, or leave out its last slash.");
    }
    if (isFolder && "file".equals(kind)) {
      throw Refused.invalid("TO", to, "is a file", "A folder can be copied into a folder only.");
    }
    boolean isContent = from.endsWith("/.") || from.equals(".");
    String name = source.toAbsolutePath().normalize().getFileName() + "";
    String at = "folder".equals(kind) && !isContent ? joined(target.plain(), name) : target.plain();
    if (isFolder) {
      if (route.kind(at) == null) {
        api.json("PUT", route.of(at, "&as=folder"), null);
      }
      api.upload("PUT", route.of(at, "&as=tar" + owners), out -> LocalTar.write(source, out));
    } else {
      String mode = "&mode=" + LocalTar.octal(source);
      api.upload("PUT", route.of(at, mode), out -> Files.copy(source, out));
    }
    told(from, target.vm() + ":" + at);
  }

  private static String joined(String folder, String name) {
    return folder.endsWith("/") ? folder + name : folder + "/" + name;
  }

  private void out(DaemonClient api, Route route, InVm source) throws IOException {
    JsonNode found = route.found(source.plain());
    if (found == null) {
      throw new ApiException(
          "There is no file \"" + source.plain() + "\" in " + source.vm() + ".",
          CommandExitCode.NOT_FOUND);
    }
    String kind = found.path("kind").asString();
    String tar = route.of(source.plain(), "&as=tar");
    if (to.equals("-")) {
      api.stream("GET", tar, null, in -> in.transferTo(context.rawOut()));
      context.rawOut().flush();
      return;
    }
    Path target = Path.of(to);
    boolean isThere = Files.isDirectory(target);
    if (!isThere && to.endsWith("/") && !kind.equals("folder")) {
      throw Refused.invalid(
          "TO", to, "is no folder", "Make it first, or leave out its last slash.");
    }
    if (kind.equals("folder") && Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !isThere) {
      throw Refused.invalid("TO", to, "is a file", "A folder can be copied into a folder only.");
    }
    Path at = isThere && !source.isContent() ? target.resolve(source.name()) : target;
    if (kind.equals("folder")) {
      Files.createDirectories(at);
      api.stream("GET", tar, null, in -> LocalTar.read(in, at));
    } else {
      WholeFile.write(
          at,
          true,
          LocalTar.permissions(Integer.parseInt(found.path("mode").asString(), 8)),
          out -> api.stream("GET", route.of(source.plain(), ""), null, in -> in.transferTo(out)));
    }
    told(from, at.toString());
  }

  private void told(String what, String where) {
    if (json.isSet()) {
      var document = new LinkedHashMap<String, String>();
      document.put("from", what);
      document.put("to", Objects.requireNonNull(where));
      context.out().println(Json.line(document));
    } else if (!isQuiet) {
      context.err().println("Copied " + what + " to " + Objects.requireNonNull(where));
    }
  }
}
