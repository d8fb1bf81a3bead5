package dev.visco.model;

import java.util.List;

/**
 * What one VM shall be, complete: a request with the defaults of its type filled in.
 *
 * @param owner whose it is; for what no user asked for, whoever of Visco did
 * @param type the name of its VM type
 * @param release the VMM release that runs it, {@value #QEMU} for the host's QEMU
 * @param overruled rules of the preflight that objected and that the caller overruled
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
  /** The release of every row that names none: the host's own QEMU. */
  public static final String QEMU = "qemu";

  public VmSpec {
    overruled = List.copyOf(overruled);
  }

  /** One that nobody objects to. */
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

  /** The same for this purpose, and whose it is then. */
  public VmSpec with(Purpose otherPurpose, UserId otherOwner) {
    return new VmSpec(
        otherOwner, otherPurpose, type, origin, machine, kernel, life, release, overruled);
  }

  /** The same from another origin. */
  public VmSpec with(Origin other) {
    return new VmSpec(owner, purpose, type, other, machine, kernel, life, release, overruled);
  }

  /** The same in another machine. */
  public VmSpec with(MachineShape other) {
    return new VmSpec(owner, purpose, type, origin, other, kernel, life, release, overruled);
  }

  /** The same with another kernel, or one that is told other things. */
  public VmSpec with(KernelSpec other) {
    return new VmSpec(owner, purpose, type, origin, machine, other, life, release, overruled);
  }

  /** The same with other bounds of its life. */
  public VmSpec with(Life other) {
    return new VmSpec(owner, purpose, type, origin, machine, kernel, other, release, overruled);
  }

  /** The same, run by this VMM release. */
  public VmSpec on(String otherRelease) {
    return new VmSpec(owner, purpose, type, origin, machine, kernel, life, otherRelease, overruled);
  }

  /** The same, with what the caller overruled. */
  public VmSpec overruling(List<String> rules) {
    return new VmSpec(owner, purpose, type, origin, machine, kernel, life, release, rules);
  }
}
