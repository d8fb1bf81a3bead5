package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Durations;
import dev.visco.model.HomeVolume;
import dev.visco.model.Life;
import dev.visco.model.Sizes;
import dev.visco.model.VmType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A VM type in answers of the API: what a create gets that names it and nothing else.
 *
 * @param emulated the size where software emulation runs the guest, left out where it is the same
 * @param diskMib size of the root disk, left out where it is the image's own
 * @param deadline from launch to ready
 * @param restart the restart policy
 * @param sleepAfter how long nobody has to need a VM until it is put to sleep, left out for never
 * @param archiveAfter how long a VM has to be asleep until it is archived, left out for the host's
 *     setting
 * @param ports of the guest that links may lead to, left out when there are none
 * @param home the volume that each user gets as their home, left out when there is none
 * @param pool how many of its VMs wait for whoever creates one, left out when none do
 * @param options limits and devices, left out when there are none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TypeDocument(
    String name,
    String image,
    int vcpus,
    int memoryMib,
    @Nullable EmulatedSize emulated,
    @Nullable Integer diskMib,
    String transport,
    String deadline,
    String restart,
    @Nullable String sleepAfter,
    @Nullable String archiveAfter,
    @Nullable List<Integer> ports,
    @Nullable Home home,
    @Nullable Integer pool,
    @Nullable OptionsDocument options) {
  /** vCPUs and memory under software emulation. */
  public record EmulatedSize(int vcpus, int memoryMib) {}

  /**
   * A home volume.
   *
   * @param size of a new one, like {@code 2g}
   * @param path where it is mounted
   */
  public record Home(String size, String path) {}

  public static TypeDocument of(VmType type) {
    VmType.Size emulated = type.emulated();
    HomeVolume home = type.home();
    return new TypeDocument(
        type.name(),
        type.image(),
        type.vcpus(),
        type.memoryMib(),
        emulated == null ? null : new EmulatedSize(emulated.vcpus(), emulated.memoryMib()),
        type.diskMib(),
        type.transport().word(),
        Durations.text(type.deadline()),
        type.restart().word(),
        type.sleepAfter() == null ? null : Durations.text(type.sleepAfter()),
        type.archiveAfter() == null ? null : Life.archiveText(type.archiveAfter()),
        type.ports().isEmpty() ? null : type.ports(),
        home == null ? null : new Home(Sizes.text(home.bytes()), home.path().value()),
        type.pool() == null ? null : type.pool().vms(),
        OptionsDocument.of(type.options()));
  }
}
