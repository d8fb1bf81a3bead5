package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Durations;
import dev.visco.model.GuestPorts;
import dev.visco.model.KernelSpec;
import dev.visco.model.Labels;
import dev.visco.model.Life;
import dev.visco.model.MachineShape;
import dev.visco.model.MountPath;
import dev.visco.model.Origin;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.Transport;
import dev.visco.model.UserData;
import dev.visco.model.UserDataFile;
import dev.visco.model.UserId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmName;
import dev.visco.model.VmType;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/vms/create}. Null fields take the VM type's defaults. Its methods
 * refuse fields with invalid values.
 *
 * @param restart its restart policy, {@code no}, {@code on-failure} or {@code always}
 * @param force whether to boot although the preflight objects
 * @param volumes that it shall have besides its disk
 * @param home whether it has the home that its type gives, where it gives one; true when left out
 * @param disk the root disk's size, like 8g
 * @param memory the same as {@code memoryMib} with a unit, like 2g
 * @param env variables of its guest's services and sessions
 * @param files put in place in its guest before its services start
 * @param name unique among its owner's VMs
 * @param ttlFrom from when {@code ttl} counts, {@code created} or {@code used}
 * @param ports of its guest that links may lead to, besides those of its type
 * @param sleepAfter how long nobody has to need it until it is put to sleep, like 15m, or {@code
 *     never}
 * @param archiveAfter how long it has to be asleep until it is archived, like 7d, or {@code never}
 * @param egress how its traffic leaves, for operators; its owner's policy when left out
 * @param from a snapshot of its owner's that it goes on from, as a VM of its own; what the snapshot
 *     decides (type, image, size, disk, transport, kernel parameters) is left out then
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CreateRequest(
    @Nullable String userId,
    @Nullable String vmType,
    @Nullable String image,
    @Nullable String transport,
    @Nullable Integer vcpus,
    @Nullable Integer memoryMib,
    @Nullable List<String> bootArgs,
    @Nullable String ttl,
    @Nullable Boolean force,
    @Nullable List<VolumeRequest> volumes,
    @Nullable Boolean home,
    @Nullable String disk,
    @Nullable String restart,
    @Nullable String ttlFrom,
    @Nullable String name,
    @Nullable Map<String, String> labels,
    @Nullable String memory,
    @Nullable Map<String, String> env,
    @Nullable List<FileRequest> files,
    @Nullable List<Integer> ports,
    @Nullable EgressRequest egress,
    @Nullable String sleepAfter,
    @Nullable String archiveAfter,
    @Nullable String from) {
  /**
   * A volume of the same user's.
   *
   * @param path where its guest mounts it
   * @param readOnly whether the guest can write to it; left out for yes
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record VolumeRequest(
      @Nullable String name, @Nullable String path, @Nullable Boolean readOnly) {
    public VolumeName volume() {
      return new VolumeName(Required.text("volumes.name", name));
    }

    public MountPath mountPath() {
      return new MountPath(Required.text("volumes.path", path));
    }

    public boolean isReadOnly() {
      return Boolean.TRUE.equals(readOnly);
    }
  }

  /**
   * A file of the guest.
   *
   * @param path absolute
   * @param content its text; what is no text is given as {@code base64}
   * @param mode its permissions in octal digits; left out for 0644
   * @param owner a name or number of the guest's, also {@code USER:GROUP}; left out for root
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record FileRequest(
      @Nullable String path,
      @Nullable String content,
      @Nullable String base64,
      @Nullable String mode,
      @Nullable String owner) {
    UserDataFile file() {
      String where = Required.text("files.path", path);
      if ((content == null) == (base64 == null)) {
        throw Refused.invalid(
            "files",
            where,
            content == null ? "has no content" : "has two contents",
            "Give content or base64.");
      }
      return new UserDataFile(
          where,
          base64 == null
              ? Base64.getEncoder().encodeToString((content + "").getBytes(StandardCharsets.UTF_8))
              : base64,
          mode == null ? "0644" : mode,
          owner == null ? "root" : owner);
    }
  }

  /** A request that leaves all to the type's defaults. */
  public static Builder of(@Nullable String userId, @Nullable String vmType) {
    return new Builder(userId, vmType);
  }

  /** The same for this user. */
  public CreateRequest ownedBy(UserId user) {
    return copy(user).build();
  }

  /**
   * The same as one of several that go on from a snapshot.
   *
   * @param number which of them, and the end of its name; 0 for the only one
   */
  public CreateRequest numbered(int number, UserId user, String snapshot) {
    return copy(user)
        .name(name == null || number == 0 ? name : name + "-" + number)
        .from(snapshot)
        .build();
  }

  private Builder copy(UserId user) {
    var same = new Builder(user.value(), vmType);
    same.image = image;
    same.transport = transport;
    same.vcpus = vcpus;
    same.memoryMib = memoryMib;
    same.bootArgs = bootArgs;
    same.ttl = ttl;
    same.ttlFrom = ttlFrom;
    same.force = force;
    same.volumes = volumes;
    same.home = home;
    same.disk = disk;
    same.restart = restart;
    same.name = name;
    same.labels = labels;
    same.memory = memory;
    same.env = env;
    same.files = files;
    same.ports = ports;
    same.egress = egress;
    same.sleepAfter = sleepAfter;
    same.archiveAfter = archiveAfter;
    same.from = from;
    return same;
  }

  /** Fields by name; null leaves one out. */
  public static final class Builder {
    private final @Nullable String userId;
    private final @Nullable String vmType;
    private @Nullable String image;
    private @Nullable String transport;
    private @Nullable Integer vcpus;
    private @Nullable Integer memoryMib;
    private @Nullable List<String> bootArgs;
    private @Nullable String ttl;
    private @Nullable String ttlFrom;
    private @Nullable Boolean force;
    private @Nullable List<VolumeRequest> volumes;
    private @Nullable Boolean home;
    private @Nullable String disk;
    private @Nullable String restart;
    private @Nullable String name;
    private @Nullable Map<String, String> labels;
    private @Nullable String memory;
    private @Nullable Map<String, String> env;
    private @Nullable List<FileRequest> files;
    private @Nullable List<Integer> ports;
    private @Nullable EgressRequest egress;
    private @Nullable String sleepAfter;
    private @Nullable String archiveAfter;
    private @Nullable String from;

    private Builder(@Nullable String userId, @Nullable String vmType) {
      this.userId = userId;
      this.vmType = vmType;
    }

    public Builder image(@Nullable String name) {
      image = name;
      return this;
    }

    public Builder transport(@Nullable String word) {
      transport = word;
      return this;
    }

    /** Processors, and memory in MiB. */
    public Builder size(@Nullable Integer processors, @Nullable Integer memory) {
      vcpus = processors;
      memoryMib = memory;
      return this;
    }

    public Builder bootArgs(@Nullable List<String> arguments) {
      bootArgs = arguments;
      return this;
    }

    /**
     * @param from from when it counts
     */
    public Builder ttl(@Nullable String time, @Nullable String from) {
      ttl = time;
      ttlFrom = from;
      return this;
    }

    public Builder force(@Nullable Boolean asked) {
      force = asked;
      return this;
    }

    public Builder volumes(@Nullable List<VolumeRequest> mounts) {
      volumes = mounts;
      return this;
    }

    public Builder home(@Nullable Boolean wanted) {
      home = wanted;
      return this;
    }

    public Builder disk(@Nullable String size) {
      disk = size;
      return this;
    }

    public Builder restart(@Nullable String policy) {
      restart = policy;
      return this;
    }

    public Builder name(@Nullable String text) {
      name = text;
      return this;
    }

    public Builder labels(@Nullable Map<String, String> byKey) {
      labels = byKey;
      return this;
    }

    /** Memory with its unit. */
    public Builder memory(@Nullable String size) {
      memory = size;
      return this;
    }

    public Builder env(@Nullable Map<String, String> variables) {
      env = variables;
      return this;
    }

    public Builder files(@Nullable List<FileRequest> all) {
      files = all;
      return this;
    }

    /** Ports of its guest that links may lead to. */
    public Builder ports(@Nullable List<Integer> open) {
      ports = open;
      return this;
    }

    /** When it is put to sleep. */
    public Builder sleepAfter(@Nullable String time) {
      sleepAfter = time;
      return this;
    }

    /** When it is archived. */
    public Builder archiveAfter(@Nullable String time) {
      archiveAfter = time;
      return this;
    }

    /** How its traffic leaves. */
    public Builder egress(@Nullable EgressRequest policy) {
      egress = policy;
      return this;
    }

    /** The snapshot that it goes on from. */
    public Builder from(@Nullable String snapshot) {
      from = snapshot;
      return this;
    }

    public CreateRequest build() {
      return new CreateRequest(
          userId,
          vmType,
          image,
          transport,
          vcpus,
          memoryMib,
          bootArgs,
          ttl,
          force,
          volumes,
          home,
          disk,
          restart,
          ttlFrom,
          name,
          labels,
          memory,
          env,
          files,
          ports,
          egress,
          sleepAfter,
          archiveAfter,
          from);
    }
  }

  /** The VM's owner. */
  public UserId owner() {
    return new UserId(Required.text("userId", userId));
  }

  /** The name of its type, which need not exist. */
  public String type() {
    return Required.text("vmType", vmType);
  }

  public Origin origin(VmType type) {
    return new Origin.FromImage(Objects.requireNonNullElse(image, type.image()));
  }

  /** Whether it gives both vCPUs and memory. */
  public boolean asksForItsSize() {
    return vcpus != null && (memoryMib != null || memory != null);
  }

  /**
   * The VM's machine.
   *
   * @param size the size for what the request leaves out
   */
  public MachineShape machine(VmType type, VmType.Size size) {
    return new MachineShape(
        transport == null ? type.transport() : Transport.of(transport),
        Objects.requireNonNullElse(vcpus, size.vcpus()),
        memoryMib(memory, memoryMib, size.memoryMib()),
        type.options(),
        disk == null ? type.diskMib() : Integer.valueOf(MachineShape.disk(disk)));
  }

  /** What it is called. */
  public VmMetadata metadata() {
    return new VmMetadata(
        name == null ? null : new VmName(name), labels == null ? Labels.NONE : Labels.of(labels));
  }

  /** Memory in MiB by the one of two fields that is given; refused when both are. */
  static int memoryMib(@Nullable String memory, @Nullable Integer memoryMib, int otherwise) {
    if (memory == null) {
      return Objects.requireNonNullElse(memoryMib, otherwise);
    }
    if (memoryMib != null) {
      throw Refused.invalid("memory", memory, "is given beside memoryMib", "Give one of the two.");
    }
    return MachineShape.memory(memory);
  }

  /** The ports of its guest that links may lead to: those of its type, and those asked for. */
  public List<Integer> ports(VmType type) {
    var all = new ArrayList<@Nullable Integer>(type.ports());
    all.addAll(ports == null ? List.of() : ports);
    return GuestPorts.checked("ports", all);
  }

  /** What its guest gets. */
  public UserData userData() {
    return UserData.of(
        env == null ? Map.of() : env,
        files == null ? List.of() : files.stream().map(FileRequest::file).toList());
  }

  public KernelSpec kernel() {
    return bootArgs == null ? KernelSpec.ORDINARY : new KernelSpec(bootArgs);
  }

  public Life life(VmType type) {
    Duration timeToLive = ttl == null ? null : Durations.of("ttl", ttl);
    return new Life(
        timeToLive,
        type.deadline(),
        restart == null ? type.restart() : RestartPolicy.of("restart", restart),
        ttlFrom == null ? null : VmChange.from(ttlFrom, timeToLive),
        sleepAfter == null ? type.sleepAfter() : Life.sleepAfter("sleepAfter", sleepAfter),
        archiveAfter == null
            ? type.archiveAfter()
            : Life.archiveAfter("archiveAfter", archiveAfter));
  }

  /** Whether it overrules the preflight's objections. */
  public boolean overrules() {
    return Boolean.TRUE.equals(force);
  }

  /** The volumes that were asked for, at most {@link VolumeMount#MAX}, each once. */
  public List<VolumeRequest> volumeList() {
    List<VolumeRequest> asked = volumes == null ? List.of() : volumes;
    if (asked.size() > VolumeMount.MAX) {
      throw Refused.invalid(
          "volumes",
          Integer.toString(asked.size()),
          "are more volumes than one VM has room for",
          "Give at most " + VolumeMount.MAX + ".");
    }
    requireOnce("volumes.name", asked.stream().map(one -> one.volume().value()).toList());
    requireOnce("volumes.path", asked.stream().map(one -> one.mountPath().value()).toList());
    return asked;
  }

  private static void requireOnce(String field, List<String> values) {
    var seen = new HashSet<String>();
    for (String value : values) {
      if (!seen.add(value)) {
        throw Refused.invalid(field, value, "is given more than once", "Give it once.");
      }
    }
  }

  /** Whether it has the home that its type gives. */
  public boolean wantsHome() {
    return !Boolean.FALSE.equals(home);
  }
}
