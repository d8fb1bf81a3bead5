package dev.visco.session;

import java.util.Map;
import java.util.Optional;

/** Where the keys of one VM are kept, by names of files. */
public interface VmKeyFiles {
  /** What is kept under a name; empty for nothing. To be copied before it is changed. */
  Optional<byte[]> find(String name);

  /** Keeps all of these, or none; what is kept under other names stays. */
  void write(Map<String, byte[]> files);

  /** What a fault calls one of them, for people. */
  String where(String name);
}
