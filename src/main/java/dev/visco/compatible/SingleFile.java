package dev.visco.compatible;

import dev.visco.host.Command;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.ResourceText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * {@code --write FILE}: writes the whole process as one executable file, a few lines of shell
 * before a jar. It needs only a JDK and QEMU, its digest covers all its code, and it does not
 * change when Visco is rebuilt. {@code FILE.aot} beside it makes its start faster, but is not
 * required.
 */
final class SingleFile {
  /** A class of each jar or folder whose classes are needed. */
  private static final List<String> SOURCES =
      List.of(
          "dev/visco/compatible/Compatible.class",
          "tools/jackson/databind/JsonNode.class",
          "tools/jackson/core/JsonParser.class",
          "com/fasterxml/jackson/annotation/JsonCreator.class");

  /** The packages of Visco that are needed. */
  private static final List<String> ROOMS =
      List.of(
          "dev/visco/compatible/",
          "dev/visco/host/",
          "dev/visco/model/",
          "dev/visco/wire/",
          "dev/visco/vmm/");

  private static final String MANIFEST =
      "Manifest-Version: 1.0\r\nMain-Class: dev.visco.compatible.Compatible\r\n"
          + "Enable-Native-Access: ALL-UNNAMED\r\n\r\n";

  private SingleFile() {}

  /** Runs the command and returns its exit code. */
  static int write(List<String> words) {
    try {
      if (!words.getFirst().equals("--write")
          || words.size() < 2
          || (words.size() > 2 && !words.get(2).equals("--compatible-release"))
          || words.size() == 3
          || words.size() > 4) {
        throw new Fault("Say --write FILE [--compatible-release RELEASE], and nothing else.");
      }
      ShownRelease release = Arguments.release(words);
      Path file = Path.of(words.get(1)).toAbsolutePath();
      write(file, release);
      System.out.println("wrote " + file + ", which shows Firecracker v" + release.text());
      return 0;
    } catch (Fault fault) {
      System.err.println(fault.getMessage());
      return CompatibleProcess.BAD_ARGUMENTS;
    } catch (IOException | HostFault e) {
      System.err.println("cannot be written: " + e.getMessage());
      return 1;
    }
  }

  static void write(Path file, ShownRelease release) throws IOException {
    Path half = file.resolveSibling(file.getFileName() + ".half");
    try (OutputStream out = Files.newOutputStream(half)) {
      out.write(header(release).getBytes(StandardCharsets.UTF_8));
      out.write(jar());
    }
    Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    train(file);
  }

  private static String java() {
    return System.getProperty("java.home") + "/bin/java";
  }

  private static String header(ShownRelease release) {
    return ResourceText.of(SingleFile.class, "single-file.sh")
        .replace("@JAVA@", "'" + java().replace("'", "'\\''") + "'")
        .replace("@RELEASE@", release.text());
  }

  /** The same bytes for the same classes. */
  private static byte[] jar() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      add(zip, "META-INF/MANIFEST.MF", MANIFEST.getBytes(StandardCharsets.UTF_8));
      Map<String, byte[]> entries = new TreeMap<>();
      for (String source : SOURCES) {
        collect(source, entries);
      }
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        add(zip, entry.getKey(), entry.getValue());
      }
    }
    return bytes.toByteArray();
  }

  private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
    var entry = new ZipEntry(name);
    entry.setLastModifiedTime(FileTime.fromMillis(0));
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static void collect(String source, Map<String, byte[]> entries) throws IOException {
    var url = Objects.requireNonNull(SingleFile.class.getResource("/" + source), source);
    try {
      if (url.getProtocol().equals("jar")) {
        URI jar = new URI(url.toString().substring(0, url.toString().indexOf("!/")));
        try (FileSystem files =
            FileSystems.newFileSystem(Path.of(new URI(jar.getRawSchemeSpecificPart())))) {
          collect(files.getPath("/"), entries);
        }
      } else {
        String path = Path.of(url.toURI()).toString();
        collect(Path.of(path.substring(0, path.length() - source.length())), entries);
      }
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private static void collect(Path root, Map<String, byte[]> entries) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = root.relativize(file).toString();
        if (isNeeded(name)) {
          entries.put(name, Files.readAllBytes(file));
        }
      }
    }
  }

  private static boolean isNeeded(String name) {
    return ROOMS.stream().anyMatch(name::startsWith)
        || name.startsWith("tools/jackson/")
        || name.startsWith("com/fasterxml/jackson/")
        || name.startsWith("META-INF/services/tools.jackson");
  }

  /** Writes the AOT cache; without it, the process only starts more slowly. */
  private static void train(Path file) {
    Path cache = file.resolveSibling(file.getFileName() + ".aot");
    var result =
        new LinuxHost()
            .run(
                Command.of(
                    java(),
                    "-XX:+UseSerialGC",
                    "-XX:+UseCompactObjectHeaders",
                    "-XX:AOTCacheOutput=" + cache,
                    "-jar",
                    file.toString(),
                    "--train"));
    SnapshotFile.delete(file.resolveSibling(cache.getFileName() + ".config"));
    if (!result.succeeded()) {
      SnapshotFile.delete(cache);
      System.err.println("no AOT cache was made: " + result.error().strip());
    }
  }
}
