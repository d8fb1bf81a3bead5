package dev.visco.model;

import java.util.Locale;

/** What is done to a volume's file. */
public enum VolumeState {
  /** A home that has a row and no file: that is made with its first VM. */
  NEW,
  /** Its file is being made. */
  CREATING,
  /** It can be attached, or is. */
  READY,
  /** It is resized, checked or read for an export, and nobody may attach it meanwhile. */
  BUSY,
  /** Its file is about to go. */
  REMOVING;

  /** As rows and the API have it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The state that {@link #word} names. */
  public static VolumeState of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
