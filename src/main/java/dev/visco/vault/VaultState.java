package dev.visco.vault;

/** Whether secrets can be read and put. */
public sealed interface VaultState {
  /** Neither was a vault made, nor is there a master key. */
  record Off() implements VaultState {}

  /**
   * No vault was made yet.
   *
   * @param source where its master key would come from, for people
   */
  record Uninitialized(String source) implements VaultState {}

  /**
   * Secrets can be read and put.
   *
   * @param source where its master key comes from, for people
   * @param master the id of the master key
   */
  record Open(String source, String master) implements VaultState {}

  /**
   * There is a vault, and its master key is not there, or is another one.
   *
   * @param reason a sentence for people
   */
  record Closed(String reason) implements VaultState {}

  /** Its name in answers. */
  default String word() {
    return switch (this) {
      case Off _ -> "off";
      case Uninitialized _ -> "uninitialized";
      case Open _ -> "open";
      case Closed _ -> "closed";
    };
  }
}
