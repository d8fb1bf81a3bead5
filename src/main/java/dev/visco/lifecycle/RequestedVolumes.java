package dev.visco.lifecycle;

import dev.visco.model.HomeVolume;
import dev.visco.model.MountPath;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.VmType;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeName;
import dev.visco.model.VolumeState;
import dev.visco.store.VolumeRow;
import dev.visco.store.VolumeRows;
import dev.visco.wire.CreateRequest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The volumes that a create asks for, and the home that its type gives: the volume {@code
 * home-TYPE} of the VM's owner, whoever made it. Where there is none yet its row is made, and its
 * file with the VM's disk.
 */
public final class RequestedVolumes {
  private final VolumeRows rows;
  private final VolumeLimits limits;
  private final InstantSource clock;
  private final RandomGenerator random;

  public RequestedVolumes(
      VolumeRows rows, VolumeLimits limits, InstantSource clock, RandomGenerator random) {
    this.rows = rows;
    this.limits = limits;
    this.clock = clock;
    this.random = random;
  }

  /**
   * What it comes to. Nobody has them yet: that is decided when the VM is recorded.
   *
   * @throws Refused when a volume does not exist
   */
  List<VolumeMount> of(CreateRequest request, VmType type) {
    UserId owner = request.owner();
    var mounts = new ArrayList<VolumeMount>();
    for (CreateRequest.VolumeRequest asked : request.volumeList()) {
      VolumeRow row =
          rows.find(owner.value(), asked.volume().value())
              .orElseThrow(() -> VolumeRows.notFound(asked.volume().value()));
      mounts.add(mount(row, asked.mountPath(), asked.isReadOnly(), false));
    }
    HomeVolume home = type.home();
    if (home != null && request.wantsHome() && !isGiven(mounts, type, home)) {
      mounts.add(mount(home(owner, type, home), home.path(), false, true));
    }
    return mounts;
  }

  /** Whoever names the home, or mounts another volume in its place, has decided. */
  private static boolean isGiven(List<VolumeMount> mounts, VmType type, HomeVolume home) {
    return mounts.stream()
        .anyMatch(one ->
            one.name().equals(VolumeName.home(type.name())) || one.path().equals(home.path()));
  }

  private static VolumeMount mount(VolumeRow row, MountPath path, boolean readOnly, boolean home) {
    return new VolumeMount(row.id(), new VolumeName(row.name()), path, readOnly, home);
  }

  private VolumeRow home(UserId owner, VmType type, HomeVolume home) {
    String name = VolumeName.home(type.name()).value();
    return rows.find(owner.value(), name)
        .orElseGet(() -> {
          var row =
              new VolumeRow(
                  VolumeId.random(random),
                  owner.value(),
                  name,
                  home.bytes(),
                  VolumeState.NEW,
                  null,
                  clock.millis());
          rows.insert(row, limits.admission(owner.value(), home.bytes()));
          return row;
        });
  }

  /** Forgets the homes that were begun for a VM that was not recorded. */
  void forget(List<VolumeMount> mounts) {
    mounts.stream().filter(VolumeMount::home).forEach(home -> rows.removeUnused(home.volume()));
  }
}
