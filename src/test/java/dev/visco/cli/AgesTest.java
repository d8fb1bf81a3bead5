package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.wire.Json;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgesTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          PT0S       | now
          PT0.9S     | now
          PT1S       | 1 second ago
          PT59S      | 59 seconds ago
          PT60S      | 1 minute ago
          PT3M20S    | 3 minutes ago
          PT1H       | 1 hour ago
          PT47H59M   | 47 hours ago
          PT48H      | 2 days ago
          P13D       | 13 days ago
          P14D       | 2 weeks ago
          P59D       | 8 weeks ago
          P60D       | 2 months ago
          P729D      | 24 months ago
          P730D      | 2 years ago
          PT-90M     | in 1 hour
          P-3D       | in 3 days
          """)
  void areInTheirLargestWholeUnit(Duration age, String expected) {
    assertThat(Ages.text(NOW.minus(age), NOW)).isEqualTo(expected);
  }

  @Test
  void whatIsNoTimeStaysAsItIs() {
    var entry = Json.mapper().readTree("{\"a\":\"2026-03-01T11:00:00Z\",\"b\":\"soon\"}");
    assertThat(Ages.text(entry, "a", NOW)).isEqualTo("1 hour ago");
    assertThat(Ages.text(entry, "b", NOW)).isEqualTo("soon");
    assertThat(Ages.text(entry, "c", NOW)).isEqualTo("-");
  }
}
