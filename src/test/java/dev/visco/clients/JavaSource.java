package dev.visco.clients;

import static java.util.stream.Collectors.joining;

import dev.visco.clients.ApiModel.Answer;
import dev.visco.clients.ApiModel.Body;
import dev.visco.clients.ApiModel.Operation;
import dev.visco.clients.ApiModel.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.lang.model.SourceVersion;
import tools.jackson.databind.JsonNode;

/**
 * The parts of the Java client that are made of the API's description: its records, the options of
 * its operations, and a method for each.
 */
final class JavaSource {
  private static final String HEAD = "// Made of /openapi.json: see the client's README.\n";
  private final ApiModel model;

  JavaSource(ApiModel model) {
    this.model = model;
  }

  /** All of them, by their paths. */
  Map<Path, String> files(Path sources) {
    Path folder = sources.resolve("dev/visco/client");
    var files = new TreeMap<Path, String>();
    Set<String> sent = sent();
    model
        .schemas()
        .forEach((name, schema) -> {
          if (schema.has("properties")) {
            files.put(
                folder.resolve("model/" + name + ".java"),
                record(name, schema, sent.contains(name)));
          }
        });
    files.put(folder.resolve("Options.java"), options());
    files.put(folder.resolve("Operations.java"), operations());
    return files;
  }

  /** The records that callers make. */
  private Set<String> sent() {
    var sent = new TreeSet<String>();
    for (Operation one : model.operations()) {
      if (one.body() instanceof Body.Document(JsonNode schema)) {
        send(schema, sent);
      }
    }
    return sent;
  }

  private void send(JsonNode schema, Set<String> sent) {
    for (JsonNode reference : schema.findValues("$ref")) {
      String name = reference.asString().replaceFirst(".*/", "");
      if (sent.add(name)) {
        send(model.schemas().getOrDefault(name, reference), sent);
      }
    }
  }

  private String type(JsonNode schema) {
    if (schema.has("$ref")) {
      String name = schema.path("$ref").asString().replaceFirst(".*/", "");
      return model.schemas().getOrDefault(name, schema).has("properties")
          ? name
          : "Map<String, Object>";
    } else if (schema.has("anyOf")) {
      return type(schema.path("anyOf").path(0));
    }
    String format = schema.path("format").asString("");
    return switch (schema.path("type").asString("")) {
      case "string" ->
          schema.has("contentEncoding")
              ? "byte[]"
              : format.equals("date-time") ? "Instant" : "String";
      case "integer" -> format.equals("int32") ? "Integer" : "Long";
      case "number" -> "Double";
      case "boolean" -> "Boolean";
      case "array" -> "List<" + type(schema.path("items")) + ">";
      case "object" -> "Map<String, " + type(schema.path("additionalProperties")) + ">";
      default -> "Object";
    };
  }

  /** A name that is a word of Java's has a line behind it. */
  private static String safe(String name) {
    return SourceVersion.isKeyword(name) ? name + "_" : name;
  }

  private static String capital(String name) {
    return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
  }

  private static String imports(String code, String... packages) {
    var lines = new TreeSet<String>();
    for (String one : packages) {
      String name = one.substring(one.lastIndexOf('.') + 1);
      if (code.matches("(?s).*\\b" + name + "\\b.*")) {
        lines.add("import " + one + ";\n");
      }
    }
    return lines.isEmpty() ? "" : String.join("", lines) + "\n";
  }

  private String record(String name, JsonNode schema, boolean isSent) {
    var fields = new ArrayList<String>();
    schema
        .path("properties")
        .properties()
        .forEach(one -> fields.add(type(one.getValue()) + " " + safe(one.getKey())));
    String code =
        "/** {@code %s} of the API; what is not there is null. */\npublic record %s(%s) {%s}\n"
            .formatted(
                name,
                name,
                fields.isEmpty() ? "" : "\n    " + String.join(",\n    ", fields),
                isSent ? "\n" + builder(name, fields) : "");
    return HEAD
        + "package dev.visco.client.model;\n\n"
        + imports(code, "java.time.Instant", "java.util.List", "java.util.Map")
        + code;
  }

  private static String builder(String name, List<String> fields) {
    var code = new StringBuilder();
    code.append("  /** One without fields, to which they are added. */\n");
    code.append("  public static Builder builder() {\n    return new Builder();\n  }\n\n");
    code.append("  /** Takes its fields by name. */\n");
    code.append("  public static final class Builder {\n");
    fields.forEach(one -> code.append("    private ").append(one).append(";\n"));
    code.append("\n    private Builder() {}\n\n");
    for (String one : fields) {
      String field = one.substring(one.lastIndexOf(' ') + 1);
      String type = one.substring(0, one.lastIndexOf(' '));
      code.append(
          "    public Builder %1$s(%2$s value) {\n      this.%1$s = value;\n      return this;\n    }\n\n"
              .formatted(field, type));
    }
    code.append(
        "    public %s build() {\n      return new %s(%s);\n    }\n  }\n"
            .formatted(
                name,
                name,
                fields.stream()
                    .map(one -> one.substring(one.lastIndexOf(' ') + 1))
                    .collect(joining(", "))));
    return code.toString();
  }

  /** A header's name, or a parameter's, as that of a field. */
  private static String field(Parameter parameter) {
    var name = new StringBuilder();
    for (String word : parameter.name().split("-", -1)) {
      String plain = parameter.name().contains("-") ? word.toLowerCase(Locale.ROOT) : word;
      name.append(name.isEmpty() ? plain : capital(plain));
    }
    return safe(name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1));
  }

  /** Events are their own list: they know no pages, and begin where one says. */
  private static List<Parameter> options(Operation one, boolean isStream) {
    return one.options().stream()
        .filter(parameter -> isStream || !parameter.name().equals("Last-Event-ID"))
        .filter(parameter ->
            !isStream
                || one.answer() == null
                || !Set.of("limit", "cursor").contains(parameter.name()))
        .toList();
  }

  private static String streamName(Operation one) {
    return one.answer() == null
        ? one.name()
        : one.name().startsWith("list")
            ? "stream" + one.name().substring("list".length())
            : one.name() + "Stream";
  }

  private String options() {
    var code = new StringBuilder();
    for (Operation one : model.operations()) {
      if (one.answer() != null) {
        code.append(options(capital(one.name()), options(one, false)));
      }
      if (one.event() != null && (one.answer() == null || one.takes("Last-Event-ID"))) {
        code.append(options(capital(streamName(one)), options(one, true)));
      }
    }
    String all =
        "/** What operations take besides what they are about; each may be left out. */\n"
            + "public final class Options {\n  private Options() {}\n"
            + code
            + "}\n";
    return HEAD + "package dev.visco.client;\n\n" + imports(all, "java.time.Instant") + all;
  }

  private String options(String name, List<Parameter> parameters) {
    if (parameters.isEmpty()) {
      return "";
    }
    var code = new StringBuilder();
    code.append("\n  /** Of {@link Operations#%s}. */\n".formatted(uncapital(name)));
    code.append("  public static final class ").append(name).append(" {\n");
    for (Parameter one : parameters) {
      code.append("    %s %s;\n".formatted(type(one.schema()), field(one)));
    }
    List<Parameter> needed = parameters.stream().filter(Parameter::isRequired).toList();
    code.append(
        "\n    public %s(%s) {%s}\n"
            .formatted(
                name,
                needed.stream()
                    .map(one -> type(one.schema()) + " " + field(one))
                    .collect(joining(", ")),
                needed.isEmpty()
                    ? ""
                    : needed.stream()
                        .map(one -> "\n      this.%1$s = %1$s;\n    ".formatted(field(one)))
                        .collect(joining())));
    for (Parameter one : parameters) {
      if (!one.isRequired()) {
        code.append(
            "\n    /** %1$s. */\n    public %2$s %3$s(%4$s value) {\n      this.%3$s = value;\n      return this;\n    }\n"
                .formatted(
                    capital(one.meaning().replace("`", "")), name, field(one), type(one.schema())));
      }
    }
    return code.append("  }\n").toString();
  }

  private static String uncapital(String name) {
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
  }

  private String operations() {
    var methods = new ArrayList<String>();
    for (Operation one : model.operations()) {
      if (one.answer() != null) {
        methods.add(method(one, one.answer()));
      }
      if (one.event() != null) {
        String type = type(one.event());
        methods.add(
            methods(
                one,
                streamName(one),
                options(one, true),
                "EventStream<" + type + ">",
                "transport.events(%s, " + type + ".class)"));
      }
    }
    String code =
        "/** A method for each operation of the API, named as in its description. */\n"
            + "public class Operations {\n  private final Transport transport;\n\n"
            + "  Operations(Transport transport) {\n    this.transport = transport;\n  }\n"
            + String.join("", methods)
            + "}\n";
    return HEAD
        + "package dev.visco.client;\n\n"
        + "import dev.visco.client.model.*;\n"
        + imports(code, "java.io.InputStream", "java.net.http.HttpRequest", "java.util.Map")
        + code;
  }

  private String method(Operation one, Answer answer) {
    List<Parameter> options = options(one, false);
    return switch (answer) {
      case Answer.Nothing _ -> methods(one, one.name(), options, "void", "transport.nothing(%s)");
      case Answer.Document(JsonNode schema) ->
          type(schema).equals("Object")
              ? methods(one, one.name(), options, "Object", "transport.any(%s, Object.class)")
              : methods(
                  one,
                  one.name(),
                  options,
                  type(schema),
                  "transport.json(%s, " + type(schema) + ".class)");
      case Answer.Listing(JsonNode each) ->
          methods(
              one,
              one.name(),
              options,
              "Pages<" + type(each) + ">",
              "transport.pages(%s, " + type(each) + ".class)");
      case Answer.Work(String result, JsonNode schema) ->
          methods(
              one,
              one.name(),
              options,
              type(schema),
              "transport.work(%s, \"" + result + "\", " + type(schema) + ".class, progress)");
      case Answer.Bytes _ ->
          methods(one, one.name(), options, "InputStream", "transport.bytes(%s)");
    };
  }

  /** The method, and where there are options that may all be left out, the same without them. */
  private String methods(
      Operation one, String name, List<Parameter> options, String type, String asking) {
    var taken = new ArrayList<String>();
    one.pathParameters().forEach(path -> taken.add("String " + safe(path.name())));
    switch (one.body()) {
      case Body.Document(JsonNode schema) -> taken.add(type(schema) + " body");
      case Body.Content _ -> taken.add("HttpRequest.BodyPublisher body");
      case null -> {}
    }
    if (one.answer() instanceof Answer.Work) {
      taken.add("ProgressListener progress");
    }
    String class_ = "Options." + capital(streamNameOf(one, name));
    String comment =
        "\n  /** %s {@code %s %s} (%s) */\n"
            .formatted(one.summary(), one.method(), one.path(), one.role());
    String back = type.equals("void") ? "" : "return ";
    var code = new StringBuilder();
    if (!options.isEmpty()) {
      if (options.stream().noneMatch(Parameter::isRequired)) {
        var given = new ArrayList<>(taken.stream().map(JavaSource::name).toList());
        given.add("new " + class_ + "()");
        code.append(comment)
            .append(signature(type, name, taken))
            .append("    %s%s(%s);\n  }\n".formatted(back, name, String.join(", ", given)));
      }
      taken.add(class_ + " options");
    }
    return code.append(comment)
        .append(signature(type, name, taken))
        .append("    %s%s;\n  }\n".formatted(back, asking.formatted(call(one, options))))
        .toString();
  }

  /** A stream of events with parameters of its own has options of its own. */
  private static String streamNameOf(Operation one, String name) {
    return one.answer() == null || one.takes("Last-Event-ID") ? name : one.name();
  }

  private static String name(String parameter) {
    return parameter.substring(parameter.lastIndexOf(' ') + 1);
  }

  private static String signature(String type, String name, List<String> taken) {
    return "  public %s %s(%s) {\n".formatted(type, name, String.join(", ", taken));
  }

  private static String call(Operation one, List<Parameter> options) {
    var call = new StringBuilder("\n        Call.of(\"%s\", ".formatted(one.method()));
    call.append('"').append(one.path().replaceAll("\\{\\w+}", "%s")).append('"');
    one.pathParameters().forEach(path -> call.append(", ").append(safe(path.name())));
    call.append(')');
    for (Parameter option : options) {
      String how =
          option.name().equals("Idempotency-Key")
              ? "key"
              : option.in().equals("query") ? "query" : "header";
      call.append(
          "\n            .%s(\"%s\", options.%s)".formatted(how, option.name(), field(option)));
    }
    switch (one.body()) {
      case Body.Document _ -> call.append("\n            .json(body)");
      case Body.Content(String type) ->
          call.append("\n            .content(\"%s\", body)".formatted(type));
      case null -> {}
    }
    if (!one.accepted().isEmpty()) {
      call.append(
          "\n            .accepting(%s)"
              .formatted(one.accepted().stream().map(String::valueOf).collect(joining(", "))));
    }
    return call.toString();
  }
}
