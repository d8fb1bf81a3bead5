package dev.visco.model;

import java.util.List;

/**
 * The complete specification of a VM: a request with the defaults of its type filled in.
 *
 * @param owner the user that it belongs to; for VMs that no user asked for, a name of Visco's own
 * @param type the name of its VM type
 * @param release the VMM release that runs it, {@value #QEMU} for the host's QEMU
 * @param overruled the preflight rules that objected and were overruled by the caller
 * @param volumes that it has besides its own disk, in the order in which its guest sees them
 */
public record VmSpec(
    UserId owner,
    Purpose purpose,
    String type,
    Origin origin,
    MachineShape machine,
    KernelSpec kernel,
    Life life,
    String release,
    List<String> overruled,
    List<VolumeMount> volumes) {
  /** The host's own QEMU, also the release of rows that name none. */
  public static final String QEMU = "qemu";

  public VmSpec {
    overruled = List.copyOf(overruled);
    // Rows of earlier versions have none.
    volumes = volumes == null ? List.of() : List.copyOf(volumes);
  }

  /** A specification without overruled rules and volumes. */
  public VmSpec(
      UserId owner,
      Purpose purpose,
      String type,
      Origin origin,
      MachineShape machine,
      KernelSpec kernel,
      Life life,
      String release) {
    this(owner, purpose, type, origin, machine, kernel, life, release, List.of(), List.of());
  }

  /** The same for another purpose and owner. */
  public VmSpec with(Purpose otherPurpose, UserId otherOwner) {
    return new VmSpec(
        otherOwner, otherPurpose, type, origin, machine, kernel, life, release, overruled, volumes);
  }

  /** The same with another origin. */
  public VmSpec with(Origin other) {
    return new VmSpec(
        owner, purpose, type, other, machine, kernel, life, release, overruled, volumes);
  }

  /** The same with another machine. */
  public VmSpec with(MachineShape other) {
    return new VmSpec(
        owner, purpose, type, origin, other, kernel, life, release, overruled, volumes);
  }

  /** The same with another kernel or other kernel parameters. */
  public VmSpec with(KernelSpec other) {
    return new VmSpec(
        owner, purpose, type, origin, machine, other, life, release, overruled, volumes);
  }

  /** The same with other limits of its life. */
  public VmSpec with(Life other) {
    return new VmSpec(
        owner, purpose, type, origin, machine, kernel, other, release, overruled, volumes);
  }

  /** The same on this VMM release. */
  public VmSpec on(String otherRelease) {
    return new VmSpec(
        owner, purpose, type, origin, machine, kernel, life, otherRelease, overruled, volumes);
  }

  /** The same with these rules overruled. */
  public VmSpec overruling(List<String> rules) {
    return new VmSpec(owner, purpose, type, origin, machine, kernel, life, release, rules, volumes);
  }

  /** The same with these volumes instead of its own. */
  public VmSpec with(List<VolumeMount> others) {
    return new VmSpec(
        owner, purpose, type, origin, machine, kernel, life, release, overruled, others);
  }
}
