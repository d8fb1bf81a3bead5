package dev.visco.image.oci;

import java.util.Map;

/**
 * The header of a file in a layer.
 *
 * @param name as it stands there, UTF-8
 * @param type its typeflag: {@code 0} file, {@code 1} hard link, {@code 2} symbolic link, {@code 3}
 *     character device, {@code 4} block device, {@code 5} folder, {@code 6} FIFO
 * @param link the target of a link, else empty
 * @param mode its permissions with setuid, setgid and sticky bit, {@code 07777} at most
 * @param seconds its time since 1970
 * @param size of its contents in bytes; 0 for all that has none
 * @param attributes its extended attributes by name
 */
record TarEntry(
    String name,
    char type,
    String link,
    int mode,
    int uid,
    int gid,
    long seconds,
    long size,
    int major,
    int minor,
    Map<String, byte[]> attributes) {
  static final char FILE = '0';
  static final char HARD_LINK = '1';
  static final char LINK = '2';
  static final char CHARACTER = '3';
  static final char BLOCK = '4';
  static final char FOLDER = '5';
  static final char FIFO = '6';
}
