package dev.visco.lifecycle;

import dev.visco.model.Objection;
import java.util.List;

/** What is known about a VM's boot before the VM is created. */
public interface PlannedBoot {
  /**
   * Everything that is certain to keep it from booting; empty when nothing is.
   *
   * @throws dev.visco.model.Refused when its kernel command line is not valid
   */
  List<Objection> objections();

  /**
   * The same for a VM that has booted so already and waits: of the host's packet rules, which take
   * several processes to read, those that were read last may do if that was minutes ago.
   *
   * @throws dev.visco.model.Refused when its kernel command line is not valid
   */
  default List<Objection> objectionsWhileItWaits() {
    return objections();
  }

  /** Memory that its VMM takes besides the guest's, in MiB. */
  int vmmMib();

  /** MiB that its disks take at once; what its guest writes comes on top. */
  long diskMib();
}
