package dev.visco.api.desktop;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.session.rfb.DesktopUnreachable;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Why Visco closes a desktop's WebSocket: a code from the range for applications (RFC 6455, 7.4.2),
 * and a reason that begins with a fixed word for programs.
 *
 * @param code see the constants
 * @param word what it was, like {@code port-closed}
 * @param text the same in a sentence
 */
record VncClose(int code, String word, String text) {
  /** The viewer sent invalid RFB, or too much. */
  static final int BAD_MESSAGE = 4002;

  /** The viewer may not see this desktop, or not any more. */
  static final int NOT_ALLOWED = 4001;

  /** There is no such VM, or it has no desktop. */
  static final int NOT_FOUND = 4004;

  /** The viewer is idle, does not read, or is gone. */
  static final int IDLE = 4008;

  /** The VM has ended. */
  static final int ENDED = 4009;

  /** The guest's desktop does not answer: not yet, or not any more. */
  static final int NO_ANSWER = 4010;

  /** A limit is reached. */
  static final int LIMIT = 4029;

  /** Bytes of a reason: a control frame has 125, and the code is two of them (RFC 6455, 5.5). */
  private static final int MAX_REASON = 123;

  static VncClose of(Refused refused) {
    Refusal refusal = refused.refusal();
    return switch (refusal) {
      case Refusal.NotFound it ->
          new VncClose(NOT_FOUND, it.kind().equals("VM") ? "no-vm" : "no-desktop", it.detail());
      case Refusal.Conflict it -> new VncClose(ENDED, "ended", it.detail());
      case Refusal.KeyReused it -> new VncClose(NOT_FOUND, "invalid", it.detail());
      case Refusal.Outdated it -> new VncClose(ENDED, "outdated", it.detail());
      case Refusal.LimitReached it -> new VncClose(LIMIT, "viewers", it.detail());
      case Refusal.HostLacks it -> new VncClose(NO_ANSWER, "no-" + it.what(), it.detail());
      case Refusal.NotReadyYet it -> new VncClose(NO_ANSWER, "not-ready", it.detail());
      case Refusal.Invalid it -> new VncClose(NOT_FOUND, "invalid", it.detail());
      case Refusal.NoFreeSlot it -> new VncClose(NO_ANSWER, "no-slot", it.detail());
      case Refusal.CannotBoot it -> new VncClose(NO_ANSWER, "cannot-boot", it.detail());
      case Refusal.Unauthorized it -> new VncClose(NOT_ALLOWED, "not-allowed", it.detail());
      case Refusal.Forbidden it -> new VncClose(NOT_ALLOWED, "not-allowed", it.detail());
      case Refusal.TooMany it -> new VncClose(LIMIT, "too-many", it.detail());
    };
  }

  static VncClose of(DesktopUnreachable fault) {
    return new VncClose(NO_ANSWER, fault.stage().word(), fault.getMessage() + "");
  }

  /** Word and text, cut to the maximum length. */
  String reason() {
    var bytes = ByteBuffer.allocate(MAX_REASON);
    // Never half a character: the encoder leaves out what does not fit.
    StandardCharsets.UTF_8
        .newEncoder()
        .encode(CharBuffer.wrap(word + ": " + text.replaceAll("\\s+", " ")), bytes, true);
    return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
  }
}
