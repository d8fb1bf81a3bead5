package dev.visco.session;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Keys as files in a folder that only root can read. */
public record FolderKeyFiles(Path folder) implements VmKeyFiles {
  @Override
  public Optional<byte[]> find(String name) {
    try {
      return Optional.of(Files.readAllBytes(folder.resolve(name)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new HostFault("cannot read the key " + where(name) + ": " + e.getMessage(), e);
    }
  }

  /** Removes what a crash has left half written, too. */
  @Override
  public void write(Map<String, byte[]> files) {
    try {
      Files.createDirectories(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      // Files that DurableFiles has not renamed yet begin with a dot.
      try (var halves = Files.newDirectoryStream(folder, ".*")) {
        halves.forEach(DurableFiles::deleteTree);
      }
    } catch (IOException e) {
      throw new HostFault("cannot make " + folder + ": " + e.getMessage(), e);
    }
    files.forEach((name, bytes) -> DurableFiles.write(folder.resolve(name), bytes, "rw-------"));
  }

  /** All that is kept, by name. */
  public Map<String, byte[]> all() {
    var all = new TreeMap<String, byte[]>();
    try (var files = Files.newDirectoryStream(folder, "[!.]*")) {
      for (Path file : files) {
        all.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    } catch (NoSuchFileException e) {
      return Map.of();
    } catch (IOException e) {
      throw new HostFault("cannot read " + folder + ": " + HostFault.words(e), e);
    }
    return all;
  }

  @Override
  public String where(String name) {
    return folder.resolve(name).toString();
  }
}
