package dev.visco.store;

import org.jspecify.annotations.Nullable;

/**
 * An event that is about to be recorded.
 *
 * @param vm the VM that it is about, null for none
 * @param owner the user who may see it, null for operators only
 * @param subject the name of the volume, snapshot, image, user, token, release or webhook that it
 *     is about, null for none
 * @param reason why it happened, null when that goes without saying
 * @param text what happened, a sentence for people
 */
public record NewEvent(
    EventKind kind,
    @Nullable String vm,
    @Nullable String owner,
    @Nullable String subject,
    @Nullable String reason,
    String text) {
  /** One for operators, about the host. */
  public static NewEvent of(EventKind kind, String text) {
    return new NewEvent(kind, null, null, null, null, text);
  }

  /** The same about a VM. */
  public NewEvent vm(@Nullable String id) {
    return new NewEvent(kind, id, owner, subject, reason, text);
  }

  /** The same, and this user may see it. */
  public NewEvent owner(@Nullable String user) {
    return new NewEvent(kind, vm, user, subject, reason, text);
  }

  /** The same about something of this name. */
  public NewEvent subject(String name) {
    return new NewEvent(kind, vm, owner, name, reason, text);
  }

  /** The same with a reason. */
  public NewEvent because(@Nullable String why) {
    return new NewEvent(kind, vm, owner, subject, why, text);
  }
}
