package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Durations;
import dev.visco.model.Ipv4;
import dev.visco.model.Labels;
import dev.visco.model.Life;
import dev.visco.model.MachineSize;
import dev.visco.model.Origin;
import dev.visco.model.Snapshot;
import dev.visco.model.Vm;
import dev.visco.model.VmName;
import dev.visco.model.VolumeMount;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A VM in answers of the API. What is unknown, or not known yet, is left out.
 *
 * @param release the VMM release that runs it, or will run it: {@code qemu}, or a Firecracker
 *     release's name
 * @param labels left out when it has none, as its name
 * @param diskMib size of its root disk; left out for VMs that were made before disks had sizes
 * @param pending another size that it gets at its next start; left out for none
 * @param ttlFrom from when its time to live counts, {@code created} or {@code used}
 * @param used when it was used last, to the minute
 * @param imageDigest the image that its root disk was made from; one that was built anew under the
 *     same name has another digest
 * @param from the snapshot that it was made from; left out for one of an image
 * @param start how it came to run: {@code pool} for one that waited for its user, {@code clone} for
 *     one that was made to go on from a snapshot, {@code boot} for any other
 * @param restart its restart policy
 * @param sleepAfter how long nobody has to need it until it is put to sleep, left out for never
 * @param archiveAfter how long it has to be asleep until it is archived, left out for the host's
 *     setting
 * @param restarts how often it was started again by itself since it last ran for long, left out
 *     when never
 * @param rebuild a change to another image that is under way, or that has failed
 * @param options the machine options that its type sets, left out when there are none
 * @param volumes left out when it has none
 * @param ports of its guest that links may lead to, left out when there are none
 * @param vmm what runs it, like {@code qemu (tcg)} or {@code firecracker 1.16.1 (kvm)}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VmDocument(
    String vmId,
    @Nullable String name,
    String userId,
    String vmType,
    @Nullable SortedMap<String, String> labels,
    String state,
    String step,
    @Nullable String address,
    String image,
    String imageDigest,
    @Nullable String from,
    String start,
    String transport,
    int vcpus,
    int memoryMib,
    @Nullable Integer diskMib,
    @Nullable PendingSize pending,
    List<String> bootArgs,
    @Nullable String ttl,
    @Nullable String ttlFrom,
    String restart,
    @Nullable String sleepAfter,
    @Nullable String archiveAfter,
    @Nullable Integer restarts,
    String release,
    @Nullable OptionsDocument options,
    @Nullable List<VolumeMount> volumes,
    @Nullable List<Integer> ports,
    @Nullable String vmm,
    @Nullable Long pid,
    @Nullable String failure,
    @Nullable RebuildDocument rebuild,
    Instant created,
    Instant changed,
    @Nullable Instant ready,
    @Nullable Instant used,
    @Nullable Instant expires,
    long revision) {
  /**
   * A size that is recorded and not in force.
   *
   * @param takesEffect when it is, in words
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record PendingSize(
      int vcpus, int memoryMib, @Nullable Integer diskMib, String takesEffect) {
    static @Nullable PendingSize of(@Nullable MachineSize next) {
      return next == null
          ? null
          : new PendingSize(next.vcpus(), next.memoryMib(), next.diskMib(), "at the next start");
    }
  }

  private static @Nullable String text(@Nullable Duration time) {
    return time == null ? null : Durations.text(time);
  }

  /** Templates of pools are nobody's snapshots. */
  private static @Nullable String from(Origin origin) {
    return origin instanceof Origin.Clone clone && Snapshot.isName(clone.snapshot())
        ? clone.snapshot()
        : null;
  }

  public static VmDocument of(Vm vm) {
    Ipv4 address = vm.address();
    VmName name = vm.metadata().name();
    Labels labels = vm.metadata().labels();
    var life = vm.spec().life().timeToLive();
    return new VmDocument(
        vm.id().value(),
        name == null ? null : name.value(),
        vm.spec().owner().value(),
        vm.spec().type(),
        labels.isEmpty() ? null : labels.values(),
        vm.state().word(),
        vm.step(),
        address == null ? null : address.toString(),
        vm.spec().origin().image(),
        vm.image().value(),
        from(vm.spec().origin()),
        vm.start().word(),
        vm.spec().machine().transport().word(),
        vm.spec().machine().vcpus(),
        vm.spec().machine().memoryMib(),
        vm.spec().machine().diskMib(),
        PendingSize.of(vm.spec().machine().next()),
        vm.spec().kernel().bootArgs(),
        text(life),
        life == null ? null : vm.spec().life().from().word(),
        vm.spec().life().restart().word(),
        text(vm.spec().life().sleepAfter()),
        vm.spec().life().archiveAfter() == null
            ? null
            : Life.archiveText(vm.spec().life().archiveAfter()),
        vm.restarts() == 0 ? null : vm.restarts(),
        vm.spec().release(),
        OptionsDocument.of(vm.spec().machine().options()),
        vm.spec().volumes().isEmpty() ? null : vm.spec().volumes(),
        vm.spec().ports().isEmpty() ? null : vm.spec().ports(),
        vm.vmm(),
        vm.pid(),
        vm.failure(),
        RebuildDocument.of(vm.rebuild()),
        vm.created(),
        vm.changed(),
        vm.ready(),
        vm.used(),
        vm.expires(),
        vm.revision());
  }
}
