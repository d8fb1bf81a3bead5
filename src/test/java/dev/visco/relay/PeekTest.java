package dev.visco.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which host the first bytes of a connection mean, whole, half, cut, damaged and made up. */
@Timeout(60)
class PeekTest {
  private static final int ECH = 0xfe0d;

  private static Peek tls(byte[] bytes) {
    return TlsHello.read(bytes, bytes.length);
  }

  private static Peek http(String head) {
    byte[] bytes = head.getBytes(StandardCharsets.ISO_8859_1);
    return HttpHead.read(bytes, bytes.length);
  }

  @Test
  void aRealHelloTellsItsServerName() {
    byte[] hello = Hellos.real("Www.Example.com");
    assertThat(tls(hello)).isEqualTo(new Peek.Host("www.example.com"));
    for (int length = 0; length < hello.length; length++) {
      assertThat(TlsHello.read(hello, length)).isEqualTo(new Peek.More());
    }
    byte[] followed = Hellos.joined(hello, new byte[] {23, 3, 3, 0, 1, 0});
    assertThat(tls(followed)).isEqualTo(new Peek.Host("www.example.com"));
  }

  @Test
  void aHelloMayBeCutIntoRecords() {
    byte[] hello = Hellos.with(Hellos.serverName("example.com"));
    assertThat(tls(Hellos.cut(hello, 10))).isEqualTo(new Peek.Host("example.com"));
    assertThat(tls(Hellos.cut(hello, 1)))
        .as("far more records than any program makes")
        .isEqualTo(new Peek.Nameless(TlsHello.NO_TLS));
  }

  @Test
  void aHelloWithoutANameOrWithAHiddenOneIsRefused() {
    assertThat(tls(Hellos.with())).isEqualTo(new Peek.Nameless(TlsHello.NO_SERVER_NAME));
    assertThat(tls(Hellos.with(Hellos.serverName("198.51.100.7"))))
        .isEqualTo(new Peek.Nameless(TlsHello.NO_SERVER_NAME));
    assertThat(tls(Hellos.with(Hellos.serverName("a\0.example.com"))))
        .isEqualTo(new Peek.Nameless(TlsHello.NO_SERVER_NAME));
    for (byte[] hello :
        new byte[][] {
          Hellos.with(Hellos.serverName("a.example"), Hellos.extension(ECH, new byte[8])),
          Hellos.with(Hellos.extension(ECH, new byte[8]), Hellos.serverName("a.example"))
        }) {
      assertThat(tls(hello)).isEqualTo(new Peek.Nameless(TlsHello.ENCRYPTED_HELLO));
    }
    assertThat(tls(Hellos.with(Hellos.serverName("a.example"), Hellos.serverName("b.example"))))
        .as("two names, of which others may read the other one")
        .isEqualTo(new Peek.Nameless(TlsHello.NO_TLS));
  }

  @Test
  void whatIsNoTlsIsSeenAtItsFirstBytes() {
    for (String text : new String[] {"GET / HTTP/1.1\r\n", "SSH-2.0-x\r\n", "\u0016\u0002\u0000"}) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      assertThat(tls(bytes)).isEqualTo(new Peek.Nameless(TlsHello.NO_TLS));
    }
    assertThat(tls(Hellos.record(new byte[] {2, 0, 0, 0})))
        .as("another message")
        .isEqualTo(new Peek.Nameless(TlsHello.NO_TLS));
    assertThat(tls(Hellos.record(new byte[] {1, (byte) 255, 0, 0})))
        .as("16 MB")
        .isEqualTo(new Peek.Nameless(TlsHello.NO_TLS));
  }

  @Test
  void noDamagedHelloTellsAnotherNameOrAnError() {
    var random = new Random(1);
    byte[] hello = Hellos.with(Hellos.serverName("a.example"), Hellos.extension(16, new byte[40]));
    for (int count = 0; count < 40_000; count++) {
      byte[] damaged = hello.clone();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      Peek found = TlsHello.read(damaged, random.nextInt(damaged.length + 1));
      if (found instanceof Peek.Host(String host)) {
        assertThat(host).matches("[a-z0-9_.-]+");
      }
    }
    byte[] noise = new byte[2000];
    for (int count = 0; count < 5_000; count++) {
      random.nextBytes(noise);
      noise[0] = 22;
      noise[1] = 3;
      noise[5] = 1;
      assertThat(TlsHello.read(noise, random.nextInt(noise.length))).isNotNull();
      assertThat(HttpHead.read(noise, random.nextInt(noise.length))).isNotNull();
      assertThat(DnsMessage.question(noise, random.nextInt(noise.length))).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "GET / HTTP/1.1\nAccept: *\nhOSt:A.Example:8080\n\n",
        "POST http://a.example/x HTTP/1.1\r\nHost: a.example\r\n\r\nbody",
        "GET / HTTP/1.0\r\nHost: a.example.\r\nX: y: z\r\n\r\n",
      })
  void aRequestTellsItsHost(String head) {
    assertThat(http(head)).isEqualTo(new Peek.Host("a.example"));
    int end = Math.max(head.indexOf("\r\n\r\n") + 4, head.indexOf("\n\n") + 2);
    for (int length = 0; length < end; length++) {
      assertThat(http(head.substring(0, length))).isEqualTo(new Peek.More());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a.example\r\n\r\n",
        "GET / HTTP/1.1\r\nX: y\r\n Host: a.example\r\n\r\n",
        "GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example:x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example/b\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /\r\n\r\n",
        "get / HTTP/1.1\r\nHost: a.example\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "SSH-2.0-x\r\n",
      })
  void aRequestThatCanBeReadInTwoWaysIsRefused(String head) {
    assertThat(http(head)).isInstanceOf(Peek.Nameless.class);
  }

  @Test
  void aMethodThatDoesNotEndIsNoHttp() {
    byte[] many = new byte[100];
    Arrays.fill(many, (byte) 'A');
    assertThat(HttpHead.read(many, many.length)).isEqualTo(new Peek.Nameless(HttpHead.NO_HTTP));
  }
}
