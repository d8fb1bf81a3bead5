package dev.visco.relay.secret;

import java.util.Optional;

/** The hosts whose requests of one guest get secrets; what it says may change at any time. */
public interface Interception {
  /** No host's. */
  Interception NONE =
      new Interception() {
        @Override
        public boolean isAny() {
          return false;
        }

        @Override
        public Optional<InterceptedHost> host(String name) {
          return Optional.empty();
        }
      };

  /** Whether there is such a host now. */
  boolean isAny();

  /**
   * How it is with a host; empty for one whose requests get none.
   *
   * @param name in lower case
   */
  Optional<InterceptedHost> host(String name);
}
