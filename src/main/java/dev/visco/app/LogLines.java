package dev.visco.app;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.LayoutBase;
import dev.visco.model.GuestText;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * Layout of the daemon's log. A message is always one line with control characters escaped: it may
 * quote a guest, and must neither look like another log line nor control the terminal that shows
 * it. Lines of a stack trace begin with a tab, no other line does.
 */
public final class LogLines extends LayoutBase<ILoggingEvent> {
  private static final int MAX_FRAMES = 8;
  private static final int MAX_CAUSES = 8;

  /** A message that is longer is cut: 16 Ki characters. */
  private static final int MAX_MESSAGE = 16 << 10;

  private final DateTimeFormatter time =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneId.systemDefault());

  @Override
  public String doLayout(ILoggingEvent event) {
    String logger = event.getLoggerName();
    var text = new StringBuilder();
    text.append(time.format(Instant.ofEpochMilli(event.getTimeStamp())))
        .append(' ')
        .append(event.getLevel())
        .append(" ".repeat(Math.max(0, 5 - event.getLevel().toString().length())))
        .append(' ')
        .append(logger.substring(logger.lastIndexOf('.') + 1))
        .append(": ")
        .append(oneLine(event.getFormattedMessage()))
        .append('\n');
    append(text, event.getThrowableProxy());
    return text.toString();
  }

  private static void append(StringBuilder text, @Nullable IThrowableProxy thrown) {
    String before = "\t";
    int causes = 0;
    for (IThrowableProxy one = thrown; one != null && causes < MAX_CAUSES; one = one.getCause()) {
      text.append(before).append(one.getClassName());
      if (one.getMessage() != null) {
        text.append(": ").append(oneLine(one.getMessage()));
      }
      text.append('\n');
      StackTraceElementProxy[] frames = one.getStackTraceElementProxyArray();
      for (int at = 0; at < Math.min(frames.length, MAX_FRAMES); at++) {
        text.append("\t\t").append(oneLine(frames[at].getSTEAsString())).append('\n');
      }
      before = "\tcaused by ";
      causes++;
    }
  }

  private static String oneLine(@Nullable String message) {
    String text = message == null ? "" : message;
    return GuestText.escapedLine(
        text.length() <= MAX_MESSAGE ? text : text.substring(0, MAX_MESSAGE) + " …");
  }
}
