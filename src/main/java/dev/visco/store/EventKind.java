package dev.visco.store;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Kinds of events. What they are about is the word's beginning: {@code vm-ready} is about a VM. */
public enum EventKind {
  VM_CREATED("a VM was created"),
  VM_READY("all criteria of a VM are met"),
  VM_FAILED("a VM will not become ready, or has ended too often"),
  VM_STARTING("a VM is started, or started again"),
  VM_STOPPING("a VM is to stop"),
  VM_STOPPED("a VM's machine has ended"),
  VM_SUSPENDED("a VM's memory is on the disk, and its machine has ended"),
  VM_ASLEEP("a VM's memory is on the disk until somebody needs the VM"),
  VM_ARCHIVED("a sleeping VM's memory was given up, and its disk is compressed"),
  VM_PAUSED("a VM is paused"),
  VM_RESUMED("a VM goes on after a pause"),
  VM_RESTORING("a VM is restored from a snapshot"),
  VM_REBUILDING("a VM gets a new root disk"),
  VM_UPDATED("what is set for a VM was changed"),
  VM_DESTROYING("a VM is to be destroyed"),
  VM_DESTROYED("a VM and what it had on the host is gone"),

  VOLUME_CREATED("a volume was created"),
  VOLUME_RESIZED("a volume is larger"),
  VOLUME_ATTACHED("a VM has a volume"),
  VOLUME_DETACHED("a VM has given a volume back"),
  VOLUME_REMOVED("a volume was removed"),
  VOLUME_LOST("a volume's file is missing"),

  SNAPSHOT_CREATED("a snapshot is complete"),
  SNAPSHOT_FAILED("a snapshot was not completed"),
  SNAPSHOT_REMOVED("a snapshot was removed"),
  SNAPSHOT_DAMAGED("a snapshot was read whole and found damaged"),

  IMAGE_BUILT("an image was built"),
  IMAGE_IMPORTED("an image was imported"),
  IMAGE_REMOVED("an image was removed"),

  USER_CREATED("a user was added"),
  USER_UPDATED("labels or quota of a user were changed"),
  USER_SUSPENDED("a user was suspended"),
  USER_RESUMED("a user is active again"),
  USER_REMOVED("a user was removed"),

  TOKEN_CREATED("a token was made"),
  TOKEN_REVOKED("a token was revoked"),

  WEBHOOK_CREATED("a webhook was created"),
  WEBHOOK_REMOVED("a webhook was removed"),
  WEBHOOK_ENABLED("a disabled webhook was enabled again"),
  WEBHOOK_DISABLED("a webhook failed for too long, and gets nothing any more"),

  CREDENTIAL_STORED("a user's credential was put into the vault, or replaced there"),
  CREDENTIAL_READ("a user's credential was read"),
  CREDENTIAL_CHANGED("what is known of a user's credential is something else"),
  CREDENTIAL_NEEDS_SIGN_IN("a user has to sign in again: a credential is not accepted any more"),
  CREDENTIAL_REMOVED("a user's credential was removed from the vault"),
  CREDENTIAL_DELIVERED("a user's credential was put into one of their VMs"),
  CREDENTIAL_WITHDRAWN("a user's credential was taken out of one of their VMs"),
  VM_KEYS_STORED("the keys of a VM, or of a snapshot, were put into the vault"),
  VM_KEYS_READ("the keys of a VM, or of a snapshot, were read"),
  VAULT_INITIALIZED("the vault has its first master key"),
  VAULT_ROTATED("the vault has another master key"),
  VAULT_CLOSED("the daemon has started without the vault"),
  VAULT_DAMAGED("a secret in the vault is not as it was encrypted"),

  SIGN_IN_STARTED("a user begins to sign in to a tool"),
  SIGN_IN_WAITING("a tool waits for its user to sign in"),
  SIGN_IN_HANDED_OVER("the desktop of a sign-in is in other hands"),
  SIGN_IN_STORED("a sign-in has become a credential in the vault"),
  SIGN_IN_DELIVERED("a sign-in is complete: the tool works in the user's VMs"),
  SIGN_IN_FAILED("a sign-in came to nothing"),
  SIGN_IN_EXPIRED("a sign-in's time was up"),
  SIGN_IN_CANCELLED("a sign-in was cancelled"),

  RELEASE_ADDED("a VMM release was added"),
  RELEASE_USED("new VMs use another VMM release"),
  RELEASE_REMOVED("a VMM release was removed"),
  CANARY_MET("canaries on a VMM release met all criteria"),
  CANARY_FAILED("canaries on a VMM release failed"),
  ROLLED_BACK("new VMs use the previous VMM release again, by request"),
  ROLLED_BACK_AUTOMATICALLY("new VMs use the previous VMM release again, since creates failed"),
  ROLLBACK_WITHHELD("creates fail, but on the previous VMM release too"),

  SLOT_BROKEN("a network slot could not be made"),
  SLOT_REMADE("a network slot had been changed, and was made anew"),
  DISK_ROOM("the host's disk has little room, or room again"),
  DISK_FULL("a VM was paused since the host's disk is full, or resumed"),
  DISK_ERROR("a VM was paused since the host's disk failed"),
  HOST_REPAIRED("another program had changed Visco's network rules"),
  NAMESERVER_CHANGED("guests' DNS goes to another nameserver"),
  FOLDER_LOST("a folder was found that no row knows"),
  FOLDER_REMOVED("a folder without a row was removed after its retention"),
  CERTIFICATE_CHANGED("the API shows a new certificate"),
  CERTIFICATE_REFUSED("the API's certificate files have changed, and cannot be used"),
  CERTIFICATE_EXPIRES("the API's certificate ends soon"),
  STORE_DAMAGED("the store could not be copied"),
  STORE_MENDED("the store was repaired at the start"),
  STORE_RESTORED("the store was replaced by a copy"),
  RESTORED("the host was restored from a backup"),
  NOTE("an event of an earlier version");

  private final String meaning;

  EventKind(String meaning) {
    this.meaning = meaning;
  }

  /** Its name in rows and answers, like {@code vm-ready}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What has happened, for people. */
  public String meaning() {
    return meaning;
  }

  /** The kind of this word. */
  public static Optional<EventKind> of(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
  }

  /** All kinds about one thing, like {@code vm}; none for a word that is no such thing. */
  public static List<EventKind> about(String thing) {
    return Arrays.stream(values()).filter(kind -> kind.word().startsWith(thing + "-")).toList();
  }
}
