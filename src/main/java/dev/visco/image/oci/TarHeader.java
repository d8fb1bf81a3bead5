package dev.visco.image.oci;

import dev.visco.model.Refused;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** One block of 512 bytes before a file in a tar archive (POSIX.1-2017, pax, ustar; and GNU's). */
record TarHeader(byte[] block) {
  static final int BYTES = 512;
  private static final int SUM = 148;

  boolean isEnd() {
    for (byte one : block) {
      if (one != 0) {
        return false;
      }
    }
    return true;
  }

  /** Refuses a block whose sum is wrong: what it is in is no tar archive, or damaged. */
  void check() {
    long unsigned = 0;
    long signed = 0;
    for (int at = 0; at < BYTES; at++) {
      byte one = at >= SUM && at < SUM + 8 ? (byte) ' ' : block[at];
      unsigned += one & 0xff;
      signed += one;
    }
    long said = number(SUM, 8, "sum");
    if (said != unsigned && said != signed) {
      throw OciRefusal.layer("header", "has a wrong sum: the layer is damaged or no tar archive");
    }
  }

  char type() {
    char type = (char) (block[156] & 0xff);
    return type == 0 || type == '7' ? TarEntry.FILE : type;
  }

  /** The name, with ustar's prefix. */
  String name() {
    String name = text(0, 100);
    // GNU's archives, whose magic ends with a blank, have other things at the prefix's place.
    boolean isPosix = block[257] == 'u' && block[262] == 0;
    String prefix = isPosix ? text(345, 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  String link() {
    return text(157, 100);
  }

  int mode() {
    return (int) (number(100, 8, "mode") & 07777);
  }

  long uid() {
    return number(108, 8, "uid");
  }

  long gid() {
    return number(116, 8, "gid");
  }

  long size() {
    return number(124, 12, "size");
  }

  long seconds() {
    return number(136, 12, "time");
  }

  int major() {
    return device(329);
  }

  int minor() {
    return device(337);
  }

  private int device(int at) {
    long number = number(at, 8, "device");
    if (number < 0 || number > 0xfffff) {
      throw OciRefusal.layer(name(), "has the device number " + number + ", which Linux has not");
    }
    return (int) number;
  }

  private String text(int at, int length) {
    int end = at;
    while (end < at + length && block[end] != 0) {
      end++;
    }
    return utf8(block, at, end - at);
  }

  /** Text that must be UTF-8, as all tools for container images write it. */
  static String utf8(byte[] bytes, int at, int length) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length)) + "";
    } catch (CharacterCodingException e) {
      throw OciRefusal.of(
          new String(bytes, at, length, StandardCharsets.UTF_8),
          "is a name that is not UTF-8",
          "Rename the file, and build the image anew.");
    }
  }

  /** An octal number, or GNU's binary one, whose first bit is set. */
  private long number(int at, int length, String what) {
    if ((block[at] & 0x80) != 0) {
      return binary(at, length, what);
    }
    int from = at;
    while (from < at + length && block[from] == ' ') {
      from++;
    }
    long value = 0;
    for (; from < at + length && block[from] != 0 && block[from] != ' '; from++) {
      int digit = block[from] - '0';
      if (digit < 0 || digit > 7) {
        throw notNumber(what);
      }
      value = value << 3 | digit;
    }
    return value;
  }

  private long binary(int at, int length, String what) {
    boolean isNegative = (block[at] & 0x40) != 0;
    long value = isNegative ? -1 : block[at] & 0x3f;
    for (int next = at + 1; next < at + length; next++) {
      if (length - (next - at) > 7 && (value != 0 && value != -1)) {
        throw notNumber(what);
      }
      value = value << 8 | block[next] & 0xff;
    }
    return value;
  }

  private static Refused notNumber(String what) {
    return OciRefusal.layer("header", "has no number as its " + what + ": the layer is damaged");
  }
}
