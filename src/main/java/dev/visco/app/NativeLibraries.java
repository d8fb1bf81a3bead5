package dev.visco.app;

import com.github.luben.zstd.util.ZstdVersion;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * Loads the native libraries of SQLite and zstd. By default both unpack them into the temporary
 * folder at each start and later on, so with {@code /tmp} mounted noexec, read-only or full there
 * would be no store and no import. Here they are unpacked once into a folder of Visco's own and
 * loaded from there.
 */
final class NativeLibraries {
  /** Within a folder that may hold them. */
  private static final String FOLDER = "native";

  private NativeLibraries() {}

  /** A library in its jar, and the property that tells its Java part where the file is. */
  private record Library(String resource, String file) {}

  /**
   * Loads them from the first of these folders that allows it.
   *
   * @param folders the program's own, then others that are only root's to write
   * @throws Refused when none allows it; each is named with its reason
   */
  static void load(List<Path> folders) {
    var reasons = new ArrayList<String>();
    for (Path folder : folders) {
      try {
        loadFrom(folder.resolve(FOLDER));
        return;
      } catch (IOException | HostFault | UnsatisfiedLinkError e) {
        reasons.add(folder.resolve(FOLDER) + ": " + e.getMessage());
      }
    }
    throw new Refused(
        new Refusal.HostLacks(
            "native libraries",
            "Visco's native libraries can be loaded from no folder: "
                + String.join("; ", reasons)
                + ".",
            "Mount the file system of one of these folders without noexec, and writable; or set"
                + " data (VISCO_DATA) to a folder on one that is."));
  }

  private static void loadFrom(Path folder) throws IOException {
    Path sqlite =
        unpacked(
            folder,
            new Library(
                LibraryLoaderUtil.getNativeLibResourcePath()
                    + "/"
                    + LibraryLoaderUtil.getNativeLibName(),
                "sqlite"));
    Path zstd =
        unpacked(
            folder, new Library("/linux/amd64/libzstd-jni-" + ZstdVersion.VERSION + ".so", "zstd"));
    // Loaded now, so that an unsuitable folder is noticed before the first use.
    System.load(sqlite.toString());
    System.load(zstd.toString());
    System.setProperty("org.sqlite.lib.path", folder.toString());
    System.setProperty("org.sqlite.lib.name", sqlite.getFileName().toString());
    System.setProperty("ZstdNativePath", zstd.toString());
  }

  /** The library as a file, whose name tells its content: another version is another file. */
  private static Path unpacked(Path folder, Library library) throws IOException {
    URL url = Objects.requireNonNull(NativeLibraries.class.getResource(library.resource()));
    var jar = (JarURLConnection) url.openConnection();
    jar.setUseCaches(false);
    try (InputStream in = jar.getInputStream()) {
      long size = jar.getJarEntry().getSize();
      Path file =
          folder.resolve(
              String.format(Locale.ROOT, "%s-%08x.so", library.file(), jar.getJarEntry().getCrc()));
      if (!Files.isRegularFile(file) || Files.size(file) != size) {
        Files.createDirectories(folder);
        DurableFiles.write(file, in.readAllBytes(), "rw-r--r--");
      }
      return file;
    }
  }
}
