package dev.visco.diagnostics;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Redacts a text: removes what looks like a secret, which is private keys, values of names like
 * {@code password}, credentials in headers and URLs, and tokens of a known form. It passes over the
 * text once and looks ahead a bounded number of characters, so that its time is linear in the
 * text's length, whatever a guest has printed. A text may come in pieces: a secret that begins in
 * one piece is removed in the next ones too.
 */
final class Redaction {
  static final String STRUCK = "(removed)";

  private static final int MAX_NAME = 64;
  private static final int MAX_BLANKS = 8;

  /** Maximum number of characters between {@code Password for} and its colon. */
  private static final int MAX_PROMPT = 64;

  private static final int MAX_USER_INFORMATION = 256;
  private static final int MIN_CREDENTIAL = 8;

  /** A value after {@code =} or {@code :} is a secret if its name contains one of these. */
  private static final List<String> IN_NAMES =
      List.of(
          "password",
          "passwd",
          "passphrase",
          "secret",
          "token",
          "api_key",
          "api-key",
          "apikey",
          "credential",
          "private_key",
          "private-key",
          "privatekey",
          "access_key",
          "access-key",
          "accesskey",
          "signature");

  /** The same for a whole word of the name, as in {@code DB_PASS}. */
  private static final List<String> NAMES = List.of("pass", "pwd", "sig");

  /** HTTP headers of which the whole value is secret. */
  private static final List<String> HEADERS =
      List.of("authorization", "proxy-authorization", "cookie", "set-cookie");

  /** What a prompt may ask for; the answer may contain blanks. */
  private static final List<String> ASKED = List.of("password", "passwd", "passphrase");

  /** Prefixes of known services' secrets, and the minimum number of characters that follow. */
  private enum Form {
    GITHUB(20, "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    GITLAB(16, "glpat-", "glptt-", "gldt-", "glrt-"),
    AWS(16, "AKIA", "ASIA", "AROA", "AIDA", "ABIA", "ACCA"),
    SLACK(10, "xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-", "xapp-"),
    GOOGLE(30, "AIza", "ya29."),
    STRIPE(16, "sk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_"),
    OTHERS(20, "sk-", "npm_", "hf_", "pypi-", "dckr_pat_", "dop_v1_", "SG.", "visco.ticket.");

    private final int minLength;
    private final List<String> prefixes;

    Form(int minLength, String... prefixes) {
      this.minLength = minLength;
      this.prefixes = List.of(prefixes);
    }
  }

  /** Where the secret that is being removed ends. */
  private enum Until {
    NOTHING,
    /** A blank, or a character that ends a value in JSON and lists. */
    WORD_END,
    LINE_END,
    SINGLE_QUOTE,
    DOUBLE_QUOTE,
    /** An escaped quote, within a JSON string. */
    ESCAPED_QUOTE,
    KEY_END
  }

  private Until until = Until.NOTHING;

  private Redaction() {}

  /** A whole text, redacted. */
  static String of(String text) {
    return pieceByPiece().piece(text);
  }

  /** Redacts a text that comes in pieces, in order. */
  static Redaction pieceByPiece() {
    return new Redaction();
  }

  /** The next piece, redacted. */
  String piece(String text) {
    var out = new StringBuilder(text.length() + 64);
    int at = skipStruck(text, 0);
    while (at < text.length()) {
      int next = secret(text, at, out);
      if (next > at) {
        at = skipStruck(text, next);
      } else {
        out.append(text.charAt(at));
        at++;
      }
    }
    return out.toString();
  }

  /**
   * What begins here: when a secret does, all before its value is appended with a word for it, and
   * the place of its value is given; otherwise {@code at}.
   */
  private int secret(String text, int at, StringBuilder out) {
    char first = text.charAt(at);
    if (first == '-' && text.startsWith("-----BEGIN ", at)) {
      return key(text, at, out);
    }
    if (first == ':' && text.startsWith("://", at)) {
      return userInformation(text, at, out);
    }
    boolean isStart = at == 0 || !isWord(text.charAt(at - 1));
    if (isStart && (first == '$' || isWord(first))) {
      int end = Math.max(hash(text, at), Math.max(form(text, at), webToken(text, at)));
      if (end > at) {
        out.append(STRUCK);
        return end;
      }
    }
    return Character.isLetter(first) ? named(text, at, isStart, out) : at;
  }

  private int key(String text, int at, StringBuilder out) {
    int end = Math.min(text.length(), at + MAX_NAME + 32);
    if (!text.substring(at, end).contains("PRIVATE KEY")) {
      return at;
    }
    out.append(STRUCK);
    until = Until.KEY_END;
    return at + "-----BEGIN ".length();
  }

  /** {@code scheme://user:password@host}, or a token in the place of both. */
  private static int userInformation(String text, int at, StringBuilder out) {
    int start = at + 3;
    int colon = -1;
    for (int end = start; end < Math.min(text.length(), start + MAX_USER_INFORMATION); end++) {
      char next = text.charAt(end);
      if (next == '@') {
        out.append(text, at, colon < 0 ? start : colon + 1).append(STRUCK);
        return end;
      }
      if (next == ':' && colon < 0) {
        colon = end;
      }
      if (next <= ' ' || "/?#\"'<>\\".indexOf(next) >= 0) {
        return at;
      }
    }
    return at;
  }

  private static int form(String text, int at) {
    for (Form form : Form.values()) {
      for (String prefix : form.prefixes) {
        if (text.startsWith(prefix, at)) {
          int end = at + prefix.length();
          while (end < text.length() && isToken(text.charAt(end))) {
            end++;
          }
          return end - at - prefix.length() >= form.minLength ? end : at;
        }
      }
    }
    return at;
  }

  /** A JSON web token: three parts, the first of which is JSON's beginning in base 64. */
  private static int webToken(String text, int at) {
    if (!text.startsWith("eyJ", at) || (at > 0 && isToken(text.charAt(at - 1)))) {
      return at;
    }
    int dots = 0;
    int end = at;
    while (end < text.length() && isToken(text.charAt(end))) {
      dots += text.charAt(end) == '.' ? 1 : 0;
      end++;
    }
    return dots >= 2 && end - at >= 20 ? end : at;
  }

  /** What a password is kept as, see crypt(5). */
  private static int hash(String text, int at) {
    int second = text.startsWith("$", at) ? text.indexOf('$', at + 1) : -1;
    if (second < 0 || second - at > 10 || second - at < 2) {
      return at;
    }
    int end = second + 1;
    while (end < text.length()
        && (isToken(text.charAt(end)) || "$/+=,".indexOf(text.charAt(end)) >= 0)) {
      end++;
    }
    return end - second > 20 ? end : at;
  }

  private int named(String text, int at, boolean isStart, StringBuilder out) {
    int scheme = isStart ? scheme(text, at) : at;
    if (scheme > at) {
      out.append(text, at, scheme).append(STRUCK);
      until = Until.WORD_END;
      return scheme;
    }
    String header = isStart ? found(HEADERS, text, at) : null;
    String name = header == null ? found(IN_NAMES, text, at) : header;
    if (name == null) {
      name = found(NAMES, text, at);
      boolean isPart = at > 0 && Character.isLetter(text.charAt(at - 1));
      if (name == null || isPart || isLetter(text, at + name.length())) {
        return at;
      }
    }
    int end = at + name.length();
    while (end < text.length() && end - at < MAX_NAME && isToken(text.charAt(end))) {
      end++;
    }
    return value(text, at, end, header != null, ASKED.contains(name), out);
  }

  /** {@code Bearer} or {@code Basic} before a credential. */
  private static int scheme(String text, int at) {
    String name = found(List.of("bearer ", "basic "), text, at);
    if (name == null) {
      return at;
    }
    int start = at + name.length();
    int end = start;
    while (end < text.length()
        && end - start < MIN_CREDENTIAL
        && (isToken(text.charAt(end)) || "~+/=".indexOf(text.charAt(end)) >= 0)) {
      end++;
    }
    return end - start == MIN_CREDENTIAL ? start : at;
  }

  /** What stands behind a name that ends at {@code end}. */
  private int value(
      String text, int at, int end, boolean isHeader, boolean isAsked, StringBuilder out) {
    int next = end;
    boolean isQuoted = text.startsWith("\"", next) || text.startsWith("'", next);
    next += isQuoted ? 1 : text.startsWith("\\\"", next) ? 2 : 0;
    int separator = blanks(text, next);
    if (isAsked && !isQuoted && text.startsWith("for ", separator) && separator > next) {
      separator = prompted(text, separator);
    }
    boolean isColon = text.startsWith(":", separator);
    if (!isColon && !text.startsWith("=", separator)) {
      return at;
    }
    boolean isArrow = text.startsWith("=>", separator);
    int start = blanks(text, separator + (isArrow ? 2 : 1));
    if (isHeader) {
      start = behindScheme(text, start);
    }
    return struck(text, at, start, isHeader || (isAsked && isColon), isQuoted, out);
  }

  /** {@code Bearer} and the like tell what is missing, and no more. */
  private static int behindScheme(String text, int from) {
    int at = from;
    while (at - from < MAX_NAME && isLetter(text, at)) {
      at++;
    }
    return at > from && text.startsWith(" ", at) ? blanks(text, at) : from;
  }

  /** The colon at the end of a prompt; where none comes, the place where it was looked for last. */
  private static int prompted(String text, int from) {
    int at = from;
    while (at < text.length() && at - from < MAX_PROMPT && ":\n\"\\".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return at;
  }

  private int struck(
      String text, int at, int start, boolean isLine, boolean isDocument, StringBuilder out) {
    if (start >= text.length() || text.charAt(start) == '\n' || isClosing(text, start)) {
      return at;
    }
    int value = start;
    if (text.startsWith("\\\"", start)) {
      until = Until.ESCAPED_QUOTE;
      value += 2;
    } else if (text.charAt(start) == '"') {
      until = Until.DOUBLE_QUOTE;
      value++;
    } else if (isDocument && !isLine(text, start)) {
      return at; // A number, null, a list or an object of JSON.
    } else if (text.charAt(start) == '\'') {
      until = Until.SINGLE_QUOTE;
      value++;
    } else {
      until = isLine && !isDocument ? Until.LINE_END : Until.WORD_END;
    }
    out.append(text, at, value).append(STRUCK);
    return value;
  }

  /** Whether this quote ends what a name without a value stands in, as in a list of JSON. */
  private static boolean isClosing(String text, int at) {
    int behind = at + (text.charAt(at) == '"' ? 1 : text.startsWith("\\\"", at) ? 2 : 0);
    return behind > at
        && (behind == text.length() || ",]}: \r\n".indexOf(text.charAt(behind)) >= 0);
  }

  /** Whether this is no value of JSON that has no quotes. */
  private static boolean isLine(String text, int at) {
    return "{[ntf-0123456789".indexOf(text.charAt(at)) < 0;
  }

  private static int blanks(String text, int from) {
    int at = from;
    while (at < text.length()
        && at - from < MAX_BLANKS
        && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
    }
    return at;
  }

  /** Passes over what is struck out; the end itself is kept, but for that of a key. */
  private int skipStruck(String text, int from) {
    int at = from;
    while (until != Until.NOTHING && at < text.length()) {
      char next = text.charAt(at);
      switch (until) {
        case NOTHING -> {
          return at;
        }
        case WORD_END -> over(next <= ' ' || "\",}\\".indexOf(next) >= 0);
        case LINE_END -> over(next == '\n' || next == '\r' || next == '"' || next == '\\');
        case SINGLE_QUOTE -> over(next == '\'' || next == '\n');
        case DOUBLE_QUOTE -> {
          if (next == '\\' && at + 1 < text.length()) {
            at++; // Whatever is escaped is part of it.
          } else {
            over(next == '"' || next == '\n');
          }
        }
        case ESCAPED_QUOTE -> {
          if (text.startsWith("\\\\", at)) {
            at++; // A backslash of the value.
          } else {
            over(next == '\\' || next == '"' || next == '\n');
          }
        }
        case KEY_END -> {
          int end =
              next == '-' && text.startsWith("-----END ", at) ? text.indexOf("-----", at + 9) : -1;
          if (end >= 0 && end - at <= MAX_NAME) {
            until = Until.NOTHING;
            return end + "-----".length();
          }
        }
      }
      if (until != Until.NOTHING) {
        at++;
      }
    }
    return Math.min(at, text.length());
  }

  private void over(boolean isEnd) {
    if (isEnd) {
      until = Until.NOTHING;
    }
  }

  private static @Nullable String found(List<String> names, String text, int at) {
    for (String name : names) {
      if (text.regionMatches(true, at, name, 0, name.length())) {
        return name;
      }
    }
    return null;
  }

  private static boolean isLetter(String text, int at) {
    return at < text.length() && Character.isLetter(text.charAt(at));
  }

  private static boolean isWord(char one) {
    return (one >= 'a' && one <= 'z')
        || (one >= 'A' && one <= 'Z')
        || (one >= '0' && one <= '9')
        || one == '_';
  }

  private static boolean isToken(char one) {
    return isWord(one) || one == '-' || one == '.';
  }
}
