package dev.visco.session;

import java.io.IOException;

/** A guest could not do what was asked with a file. */
public final class GuestFileFault extends IOException {
  private static final long serialVersionUID = 1;

  /** Why. */
  public enum FileFault {
    NOT_FOUND("There is no such file."),
    NOT_A_FOLDER("A part of the path, or what is asked for, is no folder."),
    IS_A_FOLDER("It is a folder."),
    EXISTS("It is there already."),
    NOT_EMPTY("The folder is not empty."),
    FULL("The guest's disk is full."),
    DENIED("The guest does not allow it: its file system may be read-only."),
    BAD_NAME("The guest gives a name or path that no file of Linux can have."),
    NO_SFTP("The guest's sshd offers no SFTP (Subsystem sftp in sshd_config)."),
    OTHER("The guest says no more than that it failed.");

    private final String words;

    FileFault(String words) {
      this.words = words;
    }
  }

  private final FileFault why;
  private final String path;

  public GuestFileFault(FileFault why, String path, Throwable cause) {
    super(path + ": " + why.words, cause);
    this.why = why;
    this.path = path;
  }

  public FileFault why() {
    return why;
  }

  public String path() {
    return path;
  }

  /** The reason as a sentence. */
  public String words() {
    return why.words;
  }
}
