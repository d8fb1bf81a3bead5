package dev.visco.model;

/**
 * A volume that a VM has, and where its guest mounts it.
 *
 * @param name what its owner calls it
 * @param readOnly whether the guest can write to it
 * @param home whether the VM's type gave it, and not the caller
 */
public record VolumeMount(
    VolumeId volume, VolumeName name, MountPath path, boolean readOnly, boolean home) {
  /** Volumes that one VM has at most: each is a virtio device more. */
  public static final int MAX = 8;
}
