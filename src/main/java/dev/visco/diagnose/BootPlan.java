package dev.visco.diagnose;

import dev.visco.model.Transport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A boot as it would be, before anything is started.
 *
 * @param bootArgs what the caller asks for besides the image's own {@code root=} and Visco's {@code
 *     ip=}
 * @param imageRoot the image's own {@code root=} without that word
 * @param imageLeastMemoryMib what the image says that it needs; 0 when it says nothing
 * @param rootFileSystem its type, null when not known
 * @param addressOwners what in the image gives the interface an address besides {@code ip=}
 */
public record BootPlan(
    Transport transport,
    List<String> bootArgs,
    String imageRoot,
    int memoryMib,
    int imageLeastMemoryMib,
    KernelFacts kernel,
    @Nullable String rootFileSystem,
    List<String> addressOwners,
    VmmFacts vmm,
    HostFacts host) {
  public BootPlan {
    bootArgs = List.copyOf(bootArgs);
    addressOwners = List.copyOf(addressOwners);
  }

  /**
   * The VMM that would run it.
   *
   * @param hasPci whether this release can give a guest PCI devices
   * @param vulnerabilities known ones of this release, as people look them up
   */
  public record VmmFacts(String name, boolean hasPci, List<String> vulnerabilities) {
    public VmmFacts {
      vulnerabilities = List.copyOf(vulnerabilities);
    }
  }

  /**
   * The host at this moment.
   *
   * @param freeDiskMib in the file system of the data folder
   */
  public record HostFacts(boolean isForwarding, long freeDiskMib) {}

  List<String> roots() {
    return bootArgs.stream().filter(word -> word.startsWith("root=")).toList();
  }

  boolean hasArgument(String word) {
    return bootArgs.contains(word);
  }
}
