package dev.visco.lifecycle;

/**
 * Credentials of users in their guests. Nothing throws for what is wrong with a credential or a
 * guest: that is recorded, and tried again.
 */
public interface GuestCredentials {
  /** Guests that get none. */
  GuestCredentials NONE =
      new GuestCredentials() {
        @Override
        public void beforeReady(VmWork work) {}

        @Override
        public void beforeEnd(VmWork work) {}

        @Override
        public void beforeRestore(VmWork work) {}
      };

  /**
   * Puts into a guest what it should have, and takes away what it should not have any more; to be
   * called once a session into it is possible, and before its user is told that it is ready. Safe
   * to repeat.
   */
  void beforeReady(VmWork work);

  /**
   * Takes over what tools in a guest have refreshed, within some seconds; to be called before its
   * machine ends or stands still. Nothing for a guest that has none, or cannot be reached.
   */
  void beforeEnd(VmWork work);

  /**
   * The same before the guest's disk is replaced by an earlier one: what it has then is not known.
   * Safe to repeat, also when the earlier disk is in place.
   */
  void beforeRestore(VmWork work);
}
