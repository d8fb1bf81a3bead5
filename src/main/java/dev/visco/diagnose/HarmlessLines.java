package dev.visco.diagnose;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Console lines that look like the cause of a failure but are harmless. */
public final class HarmlessLines {
  private static final List<Harmless> KNOWN =
      List.of(
          new Harmless(
              Pattern.compile(
                  "can't request region for resource .*|virtio-mmio: probe of .* failed with error -16"),
              "An MMIO device was announced twice, by ACPI and on the command line. The second announcement fails with -16 (EBUSY); the device works."),
          new Harmless(
              Pattern.compile(
                  "(?i).*failed to (enable 64-bit or 32-bit DMA|set DMA mask).*|.*Trying to continue, but this might not work.*"),
              "virtio-mmio asks for a DMA mask that the platform does not set; it uses plain physical addresses and works."),
          new Harmless(
              Pattern.compile(".*PCI: Fatal: No config space access function found.*"),
              "The machine has its devices on MMIO and no PCI bus, which the kernel reports as an error."),
          new Harmless(
              Pattern.compile(".*Failed loading .*_host_key.*"),
              "dropbear tries every kind of host key and reports those that do not exist; one is enough. Only \"No hostkeys available\" is an error."),
          new Harmless(
              Pattern.compile(".*Not activating Mandatory Access Control as .* does not exist.*"),
              "The kernel supports Tomoyo, and the image has no policy for it."),
          new Harmless(
              Pattern.compile(".*(ima|evm): .*|.*No TPM chip found.*"),
              "The kernel could measure files into a TPM; there is none in a microVM."),
          new Harmless(
              Pattern.compile(".*ACPI: .*(PNP0A03|_OSC).*|.*rtc_cmos .*|.*i8042: .*"),
              "The kernel probes for devices of old PCs, which a microVM does not have."),
          new Harmless(
              Pattern.compile(".*random: crng .*|.*random: .* uninitialized urandom read.*"),
              "The kernel's random numbers improve during the boot; virtio-rng feeds them."));

  private HarmlessLines() {}

  private record Harmless(Pattern line, String why) {}

  /** Why this line is harmless; empty when it is not known to be. */
  public static Optional<String> explain(String line) {
    return KNOWN.stream()
        .filter(known -> known.line().matcher(line).find())
        .map(Harmless::why)
        .findFirst();
  }
}
