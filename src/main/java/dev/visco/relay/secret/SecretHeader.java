package dev.visco.relay.secret;

import dev.visco.relay.secret.InterceptedHost.ExchangedField;
import dev.visco.relay.secret.MessageHead.Field;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Finds placeholders in the fields of a request, and puts the values in. */
final class SecretHeader {
  private static final String BASIC = "Basic";

  /** Bytes for all values of a request, encoded. */
  private static final int ROOM = 65_536;

  private SecretHeader() {}

  /** What stands before the placeholder and behind it; {@code isBasic} where that is encoded. */
  private record Place(String before, String behind, boolean isBasic) {}

  /**
   * The place of a placeholder: behind its scheme, or as name or password of Basic authentication
   * (RFC 7617), as Git has it.
   */
  private static Optional<Place> place(Field field, ExchangedField one) {
    if (!field.is(one.header())) {
      return Optional.empty();
    }
    String value = field.value();
    if (one.scheme().isEmpty()) {
      return value.equals(one.text()) ? Optional.of(new Place("", "", false)) : Optional.empty();
    }
    int blank = value.indexOf(' ');
    if (blank < 0) {
      return Optional.empty();
    }
    String scheme = value.substring(0, blank);
    String rest = value.substring(blank + 1).strip();
    if (scheme.equalsIgnoreCase(one.scheme()) && rest.equals(one.text())) {
      return Optional.of(new Place(scheme + " ", "", false));
    }
    return scheme.equalsIgnoreCase(BASIC) ? basic(rest, one.text()) : Optional.empty();
  }

  private static Optional<Place> basic(String encoded, String text) {
    try {
      String pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.ISO_8859_1);
      if (pair.endsWith(":" + text)) {
        return Optional.of(new Place(pair.substring(0, pair.length() - text.length()), "", true));
      }
      return pair.startsWith(text + ":")
          ? Optional.of(new Place("", pair.substring(text.length()), true))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * A placeholder that is in its field, where no value is put in.
   *
   * @param isWebSocket whether the request opens a WebSocket
   */
  static Optional<String> misplaced(
      MessageHead head, List<ExchangedField> exchanged, boolean isWebSocket) {
    for (Field field : head.fields()) {
      boolean isAnyPlaced = exchanged.stream().anyMatch(one -> place(field, one).isPresent());
      for (ExchangedField one : exchanged) {
        if (isWebSocket && !one.webSocket() && place(field, one).isPresent()) {
          return Optional.of("WebSockets of this provider get no secret");
        }
        if (!isAnyPlaced && field.is(one.header()) && field.value().contains(one.text())) {
          return Optional.of(
              "the placeholder in "
                  + one.header()
                  + " is not "
                  + (one.scheme().isEmpty() ? "alone" : "behind " + one.scheme()));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * A head with the values in it.
   *
   * @param head the caller zeroes it
   * @param secrets that stand in it, as they do; likewise
   */
  record FilledHead(byte[] head, List<byte[]> secrets) {
    void zero() {
      Arrays.fill(head, (byte) 0);
      secrets.forEach(secret -> Arrays.fill(secret, (byte) 0));
    }
  }

  /** Puts the values in. */
  static FilledHead filled(MessageHead head, List<ExchangedField> exchanged) throws NotPassedOn {
    var out = new FilledBytes(head.bytes().length + ROOM);
    out.add(head.start() + "\r\n");
    for (Field field : head.fields()) {
      out.add(field.name() + ": ");
      if (!isFilled(out, field, exchanged)) {
        out.add(field.value());
      }
      out.add("\r\n");
    }
    out.add("\r\n");
    return new FilledHead(out.end(), out.secrets);
  }

  private static boolean isFilled(FilledBytes out, Field field, List<ExchangedField> exchanged)
      throws NotPassedOn {
    for (ExchangedField one : exchanged) {
      Optional<Place> place = place(field, one);
      if (place.isPresent()) {
        byte[] value = value(one);
        out.add(place.get(), value, one.isSecret());
        if (one.isSecret()) {
          out.secrets.add(value);
        }
        return true;
      }
    }
    return false;
  }

  private static byte[] value(ExchangedField one) throws NotPassedOn {
    byte[] value = one.source().read();
    for (byte sign : value) {
      if (sign < ' ' || sign == 127) {
        throw NotPassedOn.noSecret("the secret can stand in no header");
      }
    }
    if (value.length == 0 || value.length > ROOM / 4) {
      throw NotPassedOn.noSecret("the secret can stand in no header");
    }
    return value;
  }

  /** Bytes that leave no copy behind when they grow: there is room for all. */
  private static final class FilledBytes extends ByteArrayOutputStream {
    private final List<byte[]> secrets = new ArrayList<>();

    FilledBytes(int room) {
      super(room);
    }

    void add(String text) {
      writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void add(Place place, byte[] value, boolean isSecret) {
      if (!place.isBasic()) {
        add(place.before());
        writeBytes(value);
        return;
      }
      byte[] before = place.before().getBytes(StandardCharsets.ISO_8859_1);
      byte[] behind = place.behind().getBytes(StandardCharsets.ISO_8859_1);
      byte[] pair = Arrays.copyOf(before, before.length + value.length + behind.length);
      System.arraycopy(value, 0, pair, before.length, value.length);
      System.arraycopy(behind, 0, pair, before.length + value.length, behind.length);
      byte[] text = Base64.getEncoder().encode(pair);
      add(BASIC + " ");
      writeBytes(text);
      Arrays.fill(pair, (byte) 0);
      if (isSecret) {
        secrets.add(text);
      }
    }

    byte[] end() {
      byte[] all = toByteArray();
      Arrays.fill(buf, (byte) 0);
      return all;
    }
  }
}
