package dev.visco.diagnose;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Lines that look like a cause and are none; people have spent days on them. */
public final class HarmlessLines {
  private static final List<Harmless> KNOWN =
      List.of(
          new Harmless(
              Pattern.compile(
                  "can't request region for resource .*|virtio-mmio: probe of .* failed with error -16"),
              "An MMIO device was announced twice, by ACPI and on the command line. The second announcement finds the place taken (-16, EBUSY); the device works."),
          new Harmless(
              Pattern.compile(
                  "(?i).*failed to (enable 64-bit or 32-bit DMA|set DMA mask).*|.*Trying to continue, but this might not work.*"),
              "virtio-mmio asks for a DMA mask that the platform does not set; it uses plain physical addresses and works."),
          new Harmless(
              Pattern.compile(".*PCI: Fatal: No config space access function found.*"),
              "The machine has its devices on MMIO and no PCI bus; the kernel says so in strong words."),
          new Harmless(
              Pattern.compile(".*Failed loading .*_host_key.*"),
              "dropbear looks for every kind of host key and says which are not there; one is enough. \"No hostkeys available\" would be another matter."),
          new Harmless(
              Pattern.compile(".*Not activating Mandatory Access Control as .* does not exist.*"),
              "The kernel could use Tomoyo and the image has none of it."),
          new Harmless(
              Pattern.compile(".*(ima|evm): .*|.*No TPM chip found.*"),
              "The kernel could measure files into a TPM; there is none in a microVM."),
          new Harmless(
              Pattern.compile(".*ACPI: .*(PNP0A03|_OSC).*|.*rtc_cmos .*|.*i8042: .*"),
              "An old PC's device is looked for and not found, as is right in a microVM."),
          new Harmless(
              Pattern.compile(".*random: crng .*|.*random: .* uninitialized urandom read.*"),
              "The kernel's random numbers get better as the boot goes on; virtio-rng feeds them."));

  private HarmlessLines() {}

  private record Harmless(Pattern line, String why) {}

  /** Why this line is no cause; empty when it is not known to be harmless. */
  public static Optional<String> explain(String line) {
    return KNOWN.stream()
        .filter(known -> known.line().matcher(line).find())
        .map(Harmless::why)
        .findFirst();
  }
}
