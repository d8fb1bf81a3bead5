package dev.visco.clients;

import static java.util.stream.Collectors.joining;

import dev.visco.clients.ApiModel.Answer;
import dev.visco.clients.ApiModel.Body;
import dev.visco.clients.ApiModel.Operation;
import dev.visco.clients.ApiModel.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/**
 * The parts of the TypeScript client that are made of the API's description: its types, and a
 * method for each operation.
 */
final class TypeScript {
  private static final String HEAD = "// Made of /openapi.json: see the client's README.\n\n";
  private static final Pattern PART = Pattern.compile("\\{(\\w+)}");
  private final ApiModel model;

  TypeScript(ApiModel model) {
    this.model = model;
  }

  /** {@code src/schemas.ts}. */
  String schemas() {
    return HEAD
        + model.schemas().entrySet().stream()
            .map(one -> declaration(one.getKey(), one.getValue()))
            .collect(joining("\n"));
  }

  private static String declaration(String name, JsonNode schema) {
    if (!schema.has("properties")) {
      return "export type " + name + " =" + alternatives(schema, "\n  | ") + ";\n";
    }
    return "export interface " + name + " {\n" + fields(schema, "  ") + "}\n";
  }

  private static String fields(JsonNode schema, String indent) {
    Set<String> required = texts(schema.path("required"));
    return schema.path("properties").properties().stream()
        .map(one ->
            "%s%s%s: %s;\n"
                .formatted(
                    indent,
                    one.getKey(),
                    required.contains(one.getKey()) ? "" : "?",
                    type(one.getValue())))
        .collect(joining());
  }

  private static Set<String> texts(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(JsonNode::asString)
        .collect(java.util.stream.Collectors.toSet());
  }

  private static String alternatives(JsonNode schema, String separator) {
    return Stream.concat(schema.path("anyOf").valueStream(), schema.path("oneOf").valueStream())
        .map(one -> separator + type(one))
        .collect(joining());
  }

  /** A schema's type, in one line. */
  private static String type(JsonNode schema) {
    if (schema.has("$ref")) {
      return schema.path("$ref").asString().replaceFirst(".*/", "");
    } else if (schema.has("const")) {
      return schema.path("const").toString();
    } else if (schema.has("enum")) {
      return schema.path("enum").valueStream().map(JsonNode::toString).collect(joining(" | "));
    } else if (schema.has("anyOf") || schema.has("oneOf")) {
      return alternatives(schema, " | ").substring(3);
    } else if (schema.has("properties")) {
      return "{ " + fields(schema, "").strip().replace("\n", " ").replaceFirst(";$", "") + " }";
    }
    return switch (schema.path("type").asString("")) {
      case "string" -> schema.has("contentEncoding") ? "Uint8Array" : "string";
      case "integer", "number" -> "number";
      case "boolean" -> "boolean";
      case "null" -> "null";
      case "array" -> array(type(schema.path("items")));
      case "object" -> "Record<string, " + type(schema.path("additionalProperties")) + ">";
      default -> "unknown";
    };
  }

  private static String array(String each) {
    return (each.contains(" ") ? "(" + each + ")" : each) + "[]";
  }

  /** {@code src/operations.ts}. */
  String operations() {
    List<Operation> all = model.operations();
    var methods = new ArrayList<String>();
    for (Operation one : all) {
      if (one.answer() != null) {
        methods.add(method(one, one.answer()));
      }
      if (one.event() != null) {
        methods.add(stream(one, one.event()));
      }
    }
    String interfaces = all.stream().map(TypeScript::options).collect(joining());
    String code =
        interfaces
            + "/** A method for each operation of the API, named as in its description. */\n"
            + "export class Operations {\n"
            + "  /** @internal */\n  protected readonly transport: Transport;\n\n"
            + "  constructor(transport: Transport) {\n    this.transport = transport;\n  }\n\n"
            + String.join("\n", methods)
            + "}\n";
    return HEAD + imports(code) + "\n" + code;
  }

  private String imports(String code) {
    String named =
        model.schemas().keySet().stream()
            .filter(name -> Pattern.compile("\\b" + name + "\\b").matcher(code).find())
            .map(name -> "  " + name + ",\n")
            .collect(joining());
    return "import { Pages } from \"./pages.js\";\nimport type {\n"
        + named
        + "} from \"./schemas.js\";\n"
        + "import { newKey } from \"./transport.js\";\n"
        + "import type { BodyContent, CallOptions, ProgressOptions, Transport } from"
        + " \"./transport.js\";\n";
  }

  private static String capital(String name) {
    return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
  }

  private static String streamName(Operation one) {
    return one.answer() == null
        ? one.name()
        : one.name().startsWith("list")
            ? "stream" + one.name().substring("list".length())
            : one.name() + "Stream";
  }

  /** A header's name as that of an option. */
  private static String option(Parameter parameter) {
    String[] words = parameter.name().split("-", -1);
    var name = new StringBuilder(parameter.name().contains("-") ? "" : parameter.name());
    if (name.isEmpty()) {
      Stream.of(words).forEach(word -> name.append(capital(word.toLowerCase(Locale.ROOT))));
    }
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
  }

  /** Events begin anew elsewhere: they know no pages. */
  private static List<Parameter> options(Operation one, boolean isStream) {
    return one.options().stream()
        .filter(parameter ->
            isStream
                ? one.answer() == null || !Set.of("limit", "cursor").contains(parameter.name())
                : !parameter.name().equals("Last-Event-ID"))
        .toList();
  }

  private static String options(Operation one) {
    var all = new StringBuilder();
    if (one.answer() != null) {
      String base = one.answer() instanceof Answer.Work ? "ProgressOptions" : "CallOptions";
      all.append(options(capital(one.name()), base, options(one, false)));
    }
    if (one.event() != null) {
      all.append(options(capital(streamName(one)), "CallOptions", options(one, true)));
    }
    return all.toString();
  }

  private static String options(String name, String base, List<Parameter> parameters) {
    if (parameters.isEmpty()) {
      return "";
    }
    return "export interface "
        + name
        + "Options extends "
        + base
        + " {\n"
        + parameters.stream()
            .map(one ->
                "  /** %s. */\n  %s%s: %s;\n"
                    .formatted(
                        capital(one.meaning()),
                        option(one),
                        one.isRequired() ? "" : "?",
                        type(one.schema())))
            .collect(joining())
        + "}\n\n";
  }

  private static String comment(Operation one) {
    return "  /** %s `%s %s` (%s) */\n"
        .formatted(one.summary(), one.method(), one.path(), one.role());
  }

  private String method(Operation one, Answer answer) {
    String asked =
        switch (answer) {
          case Answer.Nothing _ -> "Promise<void>|nothing(";
          case Answer.Document(JsonNode schema) ->
              "Promise<%1$s>|json<%1$s>(".formatted(type(schema));
          case Answer.Listing(JsonNode each) -> "Pages<%1$s>|pages<%1$s>(".formatted(type(each));
          case Answer.Work(String result, JsonNode schema) ->
              "Promise<%1$s>|progress<%1$s>(\"%2$s\", ".formatted(type(schema), result);
          case Answer.Bytes _ -> "Promise<Response>|response(";
        };
    String[] parts = asked.split("\\|", -1);
    String base = answer instanceof Answer.Work ? "ProgressOptions" : "CallOptions";
    List<Parameter> options = options(one, false);
    String given = options.isEmpty() ? base : capital(one.name()) + "Options";
    return comment(one)
        + "  "
        + one.name()
        + "("
        + parameters(one, given, options, List.of())
        + "): "
        + parts[0]
        + " {\n    return this.transport."
        + parts[1]
        + call(one, options)
        + ", options"
        + (answer instanceof Answer.Document(JsonNode schema) ? given(bytes(schema)) : "")
        + ");\n  }\n";
  }

  /** A last argument, left out where it is empty. */
  private static String given(String list) {
    return list.equals("[]") ? "" : ", " + list;
  }

  private String stream(Operation one, JsonNode event) {
    List<Parameter> options = options(one, true);
    boolean resumes = one.takes("Last-Event-ID");
    String given = options.isEmpty() ? "CallOptions" : capital(streamName(one)) + "Options";
    String bytes = bytes(event);
    return comment(one)
        + "  "
        + streamName(one)
        + "("
        + parameters(
            one, given, options, resumes ? List.of("position?: (id: string) => void") : List.of())
        + "): AsyncGenerator<%s, void, undefined> {\n".formatted(type(event))
        + "    return this.transport.stream<%s>(".formatted(type(event))
        + call(one, options)
        + ", options"
        + (resumes ? ", " + bytes : given(bytes))
        + (resumes ? ", position" : "")
        + ");\n  }\n";
  }

  /** The fields of a document that are bytes. */
  private String bytes(JsonNode document) {
    JsonNode schema = model.schemas().getOrDefault(type(document), document);
    return schema.path("properties").properties().stream()
        .filter(one -> one.getValue().has("contentEncoding"))
        .map(one -> "\"" + one.getKey() + "\"")
        .collect(joining(", ", "[", "]"));
  }

  private static String parameters(
      Operation one, String given, List<Parameter> options, List<String> more) {
    var all = new ArrayList<String>();
    one.pathParameters().forEach(path -> all.add(path.name() + ": string"));
    switch (one.body()) {
      case Body.Document(JsonNode schema) -> all.add("body: " + type(schema) + " = {}");
      case Body.Content _ -> all.add("body: BodyContent");
      case null -> {}
    }
    boolean isNeeded = options.stream().anyMatch(Parameter::isRequired);
    all.add("options: " + given + (isNeeded ? "" : " = {}"));
    all.addAll(more);
    return String.join(", ", all);
  }

  /** What is sent, an object literal over several lines. */
  private static String call(Operation one, List<Parameter> options) {
    var lines = new ArrayList<String>();
    lines.add("method: \"" + one.method() + "\"");
    String path = PART.matcher(one.path()).replaceAll("\\${encodeURIComponent($1)}");
    lines.add("path: " + (path.contains("$") ? "`" + path + "`" : "\"" + path + "\""));
    given(lines, "query", options);
    given(lines, "header", options);
    switch (one.body()) {
      case Body.Document _ -> lines.add("json: body");
      case Body.Content(String type) -> lines.add("content: { type: \"" + type + "\", body }");
      case null -> {}
    }
    if (!one.accepted().isEmpty()) {
      lines.add("accept: " + new TreeSet<>(one.accepted()));
    }
    return "{\n      " + String.join(",\n      ", lines) + ",\n    }";
  }

  private static void given(List<String> lines, String in, List<Parameter> options) {
    String all =
        options.stream()
            .filter(one -> one.in().equals(in))
            .map(one -> {
              String value = "options." + option(one);
              String key = one.name().matches("\\w+") ? one.name() : "\"" + one.name() + "\"";
              // What may be sent again is told apart by its key.
              return key
                  + ": "
                  + (one.name().equals("Idempotency-Key") ? value + " ?? newKey()" : value);
            })
            .collect(joining(", "));
    if (!all.isEmpty()) {
      lines.add((in.equals("query") ? "query" : "headers") + ": { " + all + " }");
    }
  }
}
