package dev.visco.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The complete specification of a VM: a request with the defaults of its type filled in.
 *
 * @param owner the user that it belongs to; for VMs that no user asked for, a name of Visco's own
 * @param type the name of its VM type
 * @param release the VMM release that runs it, {@value #QEMU} for the host's QEMU
 * @param overruled the preflight rules that objected and were overruled by the caller
 * @param volumes that it has besides its own disk, in the order in which its guest sees them
 * @param ports of its guest that links may lead to, in ascending order, each once
 * @param egress how its traffic leaves; null for its owner's policy
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
    List<VolumeMount> volumes,
    List<Integer> ports,
    @Nullable EgressPolicy egress) {
  /** The host's own QEMU, also the release of rows that name none. */
  public static final String QEMU = "qemu";

  public VmSpec {
    overruled = List.copyOf(overruled);
    // Rows of earlier versions have none.
    volumes = volumes == null ? List.of() : List.copyOf(volumes);
    ports = ports == null ? List.of() : GuestPorts.checked("ports", ports);
  }

  /** A specification without overruled rules, volumes and ports. */
  public VmSpec(
      UserId owner,
      Purpose purpose,
      String type,
      Origin origin,
      MachineShape machine,
      KernelSpec kernel,
      Life life,
      String release) {
    this(
        owner, purpose, type, origin, machine, kernel, life, release, List.of(), List.of(),
        List.of(), null);
  }

  /** The same for another purpose and owner. */
  public VmSpec with(Purpose otherPurpose, UserId otherOwner) {
    return new VmSpec(
        otherOwner,
        otherPurpose,
        type,
        origin,
        machine,
        kernel,
        life,
        release,
        overruled,
        volumes,
        ports,
        egress);
  }

  /** The same with another origin. */
  public VmSpec with(Origin other) {
    return new VmSpec(
        owner, purpose, type, other, machine, kernel, life, release, overruled, volumes, ports,
        egress);
  }

  /** The same with another machine. */
  public VmSpec with(MachineShape other) {
    return new VmSpec(
        owner, purpose, type, origin, other, kernel, life, release, overruled, volumes, ports,
        egress);
  }

  /** The same with another kernel or other kernel parameters. */
  public VmSpec with(KernelSpec other) {
    return new VmSpec(
        owner, purpose, type, origin, machine, other, life, release, overruled, volumes, ports,
        egress);
  }

  /** The same with other limits of its life. */
  public VmSpec with(Life other) {
    return new VmSpec(
        owner, purpose, type, origin, machine, kernel, other, release, overruled, volumes, ports,
        egress);
  }

  /** The same on this VMM release. */
  public VmSpec on(String otherRelease) {
    return new VmSpec(
        owner,
        purpose,
        type,
        origin,
        machine,
        kernel,
        life,
        otherRelease,
        overruled,
        volumes,
        ports,
        egress);
  }

  /** The same with these rules overruled. */
  public VmSpec overruling(List<String> rules) {
    return new VmSpec(
        owner, purpose, type, origin, machine, kernel, life, release, rules, volumes, ports,
        egress);
  }

  /** The same with these volumes instead of its own. */
  public VmSpec with(List<VolumeMount> others) {
    return new VmSpec(
        owner, purpose, type, origin, machine, kernel, life, release, overruled, others, ports,
        egress);
  }

  /** The same with these ports open for links. */
  public VmSpec withPorts(List<Integer> others) {
    return new VmSpec(
        owner, purpose, type, origin, machine, kernel, life, release, overruled, volumes, others,
        egress);
  }

  /** The same whose traffic leaves so; null for its owner's policy. */
  public VmSpec withEgress(@Nullable EgressPolicy other) {
    return new VmSpec(
        owner, purpose, type, origin, machine, kernel, life, release, overruled, volumes, ports,
        other);
  }
}
