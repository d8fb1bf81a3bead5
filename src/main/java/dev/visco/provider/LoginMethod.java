package dev.visco.provider;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Durations;
import dev.visco.model.Refused;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One way to sign a tool in. It ends by a redirect to the tool's own listener, by a code that the
 * user pastes, by a device code, or by a key.
 *
 * @param command the tool's login with its arguments, for every channel but a key; {@code {NAME}}
 *     stands for one of the provider's values
 * @param environment additional variables of the command, with values in the same way
 * @param parameters what the channel has to be told besides
 * @param link where the link comes from, in the order in which sources are preferred
 * @param maxTime after which the tool itself gives up, like {@code 15m}; null when it waits
 * @param questions what it asks on its terminal
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LoginMethod(
    LoginChannel channel,
    List<String> command,
    Map<String, String> environment,
    Map<String, String> parameters,
    List<LinkSource> link,
    @Nullable LoginRedirect redirect,
    @Nullable PastedCode paste,
    @Nullable DeviceCode device,
    @Nullable String maxTime,
    List<LoginQuestion> questions) {

  public LoginMethod {
    channel = ProviderText.required("channel", channel);
    command = ProviderText.command("command", command);
    environment = ProviderText.variables("environment", environment);
    parameters = parameters == null ? Map.of() : Map.copyOf(new TreeMap<>(parameters));
    link = ProviderText.list("link", link);
    questions = ProviderText.list("questions", questions);
    if (maxTime != null) {
      Durations.of("max-time", maxTime);
    }
    checkCommand(channel, command);
    checkParameters(channel, parameters);
    checkLink(channel, link);
    if (channel != LoginChannel.KEY && redirect == null && paste == null && device == null) {
      throw Refused.invalid(
          "redirect",
          "",
          "is missing, and so are paste and device",
          "Say how the login ends: redirect, paste or device.");
    }
    if (!questions.isEmpty() && channel != LoginChannel.PTY) {
      throw Refused.invalid(
          "questions",
          channel.word(),
          "has no terminal on which anything is asked",
          "Leave the questions out, or take the channel pty.");
    }
  }

  private static void checkCommand(LoginChannel channel, List<String> command) {
    if (command.isEmpty() == (channel != LoginChannel.KEY)) {
      throw Refused.invalid(
          "command",
          String.join(" ", command),
          channel == LoginChannel.KEY ? "is not run for a key" : "is missing",
          channel == LoginChannel.KEY ? "Leave it out." : "Give the tool's login command.");
    }
  }

  private static void checkParameters(LoginChannel channel, Map<String, String> parameters) {
    for (String name : channel.needed()) {
      ProviderText.text("parameters." + name, parameters.get(name));
    }
    var known = new HashSet<>(channel.needed());
    known.addAll(channel.optional());
    parameters.keySet().forEach(name -> ProviderText.oneOf("parameters", name, known));
  }

  private static void checkLink(LoginChannel channel, List<LinkSource> link) {
    if (link.isEmpty() == (channel != LoginChannel.KEY)) {
      throw Refused.invalid(
          "link",
          channel.word(),
          channel == LoginChannel.KEY ? "has no link" : "needs to know where its link comes from",
          channel == LoginChannel.KEY ? "Leave it out." : "Give answer, browser, osc8 or text.");
    }
    for (LinkSource source : link) {
      boolean isOfText = source == LinkSource.OSC8 || source == LinkSource.TEXT;
      if (channel.isText() ? source == LinkSource.ANSWER : isOfText) {
        throw Refused.invalid(
            "link",
            source.word(),
            "does not occur on the channel " + channel.word(),
            channel.isText() ? "Give browser, osc8 or text." : "Give answer or browser.");
      }
    }
  }

  /**
   * Where the provider's page sends the browser in the end: a listener of the tool.
   *
   * @param hosts as they may stand in the link's {@code redirect_uri}
   * @param port 0 for one that the tool chooses
   * @param path of the listener
   */
  public record LoginRedirect(List<String> hosts, int port, String path) {
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "::1");
    private static final Pattern URL_PATH = Pattern.compile("(/[A-Za-z0-9._~-]*){1,16}");

    public LoginRedirect {
      hosts = ProviderText.list("hosts", hosts);
      if (hosts.isEmpty()) {
        hosts = LOOPBACK;
      }
      for (String host : hosts) {
        if (!LOOPBACK.contains(host)) {
          throw Refused.invalid(
              "hosts",
              host,
              "is not this machine's loopback, where tools listen",
              "Give " + String.join(", ", LOOPBACK) + ", or leave it out for all three.");
        }
      }
      if (port < 0 || port > 65_535) {
        throw Refused.invalid("port", Integer.toString(port), "is no port", "Give 0 to 65535.");
      }
      path =
          ProviderText.matching(
              "path", path, URL_PATH, "a path like /auth/callback of plain characters");
    }
  }

  /**
   * A page of the provider that shows a code, which the user pastes.
   *
   * @param page to which the link redirects, https
   * @param tries how often the tool takes a code, 1 to 10
   */
  public record PastedCode(String page, int tries) {
    private static final Pattern URL = Pattern.compile("https://[a-z0-9.-]{1,253}(/[\\w./-]*)?");

    public PastedCode {
      page = ProviderText.matching("page", page, URL, "an address like https://host/path");
      tries = tries == 0 ? 1 : tries;
      if (tries < 0 || tries > 10) {
        throw Refused.invalid("tries", Integer.toString(tries), "is out of range", "Give 1 to 10.");
      }
    }
  }

  /**
   * A code that the user types into the provider's page (RFC 8628).
   *
   * @param page where it is typed; null when the tool names it
   * @param form of the code: {@code X} for an upper-case letter or a digit, and hyphens, like
   *     {@code XXXX-XXXX}; null when an answer has it in a field of its own
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record DeviceCode(@Nullable String page, @Nullable String form) {
    private static final Pattern FORM = Pattern.compile("(?=.{4,32}$)X[X-]*X");

    public DeviceCode {
      if (page != null) {
        ProviderText.matching("page", page, PastedCode.URL, "an address like https://host/path");
      }
      if (form != null) {
        ProviderText.matching("form", form, FORM, "4 to 32 of X and -, like XXXX-XXXX");
      }
    }
  }

  /**
   * A question on the tool's terminal.
   *
   * @param text that is on the screen, white space squeezed
   * @param keys that answer it, each sent by itself: {@code enter}, {@code escape}, {@code tab},
   *     {@code up}, {@code down}, {@code left}, {@code right}, {@code space}, or text to type
   */
  public record LoginQuestion(String text, List<String> keys) {
    public LoginQuestion {
      text = ProviderText.text("text", text);
      keys = ProviderText.list("keys", keys);
      if (keys.isEmpty()) {
        throw Refused.invalid("keys", "", "are missing", "Give what is typed, like [\"enter\"].");
      }
      keys.forEach(key -> ProviderText.text("keys", key));
    }
  }
}
