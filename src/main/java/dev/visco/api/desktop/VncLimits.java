package dev.visco.api.desktop;

import dev.visco.settings.Settings;
import java.time.Duration;

/**
 * Limits of one viewer of a desktop.
 *
 * @param frameBytes of a viewer's frame; a longer one ends the connection with 1009
 * @param messagesPerSecond of a viewer; what comes faster waits, and nothing is dropped
 * @param viewers of one VM at a time
 * @param idle how long a viewer may neither type nor point
 * @param connect for the guest's desktop to let us in
 * @param handshake for the viewer to get through RFB's handshake
 * @param write for the other side to take what is written
 * @param ping how often a viewer is asked whether it is there
 * @param pong how long it may owe the answer
 */
public record VncLimits(
    int frameBytes,
    int messagesPerSecond,
    int viewers,
    Duration idle,
    Duration connect,
    Duration handshake,
    Duration write,
    Duration ping,
    Duration pong) {
  /** Higher than the rate of any mouse. */
  private static final int MESSAGES_PER_SECOND = 2000;

  /** A viewer's frames are small: noVNC sends at most 10 KiB, {@code visco vnc} at most 32. */
  private static final int FRAME_BYTES = 1 << 16;

  public static VncLimits of(int viewers, Duration idle) {
    return new VncLimits(
        FRAME_BYTES,
        MESSAGES_PER_SECOND,
        viewers,
        idle,
        Duration.ofSeconds(10),
        Duration.ofSeconds(20),
        Duration.ofSeconds(30),
        Duration.ofSeconds(20),
        Duration.ofSeconds(60));
  }

  public static VncLimits of(Settings settings) {
    return of(settings.desktopViewers(), settings.desktopIdle());
  }
}
