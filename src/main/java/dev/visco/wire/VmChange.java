package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import dev.visco.model.Durations;
import dev.visco.model.GuestPorts;
import dev.visco.model.Life;
import dev.visco.model.MachineShape;
import dev.visco.model.MachineSize;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.Sizes;
import dev.visco.model.TtlFrom;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmName;
import dev.visco.model.VmSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code PATCH /api/vms/ID}. What is null stays as it is.
 *
 * @param ttl its time to live from now on, like {@code 2h}, or {@value #NEVER}
 * @param sleepAfter how long nobody has to need it until it is put to sleep, or {@code never}
 * @param archiveAfter how long it has to be asleep until it is archived, or {@code never}
 * @param restart its restart policy
 * @param ttlFrom from when the time to live counts, {@code created} or {@code used}; it begins anew
 *     now
 * @param name another name; an empty text takes its name away
 * @param labels labels that it gets; one whose value is null it loses, and others stay
 * @param ports of its guest that links may lead to, instead of those until now
 * @param vcpus whole vCPUs from its next boot on, as are its memory and disk
 * @param memory like 512m or 2g
 * @param memoryMib the same in MiB
 * @param disk the root disk's size, like 8g; it only grows
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VmChange(
    @Nullable String ttl,
    @Nullable String restart,
    @Nullable String ttlFrom,
    @Nullable String name,
    @JsonInclude(value = JsonInclude.Include.NON_NULL, content = JsonInclude.Include.ALWAYS)
        @JsonSetter(contentNulls = Nulls.SET)
        @Nullable Map<String, @Nullable String> labels,
    @Nullable List<Integer> ports,
    @Nullable Integer vcpus,
    @Nullable String memory,
    @Nullable Integer memoryMib,
    @Nullable String disk,
    @Nullable String sleepAfter,
    @Nullable String archiveAfter) {
  /** For a VM that nobody but its users destroys. */
  public static final String NEVER = "none";

  /** Without a change of what the VM is called. */
  public static VmChange ofLife(
      @Nullable String ttl, @Nullable String restart, @Nullable String ttlFrom) {
    return new VmChange(
        ttl, restart, ttlFrom, null, null, null, null, null, null, null, null, null);
  }

  /** Without a change of its life. */
  public static VmChange ofMetadata(
      @Nullable String name, @Nullable Map<String, @Nullable String> labels) {
    return new VmChange(null, null, null, name, labels, null, null, null, null, null, null, null);
  }

  /** Of the ports that links may lead to alone. */
  public static VmChange ofPorts(List<Integer> ports) {
    return new VmChange(null, null, null, null, null, ports, null, null, null, null, null, null);
  }

  /** Of a VM's size alone. */
  public static VmChange ofSize(
      @Nullable Integer vcpus, @Nullable String memory, @Nullable String disk) {
    return new VmChange(null, null, null, null, null, null, vcpus, memory, null, disk, null, null);
  }

  /** Of when a VM is put to sleep alone. */
  public static VmChange ofSleep(String after) {
    return new VmChange(null, null, null, null, null, null, null, null, null, null, after, null);
  }

  /** Of when a sleeping VM is archived alone. */
  public static VmChange ofArchive(String after) {
    return new VmChange(null, null, null, null, null, null, null, null, null, null, null, after);
  }

  /** Refuses a change of nothing. */
  public void requireAny() {
    boolean isLife =
        ttl != null
            || restart != null
            || ttlFrom != null
            || sleepAfter != null
            || archiveAfter != null;
    if (!isLife && name == null && labels == null && ports == null && !hasSize()) {
      throw Refused.invalid(
          "body",
          "{}",
          "changes nothing",
          "Give name, labels, ports, ttl, ttlFrom, restart, sleepAfter, archiveAfter, vcpus, memory"
              + " or disk.");
    }
  }

  /** Whether the VM gets another size at its next boot. */
  public boolean hasSize() {
    return vcpus != null || memory != null || memoryMib != null || disk != null;
  }

  /** The same machine with this size at its next boot; refused when its disk would shrink. */
  public MachineShape of(MachineShape machine) {
    if (!hasSize()) {
      return machine;
    }
    MachineSize planned = machine.next() == null ? machine.size() : machine.next();
    Integer diskMib = disk == null ? planned.diskMib() : Integer.valueOf(MachineShape.disk(disk));
    Integer now = machine.diskMib();
    if (disk != null && diskMib != null && now != null && diskMib < now) {
      throw smaller(disk, now);
    }
    return machine.withNext(
        new MachineSize(
            vcpus == null ? planned.vcpus() : vcpus,
            CreateRequest.memoryMib(memory, memoryMib, planned.memoryMib()),
            diskMib));
  }

  /** Of a disk that would shrink. */
  public static Refused smaller(String disk, long nowMib) {
    return Refused.invalid(
        "disk",
        disk,
        "is less than the disk has (" + Sizes.text(nowMib) + "), and disks only grow",
        "Give " + Sizes.text(nowMib) + " or more.");
  }

  /** The same life with these changes. */
  public Life of(Life life) {
    Duration timeToLive = ttl == null ? life.timeToLive() : timeToLive(ttl);
    return new Life(
        timeToLive,
        life.deadline(),
        restart == null ? life.restart() : RestartPolicy.of("restart", restart),
        ttlFrom == null ? life.from() : from(ttlFrom, timeToLive),
        sleepAfter == null ? life.sleepAfter() : Life.sleepAfter("sleepAfter", sleepAfter),
        archiveAfter == null
            ? life.archiveAfter()
            : Life.archiveAfter("archiveAfter", archiveAfter));
  }

  /** The same name and labels with these changes. */
  public VmMetadata of(VmMetadata metadata) {
    VmName wanted = name == null ? metadata.name() : name.isEmpty() ? null : new VmName(name);
    return new VmMetadata(
        wanted, labels == null ? metadata.labels() : metadata.labels().with(labels));
  }

  /** The specification with these changes. */
  public VmSpec of(VmSpec spec) {
    VmSpec changed = spec.with(of(spec.life())).with(of(spec.machine()));
    return ports == null ? changed : changed.withPorts(GuestPorts.checked("ports", ports));
  }

  /** Whether the VM gets another end. */
  public boolean hasEnd() {
    return ttl != null || ttlFrom != null;
  }

  /** From when a time to live counts; refused when there is none. */
  static TtlFrom from(String text, @Nullable Duration timeToLive) {
    TtlFrom from = TtlFrom.of("ttlFrom", text);
    if (timeToLive == null) {
      throw Refused.invalid(
          "ttlFrom", text, "has no time to live to count", "Give ttl too, or leave it out.");
    }
    return from;
  }

  private static @Nullable Duration timeToLive(String text) {
    return text.equals(NEVER) ? null : Durations.of("ttl", text);
  }
}
