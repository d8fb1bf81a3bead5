package dev.visco.model;

import java.util.Locale;

/**
 * The bus of a guest's virtio devices. Disks are called {@code vda} on either: the name comes from
 * the driver, not from the bus.
 */
public enum Transport {
  MMIO,
  PCI;

  /** The word of the API and the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Parses {@link #word()}; refuses anything else. */
  public static Transport of(String word) {
    for (Transport transport : values()) {
      if (transport.word().equals(word)) {
        return transport;
      }
    }
    throw Refused.invalid("transport", word, "is not a virtio transport", "Give mmio or pci.");
  }
}
