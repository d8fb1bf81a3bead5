package dev.visco.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.provider.PromptStream;
import dev.visco.provider.ProviderPrompt;
import dev.visco.wire.Json;
import dev.visco.wire.PromptEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What each kind of tool prints, as events. */
class PromptReadingTest {
  private static final String CLAUDE =
      """
      {"type":"system","subtype":"init","session_id":"s-1","model":"sonnet","tools":["Bash"]}
      {"type":"assistant","message":{"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"I look."},{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}]}}
      {"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"a.txt"}],"is_error":false}]}}
      {"type":"assistant","message":{"content":[{"type":"text","text":"One file."}]}}
      {"type":"result","subtype":"success","is_error":false,"result":"One file.","usage":{"input_tokens":10,"output_tokens":4,"cache_read_input_tokens":3},"total_cost_usd":0.25}
      """;
  private static final String CODEX =
      """
      {"type":"thread.started","thread_id":"s-1"}
      {"type":"turn.started"}
      {"type":"item.completed","item":{"id":"i0","type":"reasoning","text":"hm"}}
      {"type":"item.completed","item":{"id":"i1","type":"agent_message","text":"I look."}}
      {"type":"item.started","item":{"id":"t1","type":"command_execution","command":"ls","status":"in_progress"}}
      {"type":"item.completed","item":{"id":"t1","type":"command_execution","command":"ls","aggregated_output":"a.txt","exit_code":0,"status":"completed"}}
      {"type":"item.completed","item":{"id":"i2","type":"agent_message","text":"One file."}}
      {"type":"turn.completed","usage":{"input_tokens":10,"cached_input_tokens":3,"output_tokens":4}}
      """;
  private static final String GEMINI =
      """
      {"type":"init","session_id":"s-1","model":"flash"}
      {"type":"message","role":"user","content":"what files?"}
      {"type":"message","role":"assistant","content":"I look.","delta":true}
      {"type":"tool_use","tool_name":"ls","tool_id":"t1","parameters":{"path":"."}}
      {"type":"tool_result","tool_id":"t1","status":"success","output":"a.txt"}
      {"type":"message","role":"assistant","content":"One file.","delta":true}
      {"type":"result","status":"success","stats":{"total_tokens":14,"input_tokens":10,"output_tokens":4,"cached":3}}
      """;
  private static final String OPENCODE =
      """
      {"type":"step_start","sessionID":"s-1","part":{"type":"step-start"}}
      {"type":"text","sessionID":"s-1","part":{"type":"text","text":"I look."}}
      {"type":"tool_use","sessionID":"s-1","part":{"tool":"bash","callID":"t1","state":{"status":"completed","input":{"command":"ls"},"output":"a.txt"}}}
      {"type":"step_finish","sessionID":"s-1","part":{"reason":"tool-calls","cost":0.125,"tokens":{"input":6,"output":3,"cache":{"read":3}}}}
      {"type":"text","sessionID":"s-1","part":{"type":"text","text":"One file."}}
      {"type":"step_finish","sessionID":"s-1","part":{"reason":"stop","cost":0.125,"tokens":{"input":4,"output":1,"cache":{"read":0}}}}
      """;
  private static final String COPILOT =
      """
      {"type":"session.start","data":{"sessionId":"s-1","selectedModel":"gpt"}}
      {"type":"assistant.message","data":{"content":"I look.","toolRequests":[{"toolCallId":"t1","name":"bash"}]}}
      {"type":"tool.execution_start","data":{"toolCallId":"t1","toolName":"bash","arguments":{"command":"ls"}}}
      {"type":"tool.execution_complete","data":{"toolCallId":"t1","success":true,"result":{"content":"a.txt"}}}
      {"type":"assistant.message","data":{"content":"One file."}}
      {"type":"assistant.usage","data":{"inputTokens":10,"outputTokens":4,"cacheReadTokens":3}}
      """;

  private static String printed(PromptStream stream) {
    return switch (stream) {
      case CLAUDE -> CLAUDE;
      case CODEX -> CODEX;
      case GEMINI -> GEMINI;
      case OPENCODE -> OPENCODE;
      case COPILOT -> COPILOT;
      case TEXT -> "I look.\nOne file.\n";
    };
  }

  private static PromptReading reading(PromptStream stream, @Nullable String signInText) {
    return new PromptReading(
        new ProviderPrompt(List.of("tool", "{prompt}"), stream, List.of(1), signInText));
  }

  private static List<PromptEvent> all(PromptStream stream, String printed, int piece) {
    PromptReading reading = reading(stream, null);
    byte[] bytes = printed.getBytes(StandardCharsets.UTF_8);
    var events = new ArrayList<PromptEvent>();
    for (int at = 0; at < bytes.length; at += piece) {
      int end = Math.min(bytes.length, at + piece);
      events.addAll(reading.output(java.util.Arrays.copyOfRange(bytes, at, end), end));
    }
    events.addAll(reading.end(0, false));
    return events;
  }

  private static List<String> texts(List<PromptEvent> events, String type) {
    return events.stream()
        .filter(event -> event.type().equals(type))
        .map(event -> event.text() + "")
        .map(String::strip)
        .toList();
  }

  @ParameterizedTest
  @EnumSource(PromptStream.class)
  void everyToolTellsTheSameStory(PromptStream stream) {
    List<PromptEvent> events = all(stream, printed(stream), 7);
    assertThat(events).isEqualTo(all(stream, printed(stream), 100_000));
    assertThat(texts(events, PromptEvent.CONTENT)).containsExactly("I look.", "One file.");
    assertThat(texts(events, PromptEvent.ERROR)).isEmpty();
    assertThat(texts(events, PromptEvent.LOG)).isEmpty();
    PromptEvent done = events.getLast();
    assertThat(done.type()).isEqualTo(PromptEvent.DONE);
    assertThat(done.exitCode()).isZero();
    assertThat(done.needsSignIn()).isNull();
    if (stream == PromptStream.TEXT) {
      assertThat(done.usage()).isNull();
      return;
    }
    assertThat(events.getFirst().session()).isEqualTo("s-1");
    assertThat(Json.line(events))
        .contains("\"id\":\"t1\"")
        .contains("\"output\":\"a.txt\"")
        .doesNotContain("failed");
    PromptEvent.PromptUsage usage = Objects.requireNonNull(done.usage());
    assertThat(usage.inputTokens()).isEqualTo(10);
    assertThat(usage.outputTokens()).isEqualTo(4);
    assertThat(usage.cachedTokens()).isEqualTo(3);
  }

  @Test
  void aFollowerGoesOnAfterAnyEvent() {
    List<PromptEvent> events = all(PromptStream.CODEX, CODEX, 64);
    for (int at = 0; at < events.size() - 1; at++) {
      long offset = Objects.requireNonNull(events.get(at).offset());
      byte[] rest =
          java.util.Arrays.copyOfRange(
              CODEX.getBytes(StandardCharsets.UTF_8),
              (int) offset,
              CODEX.getBytes(StandardCharsets.UTF_8).length);
      List<PromptEvent> further = reading(PromptStream.CODEX, null).output(rest, CODEX.length());
      assertThat(further)
          .isEqualTo(
              events.subList(0, events.size() - 1).stream()
                  .filter(event -> Objects.requireNonNull(event.offset()) > offset)
                  .toList());
    }
  }

  @Test
  void failuresOfTheToolAreErrors() {
    assertThat(
            texts(
                all(
                    PromptStream.CLAUDE,
                    "{\"type\":\"result\",\"subtype\":\"error_max_turns\",\"is_error\":true}\n",
                    99),
                PromptEvent.ERROR))
        .containsExactly("error_max_turns");
    assertThat(
            texts(
                all(
                    PromptStream.CODEX,
                    "{\"type\":\"turn.failed\",\"error\":{\"message\":\"no quota\"}}\n",
                    99),
                PromptEvent.ERROR))
        .containsExactly("no quota");
    assertThat(
            texts(
                all(
                    PromptStream.GEMINI,
                    "{\"type\":\"error\",\"severity\":\"warning\",\"message\":\"slow\"}\n"
                        + "{\"type\":\"result\",\"status\":\"error\",\"error\":{\"message\":\"bad\"}}\n",
                    99),
                PromptEvent.ERROR))
        .containsExactly("bad");
    assertThat(
            texts(
                all(
                    PromptStream.OPENCODE,
                    "{\"type\":\"error\",\"error\":{\"data\":{\"message\":\"no key\"}}}\n",
                    99),
                PromptEvent.ERROR))
        .containsExactly("no key");
    assertThat(
            texts(
                all(PromptStream.COPILOT, "{\"type\":\"session.error\",\"data\":{}}\n", 99),
                PromptEvent.ERROR))
        .containsExactly("The tool tells no reason.");
  }

  @Test
  void aSignInIsNeededWhenTheToolSaysSoAndEndsSo() {
    PromptReading reading = reading(PromptStream.CODEX, "Sign in again");
    reading.errors("please SIGN IN AGAIN\n".getBytes(StandardCharsets.UTF_8));
    assertThat(reading.end(1, false).getLast().needsSignIn()).isTrue();
    assertThat(reading(PromptStream.CODEX, "Sign in again").end(1, false).getLast().needsSignIn())
        .isNull();
    PromptReading other = reading(PromptStream.CODEX, "Sign in again");
    other.errors("sign in again\n".getBytes(StandardCharsets.UTF_8));
    assertThat(other.end(2, true).getLast().needsSignIn()).isNull();
    assertThat(reading(PromptStream.TEXT, null).end(1, false).getLast().needsSignIn()).isTrue();
  }

  /** A guest may print what it likes. */
  @ParameterizedTest
  @EnumSource(PromptStream.class)
  void whateverIsPrintedBecomesEventsAndIsBounded(PromptStream stream) {
    var random = new Random(4);
    String good = printed(stream);
    for (int round = 0; round < 500; round++) {
      byte[] bytes = good.getBytes(StandardCharsets.UTF_8);
      for (int change = random.nextInt(20); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      PromptReading reading = reading(stream, "x");
      reading.output(bytes, bytes.length);
      assertThat(reading.end(1, false)).isNotEmpty();
    }
    PromptReading reading = reading(stream, "x");
    byte[] block = "y".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
    for (int at = 1; at <= 20; at++) {
      assertThat(reading.output(block, (long) at << 20)).isEmpty();
    }
    List<PromptEvent> events = reading.end(0, false);
    assertThat(Json.line(events).length()).isLessThan(200_000);
    assertThat(events).hasSize(2);
    assertThat(all(stream, "{\"type\":7}\n[1]\nnull\n\n\"x\"\n{\"part\":[]}\n", 3)).isNotEmpty();
  }
}
