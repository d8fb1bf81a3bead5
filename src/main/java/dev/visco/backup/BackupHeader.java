package dev.visco.backup;

import dev.visco.archive.ArchiveKind;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The first file of a backup: what is in it, for people and for a restore.
 *
 * @param format of the archive, {@value #FORMAT} now
 * @param program the version that wrote it
 * @param schema of the store in it
 * @param created when it was begun
 * @param installation the data folder's id, four hexadecimal digits
 * @param data the data folder that it was taken from
 * @param vms those whose disks are in it; the rows of all others are in the store
 * @param volumes those whose files are in it
 * @param bytes that a restore writes, holes left out
 */
public record BackupHeader(
    int format,
    String program,
    int schema,
    Instant created,
    String installation,
    String data,
    List<BackupItem> vms,
    List<BackupItem> volumes,
    long bytes) {
  static final int FORMAT = 1;

  /** What a backup is as an archive. */
  static final ArchiveKind<BackupHeader> KIND =
      new ArchiveKind<>(
          "backup",
          "backup.json",
          BackupHeader.class,
          Pattern.compile(
              "(data|configuration)(/(?!\\.{1,2}(?:/|$))[^/\\p{Cntrl}\\\\]{1,255}){1,16}/?"));

  /**
   * A VM or a volume.
   *
   * @param name the VM's id, or the volume's name
   * @param user whose it is
   */
  public record BackupItem(String name, String user) {}

  public BackupHeader {
    vms = List.copyOf(vms);
    volumes = List.copyOf(volumes);
  }
}
