package dev.visco.model;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The change of a VM to a new root disk of another image, or of the same one, as its row records
 * it: what is being done, or why the last one failed. All else of the VM stays.
 *
 * @param stage how far it is
 * @param name the new image's name
 * @param image the new image's digest
 * @param diskMib size of the new root disk, in MiB
 * @param overruled the preflight rules that objected to the new image and were overruled
 * @param before what the VM returns to when it does not become ready with the new image
 * @param failure why it did not, with its diagnosis; null as long as nothing has failed
 */
public record Rebuild(
    RebuildStage stage,
    String name,
    Digest image,
    int diskMib,
    List<String> overruled,
    BeforeRebuild before,
    @Nullable String failure) {
  public Rebuild {
    overruled = List.copyOf(overruled);
  }

  /** How far a rebuild is. */
  public enum RebuildStage {
    /** The guest is asked to shut down; nothing has changed yet. */
    STOPPING,
    /** The old disk is put aside, and the VM boots from a new one. */
    BOOTING,
    /** Every criterion was met; the old disk is removed. */
    VERIFIED,
    /** It failed; the old disk is put back. */
    UNDOING,
    /** It failed, and the VM is as it was before. */
    FAILED;

    /** The word in rows and answers. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The stage of this word; an {@link IllegalArgumentException} for any other. */
    public static RebuildStage of(String word) {
      return Arrays.stream(values())
          .filter(stage -> stage.word().equals(word))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("no stage of a rebuild: " + word));
    }
  }

  /**
   * What a VM was before.
   *
   * @param image its image's digest
   * @param diskMib size of its root disk; null for that of its image
   * @param overruled the preflight rules that its create overruled
   * @param state ready, paused, stopped or failed
   */
  public record BeforeRebuild(
      Digest image,
      Origin origin,
      @Nullable Integer diskMib,
      List<String> overruled,
      VmState state) {
    public BeforeRebuild {
      overruled = List.copyOf(overruled);
    }
  }

  /** The same at another stage. */
  public Rebuild at(RebuildStage other) {
    return new Rebuild(other, name, image, diskMib, overruled, before, failure);
  }

  /** The same of a VM that is in this state now. */
  public Rebuild from(VmState state) {
    var now =
        new BeforeRebuild(
            before.image(), before.origin(), before.diskMib(), before.overruled(), state);
    return new Rebuild(stage, name, image, diskMib, overruled, now, failure);
  }

  /** The same, to be undone for this reason. */
  public Rebuild undoing(String why) {
    return new Rebuild(RebuildStage.UNDOING, name, image, diskMib, overruled, before, why);
  }

  /** Whether it is neither done nor undone. */
  public boolean underWay() {
    return stage != RebuildStage.FAILED;
  }

  /** The images that it needs until it is done or undone. */
  public Set<Digest> images() {
    return !underWay()
        ? Set.of()
        : image.equals(before.image()) ? Set.of(image) : Set.of(image, before.image());
  }
}
