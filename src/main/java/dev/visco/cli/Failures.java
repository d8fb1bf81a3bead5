package dev.visco.cli;

import dev.visco.commands.RefusalDocument;
import dev.visco.commands.RemedyCommands;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import dev.visco.wire.ProblemDocument;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What the command line says when a command fails or is not understood: short texts for people,
 * problem documents (RFC 9457) on standard error with {@code --json}.
 */
final class Failures {
  private final CommandContext context;

  private Failures(CommandContext context) {
    this.context = context;
  }

  /** Handles the failures of a command line and all of its commands. */
  static void handle(CommandLine line, CommandContext context) {
    var failures = new Failures(context);
    line.setExecutionExceptionHandler((failure, command, parsed) -> {
      context.tellFailure(failure, wantsJson(parsed));
      return own(command, exitCode(failure));
    });
    line.setParameterExceptionHandler(failures::misunderstood);
  }

  /** The exit code of a failure of this command's. */
  static int own(CommandLine command, int code) {
    return command.getCommand() instanceof RunsInGuest guests ? guests.ownFailure() : code;
  }

  private static int exitCode(Exception failure) {
    return switch (failure) {
      case ApiException api -> api.exitCode();
      case Refused refused ->
          refused.refusal() instanceof Refusal.NotFound
              ? CommandExitCode.NOT_FOUND
              : CommandExitCode.REFUSED;
      default -> CommandExitCode.FAILED;
    };
  }

  private static boolean wantsJson(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    return last.hasMatchedOption("--json");
  }

  /** A failure as a document. */
  static ProblemDocument document(Exception failure) {
    return switch (failure) {
      case ApiException api -> api.problem();
      case Refused refused -> RefusalDocument.of(refused.refusal());
      default ->
          new ProblemDocument(
              RefusalDocument.ABOUT + "fault",
              "It failed",
              500,
              RemedyCommands.message(failure),
              null,
              null,
              null);
    };
  }

  private int misunderstood(ParameterException failure, String[] arguments) {
    int code = own(failure.getCommandLine(), CommandExitCode.USAGE);
    if (failure.getCause() instanceof Refused refused) {
      context.tellFailure(refused, isJson(arguments));
      return code;
    }
    CommandSpec command = failure.getCommandLine().getCommandSpec();
    String name = command.qualifiedName(" ");
    List<String> near = near(failure, command);
    String remedy =
        (near.isEmpty() ? "" : "Did you mean " + String.join(" or ", near) + "? ")
            + (command.subcommands().isEmpty()
                ? name + " --help lists its options."
                : name + " --help lists its commands.");
    String detail = detail(failure, command);
    if (isJson(arguments)) {
      context.err().println(Json.line(document(failure, detail, remedy)));
    } else {
      context.tellFailure(detail);
      context.tellFailure(remedy);
    }
    return code;
  }

  /** Whether {@code --json} stands among what is Visco's. */
  private static boolean isJson(String[] arguments) {
    return Arrays.stream(arguments).takeWhile(one -> !one.equals("--")).anyMatch("--json"::equals);
  }

  private static String detail(ParameterException failure, CommandSpec command) {
    String unknown = unmatched(failure);
    if ("--json".equals(unknown)) {
      return command.qualifiedName(" ") + " has no result that JSON could show: no option --json.";
    } else if (unknown != null && unknown.startsWith("-")) {
      return "There is no option " + unknown + ".";
    } else if (unknown != null && !command.subcommands().isEmpty()) {
      return "There is no command \"" + unknown + "\".";
    } else if (unknown != null) {
      return "\"" + unknown + "\" is one argument too many.";
    }
    String said = String.valueOf(failure.getMessage()).lines().findFirst().orElse("").strip();
    return said.endsWith(".") ? said : said + ".";
  }

  private static @Nullable String unmatched(ParameterException failure) {
    return failure instanceof UnmatchedArgumentException unmatched
            && !unmatched.getUnmatched().isEmpty()
        ? unmatched.getUnmatched().getFirst()
        : null;
  }

  private static List<String> near(ParameterException failure, CommandSpec command) {
    String unknown = unmatched(failure);
    if (unknown == null) {
      return List.of();
    } else if (unknown.startsWith("-")) {
      Stream<String> names =
          command.options().stream()
              .filter(option -> !option.hidden())
              .flatMap(option -> Arrays.stream(option.names()))
              .filter(one -> one.startsWith("--"));
      return NearNames.options(unknown.split("=", 2)[0], names.toList());
    }
    var near = new ArrayList<String>();
    for (String one : NearNames.commands(unknown, shown(command))) {
      near.add(command.qualifiedName(" ") + " " + one);
    }
    return near;
  }

  private static List<String> shown(CommandSpec command) {
    return command.subcommands().entrySet().stream()
        .filter(one -> !one.getValue().getCommandSpec().usageMessage().hidden())
        .map(java.util.Map.Entry::getKey)
        .toList();
  }

  private static ProblemDocument document(
      ParameterException failure, String detail, String remedy) {
    ArgSpec argument = failure.getArgSpec();
    String unknown = unmatched(failure);
    String missing =
        failure instanceof MissingParameterException missed && !missed.getMissing().isEmpty()
            ? name(missed.getMissing().getFirst())
            : null;
    return new ProblemDocument(
        RefusalDocument.ABOUT + "usage",
        "Wrong usage",
        400,
        detail,
        remedy,
        argument != null ? name(argument) : unknown != null ? unknown : missing,
        failure.getValue());
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }
}
