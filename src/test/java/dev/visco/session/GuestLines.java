package dev.visco.session;

import java.util.List;

/** What a guest runs, for those who run it on this host instead. */
public final class GuestLines {
  private GuestLines() {}

  /** The program and arguments by which a guest's sshd runs a command. */
  public static List<String> of(GuestCommand command) {
    return List.of("sh", "-c", ShellQuoting.line(command));
  }
}
