package dev.visco.backup;

import dev.visco.image.Manifest;
import dev.visco.model.Digest;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The files of the images that VMs were made from: a VM starts with its image's kernel. */
record BackupImages(Path folder) {
  /**
   * Folders first.
   *
   * @param digests of manifests
   */
  List<Path> of(Set<String> digests) throws IOException {
    var files = new TreeSet<Path>();
    for (String digest : digests) {
      Path manifest = folder.resolve("manifests").resolve(new Digest(digest).hex() + ".json");
      if (!Files.exists(manifest)) {
        continue; // Its VM is one that never got its disk.
      }
      Manifest image = Json.read(Files.readString(manifest), Manifest.class);
      files.add(manifest);
      for (Digest part : image.files()) {
        files.add(folder.resolve("objects").resolve(part.hex()));
      }
      files.addAll(names(digest));
    }
    var all = new ArrayList<Path>();
    all.add(folder);
    for (String name : List.of("manifests", "names", "objects")) {
      all.add(folder.resolve(name));
    }
    all.addAll(files);
    return all;
  }

  /** The names that mean this image now. */
  private List<Path> names(String digest) throws IOException {
    var found = new ArrayList<Path>();
    try (var names = Files.newDirectoryStream(folder.resolve("names"), "[a-z0-9]*")) {
      for (Path name : names) {
        if (Files.readString(name).strip().equals(digest)) {
          found.add(name);
        }
      }
    }
    return found;
  }
}
