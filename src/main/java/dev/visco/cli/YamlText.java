package dev.visco.cli;

import dev.visco.wire.Json;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Documents as YAML 1.2, in block style. */
final class YamlText {
  /** Texts that are themselves without quotes; whatever might be read as another type has them. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z/][A-Za-z0-9_./ -]*(?<! )");

  private static final Pattern RESERVED =
      Pattern.compile("(?i)y|n|yes|no|on|off|true|false|null|nan");

  private YamlText() {}

  /** The whole document, with a line end. */
  static String of(JsonNode document) {
    var text = new StringBuilder();
    if (isScalar(document)) {
      return scalar(document) + "\n";
    }
    append(document, "", text);
    return text.toString();
  }

  private static void append(JsonNode node, String indent, StringBuilder text) {
    if (node.isArray()) {
      node.forEach(entry -> {
        text.append(indent).append("- ");
        if (isScalar(entry)) {
          text.append(scalar(entry)).append('\n');
        } else {
          int begin = text.length();
          append(entry, indent + "  ", text);
          text.delete(begin, begin + indent.length() + 2); // It begins behind the dash.
        }
      });
      return;
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      JsonNode value = field.getValue();
      text.append(indent).append(string(field.getKey())).append(':');
      if (isScalar(value)) {
        text.append(' ').append(scalar(value)).append('\n');
      } else {
        text.append('\n');
        append(value, indent + "  ", text);
      }
    }
  }

  private static boolean isScalar(JsonNode node) {
    return node.isValueNode() || node.isEmpty();
  }

  private static String scalar(JsonNode node) {
    return node.isString() ? string(node.asString()) : Json.line(node);
  }

  /** JSON's texts are YAML's in double quotes. */
  private static String string(String text) {
    return PLAIN.matcher(text).matches() && !RESERVED.matcher(text).matches()
        ? text
        : Json.line(text);
  }
}
