package dev.visco.lifecycle;

import dev.visco.model.UserData;
import dev.visco.model.VmId;
import dev.visco.store.VmRows;
import dev.visco.wire.Json;
import java.util.function.Function;

/** What VMs were created with for their guests. */
public final class StoredUserData implements Function<VmId, UserData> {
  private final VmRows rows;

  public StoredUserData(VmRows rows) {
    this.rows = rows;
  }

  /** A VM's; none for one that was created without any. */
  @Override
  public UserData apply(VmId vm) {
    return rows.userData()
        .find(vm)
        .map(text -> Json.read(text, UserData.class))
        .orElse(UserData.NONE);
  }
}
