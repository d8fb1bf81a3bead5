package dev.visco.snapshot;

import dev.visco.session.VmKeyFiles;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Keys on their way from or to a file. */
final class KeysInMemory implements VmKeyFiles {
  private final Map<String, byte[]> files = new TreeMap<>();

  /** All of them, by name. */
  Map<String, byte[]> all() {
    return Map.copyOf(files);
  }

  @Override
  public Optional<byte[]> find(String name) {
    return Optional.ofNullable(files.get(name));
  }

  @Override
  public void write(Map<String, byte[]> more) {
    files.putAll(more);
  }

  @Override
  public String where(String name) {
    return "key " + name;
  }
}
