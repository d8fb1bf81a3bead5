package dev.visco.store;

import dev.visco.model.VmId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a user's credential of a provider stands in one of their VMs.
 *
 * @param secret the id of the credential that the VM has, or should have
 * @param version that of its value which is in the VM; 0 for none, or an unknown one
 * @param coming the version that gets what the VM's tool has made of it; null for none
 * @param form in which it is there
 * @param reason why it is in its state, for people; null when there is nothing to tell
 * @param isPinned whether its user chose this VM for it
 * @param paths its files below the home in the guest, of earlier values too
 * @param stamp what the guest says of when its files were changed; null when not known
 * @param tries that failed in a row
 * @param due when it is looked after again, milliseconds after the epoch
 * @param changed when its state was another one last, likewise
 */
public record VmCredentialRow(
    VmId vm,
    String provider,
    String owner,
    String secret,
    long version,
    @Nullable Long coming,
    VmCredentialState state,
    CredentialForm form,
    @Nullable String reason,
    boolean isPinned,
    List<String> paths,
    @Nullable String stamp,
    int tries,
    long due,
    long changed) {
  public VmCredentialRow {
    paths = List.copyOf(paths);
  }

  /** What is done with a credential in one VM. */
  public enum VmCredentialState {
    /** It is to be put there. */
    WAITING,
    /** It is being put there: nobody knows what of it is there. */
    WRITING,
    /** It is there. */
    DELIVERED,
    /** It is not put there. */
    REFUSED,
    /** It is there, and to be taken away. */
    REMOVING;

    /** Whether something of it may be in the VM. */
    public boolean mayBeThere() {
      return this == WRITING || this == DELIVERED || this == REMOVING;
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** In which form a VM has a credential. */
  public enum CredentialForm {
    /** Files. */
    FILE,
    /** A variable of the tool's process, and nothing in the VM. */
    VARIABLE,
    /** What a proxy replaces by the secret. */
    PLACEHOLDER;

    /** Its name in rows and answers. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A new one, of which nothing is in the VM. */
  public static VmCredentialRow waiting(
      VmId vm, SecretRow secret, boolean isPinned, @Nullable String reason, long now) {
    return new VmCredentialRow(
        vm,
        secret.name().provider(),
        secret.name().owner(),
        secret.id(),
        0,
        null,
        VmCredentialState.WAITING,
        CredentialForm.FILE,
        reason,
        isPinned,
        List.of(),
        null,
        0,
        now,
        now);
  }

  /**
   * The same in a state, since now if that is another one. What failed before counts on as long as
   * it is still to be put.
   */
  public VmCredentialRow in(VmCredentialState next, @Nullable String why, long now) {
    boolean isStill = next == state || isToPut(next) && isToPut(state);
    return new VmCredentialRow(
        vm,
        provider,
        owner,
        secret,
        version,
        coming,
        next,
        form,
        why,
        isPinned,
        paths,
        stamp,
        isStill ? tries : 0,
        isStill ? due : now,
        next == state ? changed : now);
  }

  private static boolean isToPut(VmCredentialState state) {
    return state == VmCredentialState.WAITING || state == VmCredentialState.WRITING;
  }

  /** The same for a credential, of which this version is in the VM; 0 for an unknown one. */
  public VmCredentialRow of(String newSecret, long newVersion) {
    return new VmCredentialRow(
        vm,
        provider,
        owner,
        newSecret,
        newVersion,
        null,
        state,
        form,
        reason,
        isPinned,
        paths,
        stamp,
        tries,
        due,
        changed);
  }

  /** The same whose content will be this version. */
  public VmCredentialRow coming(@Nullable Long newVersion) {
    return new VmCredentialRow(
        vm,
        provider,
        owner,
        secret,
        version,
        newVersion,
        state,
        form,
        reason,
        isPinned,
        paths,
        stamp,
        tries,
        due,
        changed);
  }

  /** The same with what is in the guest. */
  public VmCredentialRow with(
      CredentialForm newForm, List<String> newPaths, @Nullable String newStamp) {
    return new VmCredentialRow(
        vm, provider, owner, secret, version, coming, state, newForm, reason, isPinned, newPaths,
        newStamp, tries, due, changed);
  }

  /** The same, chosen by its user or not. */
  public VmCredentialRow pinned(boolean isChosen) {
    return new VmCredentialRow(
        vm, provider, owner, secret, version, coming, state, form, reason, isChosen, paths, stamp,
        tries, due, changed);
  }

  /**
   * The same after one more try that failed.
   *
   * @param before how many have failed before
   */
  public VmCredentialRow tried(int before, String why, long next) {
    return new VmCredentialRow(
        vm,
        provider,
        owner,
        secret,
        version,
        coming,
        state,
        form,
        why,
        isPinned,
        paths,
        stamp,
        before + 1,
        next,
        changed);
  }

  /** The same, to be looked after again at that time; nothing has failed. */
  public VmCredentialRow due(long next) {
    return new VmCredentialRow(
        vm, provider, owner, secret, version, coming, state, form, reason, isPinned, paths, stamp,
        0, next, changed);
  }

  static VmCredentialState state(String word) {
    return Arrays.stream(VmCredentialState.values())
        .filter(state -> state.word().equals(word))
        .findFirst()
        .orElseThrow();
  }

  static CredentialForm form(String word) {
    return Arrays.stream(CredentialForm.values())
        .filter(form -> form.word().equals(word))
        .findFirst()
        .orElseThrow();
  }
}
