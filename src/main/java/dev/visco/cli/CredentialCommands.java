package dev.visco.cli;

import dev.visco.wire.Json;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code visco credentials}. */
@Command(
    name = "credentials",
    mixinStandardHelpOptions = true,
    description = "Puts users' credentials into the vault and their VMs, lists and removes them.",
    synopsisSubcommandLabel = "COMMAND")
final class CredentialCommands implements Callable<Integer> {
  private static final String PATH = "/api/credentials";

  private final CommandContext context;

  CredentialCommands(CommandContext context) {
    this.context = context;
  }

  static CommandLine commandLine(CommandContext context) {
    return new CommandLine(new CredentialCommands(context))
        .addSubcommand(new CredentialPut(context))
        .addSubcommand(new CredentialList(context))
        .addSubcommand(new CredentialShow(context))
        .addSubcommand(new CredentialValidate(context))
        .addSubcommand(new CredentialDeliver(context))
        .addSubcommand(new CredentialRemove(context));
  }

  @Override
  public Integer call() {
    return new CredentialList(context).call();
  }

  /** {@code visco credentials put}. */
  @Command(
      name = "put",
      mixinStandardHelpOptions = true,
      description = {
        "Puts a credential into the vault, or gives it a new value, and prints its id.",
        "The value is standard input or a file, without the end of its last line; a terminal asks for"
            + " it. It is never an argument, which others on this host could see."
      },
      footer = {
        "",
        "Examples: visco credentials put qwen-code --user alice --value-file key",
        "          visco credentials put proxy.example:1080 --kind proxy --user alice"
      })
  static final class CredentialPut implements Callable<Integer> {
    private static final int MAX = 1 << 20;

    private final CommandContext context;

    @Parameters(
        paramLabel = "PROVIDER",
        description = "whose service it is for, or the address of a proxy")
    private String provider = "";

    @Option(names = "--user", paramLabel = "USER", description = "whose it is (the token's user)")
    private @Nullable String user;

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "which of several for the provider (default)")
    private @Nullable String name;

    @Option(
        names = "--kind",
        paramLabel = "KIND",
        description = "credential, or proxy for the name and password at a proxy (credential)")
    private @Nullable String kind;

    @Option(
        names = "--value-file",
        paramLabel = "FILE",
        description = "a file with the value (standard input)")
    private @Nullable Path file;

    @Option(
        names = "--expires",
        paramLabel = "TIME",
        description = "how long it holds, like 30d (not known)")
    private @Nullable String expires;

    @Mixin private final JsonOption json = new JsonOption();

    CredentialPut(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() throws IOException {
      var path = new StringBuilder(PATH + "?provider=" + ApiPath.encoded(provider));
      add(path, "user", user);
      add(path, "name", name);
      add(path, "kind", kind);
      add(path, "expires", expires);
      byte[] value = value();
      try {
        int length = length(value);
        JsonNode made =
            context.api().upload("POST", path.toString(), out -> out.write(value, 0, length));
        context.out().println(json.isSet() ? Json.line(made) : made.path("id").asString());
        return CommandExitCode.OK;
      } finally {
        Arrays.fill(value, (byte) 0);
      }
    }

    private static void add(StringBuilder path, String parameter, @Nullable String value) {
      if (value != null) {
        path.append('&').append(parameter).append('=').append(ApiPath.encoded(value));
      }
    }

    private byte[] value() throws IOException {
      if (file != null) {
        try (InputStream in = Files.newInputStream(file)) {
          return in.readNBytes(MAX);
        }
      }
      Console console = System.console();
      if (console == null || !console.isTerminal()) {
        return System.in.readNBytes(MAX);
      }
      char[] typed = console.readPassword("Value: ");
      if (typed == null) {
        return new byte[0];
      }
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(CharBuffer.wrap(typed));
      Arrays.fill(typed, '\0');
      byte[] value = new byte[bytes.remaining()];
      bytes.get(value);
      Arrays.fill(bytes.array(), (byte) 0);
      return value;
    }

    /** Without the end of the last line, as {@code echo} writes it. */
    private static int length(byte[] value) {
      int length = value.length;
      if (length > 0 && value[length - 1] == '\n') {
        length--;
        if (length > 0 && value[length - 1] == '\r') {
          length--;
        }
      }
      return length;
    }
  }

  /** {@code visco credentials ls}. */
  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists credentials. Their values are in no answer.",
      footer = {"", "Example: visco credentials ls --user alice"})
  static final class CredentialList extends ListCommand {
    @Option(names = "--user", paramLabel = "USER", description = "only this user's")
    private @Nullable String user;

    CredentialList(CommandContext context) {
      super(context);
    }

    @Override
    String route() {
      return PATH + (user == null ? "" : "?user=" + ApiPath.encoded(user));
    }

    @Override
    List<String> heading() {
      return List.of(
          "CREDENTIAL",
          "USER",
          "PROVIDER",
          "NAME",
          "STATE",
          "EXPIRES",
          "VALIDATED",
          "KIND",
          "VERSION",
          "CHANGED");
    }

    @Override
    Set<String> wideOnly() {
      return Set.of("KIND", "VERSION", "CHANGED");
    }

    @Override
    List<String> row(JsonNode one) {
      return List.of(
          Tables.text(one, "id"),
          Tables.text(one, "user"),
          Tables.text(one, "provider"),
          Tables.text(one, "name"),
          Tables.text(one, "state"),
          one.has("expires") ? age(one, "expires") : "-",
          one.has("validated") ? age(one, "validated") : "never",
          Tables.text(one, "kind"),
          Tables.text(one, "version"),
          age(one, "changed"));
    }
  }

  /** {@code visco credentials show}. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows what is known of a credential, and which VMs have it; never its value.",
      footer = {"", "Example: visco credentials show cred-3f2a91c07b15 --meta"})
  static final class CredentialShow extends InspectCommand {
    @Option(
        names = "--meta",
        description = "what is known besides the value, which is all that is ever shown")
    void meta(boolean isGiven) {
      // There is nothing else to choose.
    }

    CredentialShow(CommandContext context) {
      super(context, PATH + "/");
    }
  }

  /** {@code visco credentials validate}. */
  @Command(
      name = "validate",
      mixinStandardHelpOptions = true,
      description = {
        "Decrypts a credential, and asks its provider where that is known how.",
        "Exits with 1 if it is not accepted any more."
      },
      footer = {"", "Example: visco credentials validate cred-3f2a91c07b15"})
  static final class CredentialValidate implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "CREDENTIAL", description = "its id")
    private String id = "";

    @Mixin private final JsonOption json = new JsonOption();

    CredentialValidate(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() {
      JsonNode found =
          context.api().json("POST", PATH + "/" + ApiPath.encoded(id) + "/validate", Map.of());
      String state = found.path("state").asString();
      context
          .out()
          .println(
              json.isSet()
                  ? Json.line(found)
                  : id
                      + " is "
                      + state
                      + (found.path("asked").asBoolean()
                          ? ""
                          : ": it decrypts, and its provider cannot be asked")
                      + (found.has("problem") ? ": " + found.path("problem").asString() : ""));
      return Set.of("valid", "unchecked").contains(state)
          ? CommandExitCode.OK
          : CommandExitCode.FAILED;
    }
  }

  /** {@code visco credentials deliver}. */
  @Command(
      name = "deliver",
      mixinStandardHelpOptions = true,
      description = {
        "Puts a credential into its user's VMs once more, also where it was refused; which VMs those"
            + " are is found in docs/delivery.md. Nobody has to do this for VMs that can be reached.",
        "With --vm it goes into that VM in any case. One whose tokens change with each refresh is"
            + " taken away from the VM that had it before. Exits with 1 if a VM does not have it.",
        "That VM keeps it until another one is named, or --unchoose takes that back."
      },
      footer = {
        "",
        "Examples: visco credentials deliver cred-3f2a91c07b15",
        "          visco credentials deliver cred-3f2a91c07b15 --vm tools",
        "          visco credentials deliver cred-3f2a91c07b15 --unchoose"
      })
  static final class CredentialDeliver implements Callable<Integer> {
    private final CommandContext context;

    @Parameters(paramLabel = "CREDENTIAL", description = "its id")
    private String id = "";

    @Option(names = "--vm", paramLabel = "VM", description = "the VM that is to have it")
    private @Nullable String vm;

    @Option(
        names = "--unchoose",
        description = "takes an earlier --vm back, of the VM that is named now or of all")
    private boolean isTakenBack;

    @Mixin private final JsonOption json = new JsonOption();

    CredentialDeliver(CommandContext context) {
      this.context = context;
    }

    private Map<String, Object> asked() {
      var asked = new TreeMap<String, Object>();
      if (vm != null) {
        asked.put("vm", vm);
      }
      if (isTakenBack) {
        asked.put("unchoose", true);
      }
      return asked;
    }

    @Override
    public Integer call() {
      JsonNode answer =
          context.api().json("POST", PATH + "/" + ApiPath.encoded(id) + "/deliver", asked());
      if (json.isSet()) {
        context.out().println(Json.line(answer));
      }
      boolean isComplete = true;
      for (JsonNode one : answer) {
        String state = one.path("state").asString();
        boolean isThere = state.equals("delivered");
        // Another VM that may not have it is no failure of the one that was asked for.
        isComplete &= isThere || (vm != null || isTakenBack) && state.equals("refused");
        if (!json.isSet()) {
          context
              .out()
              .println(
                  one.path("vm").asString()
                      + " "
                      + state
                      + (one.has("reason") ? ": " + one.path("reason").asString() : ""));
        }
      }
      return isComplete ? CommandExitCode.OK : CommandExitCode.FAILED;
    }
  }

  /** {@code visco credentials rm}. */
  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = {
        "Removes credentials from the vault, and from the VMs that have them: at once where they run,"
            + " else before they are ready again. Their providers are not told."
      },
      footer = {"", "Example: visco credentials rm cred-3f2a91c07b15"})
  static final class CredentialRemove extends RemoveCommand {
    CredentialRemove(CommandContext context) {
      super(context, PATH + "/");
    }
  }
}
