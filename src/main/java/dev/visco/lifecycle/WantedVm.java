package dev.visco.lifecycle;

import dev.visco.image.Image;
import dev.visco.model.UserData;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;

/** A VM that may be created, and what is known of it. */
record WantedVm(VmSpec spec, VmMetadata metadata, UserData data, Image image, PlannedBoot boot) {
  /** With another specification. */
  WantedVm with(VmSpec other) {
    return new WantedVm(other, metadata, data, image, boot);
  }
}
