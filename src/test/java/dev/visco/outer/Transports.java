package dev.visco.outer;

import java.util.stream.Stream;

/**
 * The transports that a test with real guests tries: one of the two in the ordinary run, where
 * other tests try the other, and both with {@code ./visco test --all}.
 */
public final class Transports {
  private Transports() {}

  /** With PCI in the ordinary run. */
  public static Stream<String> pci() {
    return of("pci", "mmio");
  }

  /** With MMIO in the ordinary run. */
  public static Stream<String> mmio() {
    return of("mmio", "pci");
  }

  private static Stream<String> of(String one, String other) {
    return Stream.of(one, other).limit(Boolean.getBoolean("visco.all") ? 2 : 1);
  }
}
