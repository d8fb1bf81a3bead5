package dev.visco.delivery;

import dev.visco.model.VmId;
import java.util.List;

/** What tools in a VM get of its user's credentials with their processes. */
public interface ToolCredentials {
  /** Tools that get nothing. */
  ToolCredentials NONE =
      new ToolCredentials() {
        @Override
        public ToolEnvironment of(VmId vm, String provider) {
          return ToolEnvironment.NONE;
        }

        @Override
        public ToolEnvironment ofCommand(VmId vm, List<String> command) {
          return ToolEnvironment.NONE;
        }
      };

  /**
   * The variables with which a provider's tool is started in a VM; {@link ToolEnvironment#NONE}
   * where the VM has no credential of the provider, or has it in files.
   *
   * @throws dev.visco.model.Refused while the vault is closed
   */
  ToolEnvironment of(VmId vm, String provider);

  /** Those of the provider whose tool a command starts; none for any other command. */
  ToolEnvironment ofCommand(VmId vm, List<String> command);
}
