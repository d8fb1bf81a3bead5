package dev.visco.model;

import java.util.List;

/**
 * The complete specification of a VM: a request with the defaults of its type filled in.
 *
 * @param owner the user that it belongs to; for VMs that no user asked for, a name of Visco's own
 * @param type the name of its VM type
 * @param release the VMM release that runs it, {@value #QEMU} for the host's QEMU
 * @param overruled the preflight rules that objected and were overruled by the caller
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
    List<String> overruled) {
  /** The host's own QEMU, also the release of rows that name none. */
  public static final String QEMU = "qemu";

  public VmSpec {
    overruled = List.copyOf(overruled);
  }

  /** A specification without overruled rules. */
  public VmSpec(
      UserId owner,
      Purpose purpose,
      String type,
      Origin origin,
      MachineShape machine,
      KernelSpec kernel,
      Life life,
      String release) {
    this(owner, purpose, type, origin, machine, kernel, life, release, List.of());
  }

  /** The same for another purpose and owner. */
  public VmSpec with(Purpose otherPurpose, UserId otherOwner) {
    return new VmSpec(
        otherOwner, otherPurpose, type, origin, machine, kernel, life, release, overruled);
  }

  /** The same with another origin. */
  public VmSpec with(Origin other) {
    return new VmSpec(owner, purpose, type, other, machine, kernel, life, release, overruled);
  }

  /** The same with another machine. */
  public VmSpec with(MachineShape other) {
    return new VmSpec(owner, purpose, type, origin, other, kernel, life, release, overruled);
  }

  /** The same with another kernel or other kernel parameters. */
  public VmSpec with(KernelSpec other) {
    return new VmSpec(owner, purpose, type, origin, machine, other, life, release, overruled);
  }

  /** The same with other limits of its life. */
  public VmSpec with(Life other) {
    return new VmSpec(owner, purpose, type, origin, machine, kernel, other, release, overruled);
  }

  /** The same on this VMM release. */
  public VmSpec on(String otherRelease) {
    return new VmSpec(owner, purpose, type, origin, machine, kernel, life, otherRelease, overruled);
  }

  /** The same with these rules overruled. */
  public VmSpec overruling(List<String> rules) {
    return new VmSpec(owner, purpose, type, origin, machine, kernel, life, release, rules);
  }
}
