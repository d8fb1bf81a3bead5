package dev.visco.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.visco.model.EgressPolicy;
import dev.visco.model.Ipv4;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Name queries that a guest sends, and answers that it and a nameserver give. */
class DnsMessageTest {
  private static final Ipv4 ADDRESS = Ipv4.of("address", "198.51.100.7");
  private final RefusalLog log = new RefusalLog(InstantSource.fixed(Instant.EPOCH));
  private final SyntheticAddresses addresses = new SyntheticAddresses();
  private final GuestNames names = new GuestNames(addresses, log);

  private static byte[] query(String name, int type) {
    byte[] query = DnsMessage.query((short) 7, name);
    ByteBuffer.wrap(query).putShort(query.length - 4, (short) type);
    return query;
  }

  private DnsMessage.Answer ask(byte[] query, EgressPolicy policy) {
    byte[] answer = names.answer(query, query.length, new PolicyJudge(policy)).orElseThrow();
    return DnsMessage.read(answer, answer.length, query).orElseThrow();
  }

  @Test
  void aNameHasOneAddressFromTheNetworkForBenchmarks() {
    Ipv4 first = ask(query("WWW.example.com", 1), EgressPolicy.NAT).addresses().getFirst();
    assertThat(SyntheticAddresses.NETWORK.contains(first)).isTrue();
    assertThat(ask(query("www.example.COM", 1), EgressPolicy.NAT).addresses())
        .containsExactly(first);
    assertThat(ask(query("example.com", 1), EgressPolicy.NAT).addresses()).doesNotContain(first);
    assertThat(addresses.name(first)).contains("www.example.com");
  }

  /** No AAAA, and no HTTPS record with keys for an encrypted ClientHello. */
  @Test
  void thereAreNoOtherRecords() {
    for (int type : new int[] {28, 65, 16, 255, 15}) {
      DnsMessage.Answer answer = ask(query("www.example.com", type), EgressPolicy.NAT);
      assertThat(answer.code()).isEqualTo(DnsMessage.NO_ERROR);
      assertThat(answer.addresses()).isEmpty();
    }
    assertThat(ask(query("localhost", 1), EgressPolicy.NAT).code())
        .isEqualTo(DnsMessage.NO_SUCH_NAME);
  }

  @Test
  void aNameThatNoRuleLetsThroughIsRefusedAndTold() {
    var policy = new EgressPolicy(null, null, List.of("*.example.com"), List.of("bad.example.com"));
    assertThat(ask(query("www.example.com", 1), policy).addresses()).hasSize(1);
    for (String name : List.of("bad.example.com", "tunnel.evil.test")) {
      assertThat(ask(query(name, 1), policy).code()).isEqualTo(DnsMessage.REFUSED);
      assertThat(ask(query(name, 16), policy).code()).isEqualTo(DnsMessage.REFUSED);
    }
    assertThat(log.entries())
        .extracting(RefusedTraffic::destination, RefusedTraffic::rule, RefusedTraffic::count)
        .containsExactly(
            tuple("bad.example.com", "deny bad.example.com", 2L),
            tuple("tunnel.evil.test", "not in allow", 2L));
  }

  @Test
  void damagedQueriesHaveAnErrorOrNoAnswer() {
    var random = new Random(1);
    byte[] query = query("www.example.com", 1);
    var judge = new PolicyJudge(EgressPolicy.NAT);
    for (int count = 0; count < 20_000; count++) {
      byte[] damaged = query.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      names
          .answer(damaged, random.nextInt(damaged.length + 1), judge)
          .ifPresent(answer -> assertThat(answer.length).isBetween(12, 600));
    }
    assertThat(names.answer(query, 2, judge)).isEmpty();
    byte[] answer = query.clone();
    answer[2] |= (byte) 0x80;
    assertThat(names.answer(answer, answer.length, judge)).as("an answer gets none").isEmpty();
  }

  @Test
  void aNameserversAnswerIsReadWithoutTrustingIt() {
    byte[] query = query("www.example.com", 1);
    var question = DnsMessage.question(query, query.length).orElseThrow();
    byte[] answer = DnsMessage.answer(question, 0, List.of(ADDRESS, ADDRESS.plus(1)), 5);
    assertThat(DnsMessage.read(answer, answer.length, query).orElseThrow().addresses())
        .containsExactly(ADDRESS, ADDRESS.plus(1));
    byte[] other = query("www.example.org", 1);
    assertThat(DnsMessage.read(answer, answer.length, other)).as("to another question").isEmpty();
    byte[] otherId = query.clone();
    otherId[0] ^= 1;
    assertThat(DnsMessage.read(answer, answer.length, otherId)).isEmpty();
    var random = new Random(2);
    for (int count = 0; count < 20_000; count++) {
      byte[] damaged = Arrays.copyOf(answer, random.nextInt(answer.length + 1));
      if (damaged.length > 0) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      assertThat(DnsMessage.read(damaged, damaged.length, query)).isNotNull();
    }
  }

  @Test
  void namesAreForgottenBeforeTheirAddressesAreUsedAgain() {
    Ipv4 first = addresses.of("first.example");
    for (int count = 0; count < 200_000; count++) {
      addresses.of("n" + count + ".example");
    }
    assertThat(addresses.name(first).orElse("")).isNotEqualTo("first.example");
    assertThat(addresses.of("n199999.example")).isEqualTo(addresses.of("n199999.example"));
  }

  @Test
  void theListOfRefusalsIsBounded() {
    for (int count = 0; count < 1000; count++) {
      log.add("tcp", "host" + count, 1, "rule", "x".repeat(5000));
    }
    log.add("tcp", "host999\u001b[2J", 1, "rule", "");
    assertThat(log.entries()).hasSize(RefusalLog.MAX);
    assertThat(log.entries().getLast().count()).isEqualTo(2);
    assertThat(log.entries().getFirst().detail()).hasSize(160);
  }
}
