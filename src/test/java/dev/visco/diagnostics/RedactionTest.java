package dev.visco.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is struck out of a bundle's texts, and what is not. */
class RedactionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "password=\"correct horse battery\" next | password=\"(removed)\" next",
        "secret: 'two words' next | secret: '(removed)' next",
        "x={\\\"password\\\":\\\"two words\\\",\\\"a\\\":1} | x={\\\"password\\\":\\\"(removed)\\\",\\\"a\\\":1}",
        "git clone https://user:pass@host/x.git | git clone https://user:(removed)@host/x.git",
        "https://ghp_notlong@host/ | https://(removed)@host/",
        "http://host:80/a@b?c=d | http://host:80/a@b?c=d",
        "Password for root: hunter2 | Password for root: (removed)",
        "Initial password: correct horse battery | Initial password: (removed)",
        "DB_PASS=geheim DB_USER=me | DB_PASS=(removed) DB_USER=me",
        "pwd = x1 | pwd = (removed)",
        "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG | export AWS_SECRET_ACCESS_KEY=(removed)",
        "key AKIAIOSFODNN7EXAMPLE used | key (removed) used",
        "pushed with ghp_16C7e42F292c6912E7710c838347Ae178B4a ok | pushed with (removed) ok",
        "github_pat_11ABCDEFG0abcdefghijkl_x | (removed)",
        "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N end | jwt (removed) end",
        "Authorization: Basic dXNlcjpwYXNz | Authorization: Basic (removed)",
        "authorization: bearer abcdefgh12345678 | authorization: bearer (removed)",
        "curl -H 'Bearer abcdefgh12345678' x | curl -H 'Bearer (removed) x",
        "Cookie: session=abc; other=def | Cookie: (removed)",
        "root:$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2:19000:0 | root:(removed):19000:0",
        "xoxb-123456789012-abcdef | (removed)",
        "visco.ticket.0123456789abcdef0123456789 | (removed)",
        "token => abc next | token => (removed) next",
      })
  void secretsAreStruckOut(String text, String left) {
    assertThat(Redaction.of(text)).isEqualTo(left);
    // A colleague may bundle what was bundled.
    assertThat(Redaction.of(left)).isEqualTo(left);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[    0.000000] Command line: console=ttyS0 reboot=k panic=1 root=PARTUUID=fb9cce59-a6e2 rw",
        "systemd[1]: Started Forward Password Requests to Wall Directory Watch.",
        "random: crng init done",
        "compass=north bypass: yes passed=3",
        "EXT4-fs (vda1): mounted filesystem 0f3c4b6e-8a1b-4a51-a6f2-2f5b1a0c9d11 r/w with ordered data mode",
        "visco: service sshd started",
        "http://10.0.0.1:8080/path?x=1",
        "12:34:56 up 1:02, load average: 0.00",
        "a $PATH and $5 and $HOME$",
        "password=",
        "[\"app.password=\",\"quiet\"]",
        "{\"token\":null,\"secrets\":[1,2]}",
      })
  void whatIsNoSecretStays(String text) {
    assertThat(Redaction.of(text)).isEqualTo(text);
  }

  @Test
  void privateKeysGoWholeEvenInPieces() {
    String key =
        "a\n-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\nAAAA\n-----END EC PRIVATE KEY-----\nb\n"
            + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    String left = "a\n(removed)\nb\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    assertThat(Redaction.of(key)).isEqualTo(left);
    var pieces = Redaction.pieceByPiece();
    var all = new StringBuilder();
    key.lines().forEach(line -> all.append(pieces.piece(line + "\n")));
    assertThat(all).hasToString(left);
  }

  @Test
  void aValueThatIsCutInTwoIsStruckOutWhole() {
    var pieces = Redaction.pieceByPiece();
    assertThat(pieces.piece("password=abc")).isEqualTo("password=(removed)");
    assertThat(pieces.piece("def next")).isEqualTo(" next");
  }

  /** Where a place was looked at as often as the text is long, one of these would take an hour. */
  @Test
  @Timeout(value = 100, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void hostileTextsTakeNoLongerThanTheirLength() {
    for (String hostile :
        new String[] {
          "a-",
          "token",
          "password for ",
          "://",
          "://a:",
          "-----BEGIN ",
          "-----END ",
          "eyJ",
          "eyJ-",
          "eyJ.",
          "$6$a",
          "$",
          "ghp_",
          "sk-a",
          "bearer ",
          "basic aaaaaaa ",
          "\"password\"",
          "password=\\\"",
          "\\",
          "authorization: "
        }) {
      int times = (1 << 18) / hostile.length();
      assertThat(Redaction.of(hostile.repeat(times)).isEmpty()).as(hostile).isFalse();
    }
  }
}
