package dev.visco.lifecycle;

import dev.visco.model.Objection;
import java.util.List;

/** What is known of a VM's boot before there is the VM. */
public interface PlannedBoot {
  /**
   * Everything that is certain to go wrong; empty when nothing is.
   *
   * @throws dev.visco.model.Refused when its kernel's command line would be none
   */
  List<Objection> objections();

  /** MiB that its VMM takes besides the guest's memory. */
  int vmmMib();

  /** MiB that its disks take at once; what its guest writes comes on top. */
  long diskMib();
}
