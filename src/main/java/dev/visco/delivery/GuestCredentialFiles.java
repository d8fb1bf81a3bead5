package dev.visco.delivery;

import dev.visco.lifecycle.UsualProgram;
import dev.visco.model.GuestText;
import dev.visco.provider.CredentialContent;
import dev.visco.provider.Provider;
import dev.visco.provider.ProviderCredential.CredentialFile;
import dev.visco.provider.SeedFile;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestOutput;
import dev.visco.session.GuestShell;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The files of a provider's credential in one guest, in the home of whom its tools run as, and as
 * theirs. Contents go by standard input and output alone.
 */
final class GuestCredentialFiles {
  /** A larger file is nobody's credential: the vault takes no more. */
  static final int MAX_BYTES = 64 << 10;

  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int NOT_THERE = 3;
  private static final int MAX_STAMP = 1000;

  /**
   * Puts what comes into the place of a file: $1 path below the home, $2 mode, $3 length in bytes,
   * without which a broken connection would be an end. Folders that are missing are made for the
   * owner alone. A crash leaves the earlier file, and a hidden one that the next try replaces.
   */
  private static final String PUT =
      """
      set -eu; umask 077; cd "$HOME"
      folder=$(dirname -- "$1"); name=$(basename -- "$1"); new=$folder/.$name.visco
      mkdir -p -- "$folder"; rm -rf -- "$new"
      cat >"$new"
      if [ "$(wc -c <"$new")" -ne "$3" ]; then rm -f -- "$new"; echo "cut off" >&2; exit 1; fi
      chmod -- "$2" "$new"
      if [ -d "$1" ]; then echo "$1 is a folder" >&2; rm -f -- "$new"; exit 1; fi
      mv -f -- "$new" "$1"
      """;

  /** The same, unless there is one already. */
  private static final String PUT_IF_MISSING =
      "if [ -e \"$HOME/$1\" ]; then cat >/dev/null; exit 0; fi\n" + PUT;

  private static final String READ =
      "cd \"$HOME\" && [ -f \"$1\" ] || exit " + NOT_THERE + "; exec cat -- \"$1\"";

  private static final String REMOVE =
      """
      cd "$HOME" || exit 1
      for path; do rm -f -- "$path" "$(dirname -- "$path")/.$(basename -- "$path").visco" || exit 1; done
      """;

  /** A line for each file that tells whether it was changed: inode, size, times. */
  private static final String STAMP =
      """
      cd "$HOME" || exit 1
      for path; do
        stat -c '%i %s %y %z' -- "$path" 2>/dev/null || ls -lin -- "$path" 2>/dev/null || echo none
      done
      """;

  private final GuestSession session;
  private final UsualProgram usual;

  /**
   * @param usual as whom tools run
   */
  GuestCredentialFiles(GuestSession session, UsualProgram usual) {
    this.session = session;
    this.usual = usual;
  }

  /** Puts files where there are none of that path, as a tool needs them besides its credential. */
  void putMissing(List<SeedFile> files) throws IOException {
    for (SeedFile file : files) {
      put(PUT_IF_MISSING, file.path(), file.mode(), bytes(file.content()));
    }
  }

  /** Puts files that are no secret. */
  void put(List<SeedFile> files) throws IOException {
    for (SeedFile file : files) {
      put(PUT, file.path(), file.mode(), bytes(file.content()));
    }
  }

  /**
   * Puts the files of a credential.
   *
   * @throws IOException when one could not be put, with what the guest says
   */
  void put(Provider provider, CredentialContent content) throws IOException {
    for (CredentialFile file : provider.credential().files()) {
      byte[] bytes = content.files().get(file.path());
      if (bytes != null) {
        put(PUT, file.path(), file.mode(), bytes);
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void put(String script, String path, String mode, byte[] bytes) throws IOException {
    String length = Integer.toString(bytes.length);
    run("putting " + path, bytes, GuestShell.running(script, List.of(inHome(path), mode, length)))
        .ifPresent(GuestOutput::close);
  }

  /**
   * What the guest has of a credential: those files that are there. The caller closes it.
   *
   * @throws IOException when the guest did not answer
   */
  CredentialContent read(Provider provider) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (CredentialFile file : provider.credential().files()) {
      Optional<GuestOutput> found =
          run(
              "reading " + file.path(),
              new byte[0],
              GuestShell.running(READ, List.of(inHome(file.path()))));
      if (found.isPresent()) {
        try (GuestOutput output = found.get()) {
          files.put(file.path(), output.output().clone());
          Arrays.fill(output.output(), (byte) 0);
        }
      }
    }
    return new CredentialContent(files, Map.of());
  }

  /**
   * Removes files of a credential, and what a try to put them has left; those that are not there
   * are no fault.
   *
   * @param paths below {@code ~}
   */
  void remove(List<String> paths) throws IOException {
    if (!paths.isEmpty()) {
      run("removing files", new byte[0], GuestShell.running(REMOVE, below(paths)))
          .ifPresent(GuestOutput::close);
    }
  }

  /**
   * What is another text after each change of these files, as far as the guest tells; it has
   * nothing of their contents.
   *
   * @param paths below {@code ~}
   */
  String stamp(List<String> paths) throws IOException {
    if (paths.isEmpty()) {
      return "";
    }
    // Not by busybox, whose stat knows whole seconds alone.
    var words = new ArrayList<>(List.of("sh", "-c", STAMP, "visco"));
    words.addAll(below(paths));
    Optional<GuestOutput> found = run("looking at files", new byte[0], words);
    try (GuestOutput output = found.orElseThrow(() -> new IOException("no answer"))) {
      String text = new String(output.output(), StandardCharsets.UTF_8).strip();
      return text.length() > MAX_STAMP ? text.substring(0, MAX_STAMP) : text;
    }
  }

  private static List<String> below(List<String> paths) {
    return paths.stream().map(GuestCredentialFiles::inHome).toList();
  }

  /** Empty when what it reads is not there. */
  private Optional<GuestOutput> run(String what, byte[] input, List<String> words)
      throws IOException {
    GuestOutput output =
        session.exec(usual.command(words, Map.of(), null, null), input, DEADLINE, MAX_BYTES);
    if (output.exitCode() == 0) {
      return Optional.of(output);
    }
    try (output) {
      if (output.exitCode() == NOT_THERE) {
        return Optional.empty();
      }
      String said = new String(output.error(), StandardCharsets.UTF_8).strip();
      throw new IOException(
          what
              + " failed with exit code "
              + output.exitCode()
              + (said.isEmpty() ? "" : ": " + GuestText.line(said).value()));
    }
  }

  private static String inHome(String path) {
    return path.startsWith("~/") ? path.substring("~/".length()) : path;
  }
}
