package dev.visco.compatible;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * When an answer agrees with a recorded one: everything that is not words is the same, and where
 * there are words, fields, values and limits that they name are named too.
 */
final class Agreement {
  /** Names in backticks, values in quotes or brackets, paths, and numbers. */
  private static final Pattern NAMED =
      Pattern.compile(
          "`([^`]*)`|\"([^\"]+)\"|\\[([^\\]]+)]|(?<!\\w)(/[\\w./-]+)|(?<![\\w.])(-?\\d+)\\b");

  /**
   * Where in a text something stands, an errno, an element count, a checksum, a type: no values.
   */
  private static final Pattern NOT_A_VALUE =
      Pattern.compile(
          "(line \\d+ column \\d+|os error \\d+|invalid length \\d+|with \\d+ elements|"
              + "of \\d+ bytes from index \\d+|failed: \\d+|`u\\d+`)");

  private Agreement() {}

  /** Why an answer does not agree, empty when it does. */
  static Optional<String> answer(JsonNode recorded, String body) {
    JsonNode given;
    try {
      given = Recordings.parse(body);
    } catch (RuntimeException e) {
      return Optional.of("not JSON: " + body);
    }
    if (recorded.has("fault_message")) {
      if (!given.isObject() || given.size() != 1 || !given.path("fault_message").isString()) {
        return Optional.of("no fault_message: " + body);
      }
      return words(
          recorded.path("fault_message").asString(), given.path("fault_message").asString());
    }
    return recorded.equals(given)
        ? Optional.empty()
        : Optional.of("recorded " + recorded + " but was " + body);
  }

  /** An error of the HTTP layer, which is nearly JSON. */
  static Optional<String> errorText(String recorded, String given) {
    if (!given.startsWith("{ \"error\": \"") || !given.endsWith("\" }") || !given.contains("\n")) {
      return Optional.of("not Firecracker's form of an error: " + given);
    }
    return words(
        recorded.substring(12, recorded.length() - 3), given.substring(12, given.length() - 3));
  }

  /** Each field, value and limit that is named there must be named here. */
  static Optional<String> words(String recorded, String given) {
    Matcher matcher = NAMED.matcher(NOT_A_VALUE.matcher(recorded).replaceAll(""));
    Set<String> missing = new LinkedHashSet<>();
    while (matcher.find()) {
      for (int group = 1; group <= matcher.groupCount(); group++) {
        String name = matcher.group(group);
        if (name != null && !given.contains(name)) {
          missing.add(name);
        }
      }
    }
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of("\"%s\" does not name %s of \"%s\"".formatted(given, missing, recorded));
  }

  /** One message of an answer's bytes. */
  private record Message(String head, String body) {
    boolean isError() {
      return head.startsWith("HTTP/1.1 400 ");
    }
  }

  /**
   * Answers byte for byte, but for the words of errors. How often an unreadable request is answered
   * depends on how its bytes arrive, and differs between recordings of the same release.
   */
  static Optional<String> raw(String recorded, String given) {
    List<Message> there = messages(recorded);
    List<Message> here = messages(given);
    if (there.size() != here.size()) {
      return Optional.of("recorded " + recorded + " but was " + given);
    }
    for (int i = 0; i < there.size(); i++) {
      Optional<String> why = raw(there.get(i), here.get(i));
      if (why.isPresent()) {
        return why;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> raw(Message there, Message here) {
    if (!there.isError()) {
      return there.equals(here)
          ? Optional.empty()
          : Optional.of("recorded " + there + " but was " + here);
    }
    Pattern length = Pattern.compile("Content-Length: \\d+");
    String headThere = length.matcher(there.head()).replaceAll("");
    if (!headThere.equals(length.matcher(here.head()).replaceAll(""))) {
      return Optional.of("recorded " + there.head() + " but was " + here.head());
    }
    return there.body().startsWith("{ ")
        ? errorText(there.body(), here.body())
        : answer(Recordings.parse(there.body()), here.body());
  }

  /** Errors that follow each other count once. */
  private static List<Message> messages(String bytes) {
    var messages = new ArrayList<Message>();
    int at = 0;
    while (at < bytes.length()) {
      int end = bytes.indexOf("\r\n\r\n", at);
      if (end < 0) {
        messages.add(new Message(bytes.substring(at), ""));
        break;
      }
      String head = bytes.substring(at, end);
      Matcher length = Pattern.compile("Content-Length: (\\d+)").matcher(head);
      int size = length.find() ? Integer.parseInt(length.group(1)) : 0;
      int bodyEnd = Math.min(end + 4 + size, bytes.length());
      var message = new Message(head, bytes.substring(end + 4, bodyEnd));
      boolean again = message.isError() && !messages.isEmpty() && messages.getLast().isError();
      if (!again) {
        messages.add(message);
      }
      at = bodyEnd;
    }
    return messages;
  }
}
