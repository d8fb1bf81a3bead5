package dev.visco.lifecycle;

import dev.visco.model.Digest;
import dev.visco.model.VmSpec;
import dev.visco.wire.SpecJson;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Digests of what VMs of pools are, each computed once as long as it is among the last ones. */
final class Kinds {
  private static final int MAX = 100;

  private final Map<Machine, String> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Machine, String> eldest) {
          return size() > MAX;
        }
      };

  private record Machine(VmSpec spec, Digest image) {}

  /** The digest of a specification and an image. */
  synchronized String of(VmSpec spec, Digest image) {
    return known.computeIfAbsent(new Machine(spec, image), Kinds::digest);
  }

  private static String digest(Machine of) {
    String text = SpecJson.line(of.spec()) + of.image().value();
    return Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex();
  }
}
