package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.NetworkBounds;
import dev.visco.model.SlotIndex;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the text says; what the kernel makes of it is shown by packets in {@code IsolationIT}. */
class RulesetTest {
  private static final InstallationId INSTALLATION = new InstallationId("00ff");
  private static final Cidr POOL = Cidr.of("pool", "192.168.100.0/24");
  private static final Cidr SMALL = Cidr.of("pool", "192.168.100.0/29");
  private static final Uplink UPLINK = new Uplink(Ipv4.of("nameserver", "192.0.2.53"));

  private static String slot(int index) {
    return Ruleset.slot(
        new SlotPlan(INSTALLATION, POOL, new SlotIndex(index)), UPLINK, NetworkBounds.STANDARD);
  }

  private static String host(Cidr... pools) {
    return Ruleset.host(INSTALLATION, List.of(pools), UPLINK, NetworkBounds.STANDARD);
  }

  private static final String SLOT = slot(7);
  private static final String GUARD = SLOT.substring(0, SLOT.indexOf("table ip visco"));
  private static final String GUEST_RULES = SLOT.substring(GUARD.length());

  private static String golden(String name) throws IOException {
    try (var in = RulesetTest.class.getResourceAsStream("/rulesets/" + name)) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The rules of one chain, its own head left out. */
  private static List<String> chain(String text, String name) {
    var chain =
        Pattern.compile("chain " + name + " \\{\n(.*?)\n {2}}", Pattern.DOTALL).matcher(text);
    assertThat(chain.find()).as("chain " + name).isTrue();
    return chain
        .group(1)
        .lines()
        .map(String::strip)
        .filter(line -> !line.startsWith("type "))
        .toList();
  }

  @Test
  void aSlotsRulesAreThese() throws IOException {
    assertThat(slot(7)).isEqualTo(golden("slot.nft"));
  }

  @Test
  void anotherNameserverChangesTheSetsThatNameItAndNoRule() {
    var plan = new SlotPlan(INSTALLATION, POOL, new SlotIndex(7));
    var other = new Uplink(Ipv4.of("nameserver", "192.0.2.54"));
    assertThat(Ruleset.changedNameserver(plan, other))
        .isEqualTo(
            """
            flush set ip visco nameserver
            add element ip visco nameserver { 192.0.2.54 }
            flush map ip visco translated
            add element ip visco translated { 192.168.100.1 : 192.0.2.54 }
            """);
    assertThat(GUEST_RULES.split("192\\.0\\.2\\.53", -1)).as("where it is named").hasSize(3);
  }

  @Test
  void theHostsRulesAreThese() throws IOException {
    assertThat(host(SMALL)).isEqualTo(golden("host.nft"));
  }

  @Test
  void theHostsRulesHoldForAnEarlierPoolToo() throws IOException {
    Cidr earlier = Cidr.of("pool", "10.9.0.0/29");
    String last = "\"v00ffh3\" . 192.168.100.5";
    assertThat(host(SMALL, earlier))
        .isEqualTo(
            golden("host.nft")
                .replace(SMALL.toString(), "{ " + SMALL + ", 10.9.0.0/29 }")
                .replace(
                    last,
                    last
                        + IntStream.range(0, 4)
                            .mapToObj(slot ->
                                ",\n      \"v00ffh%d\" . 10.9.0.%d".formatted(slot, slot + 2))
                            .collect(Collectors.joining())));
  }

  @Test
  void twoSlotsDifferInMacAndAddressOnly() {
    assertThat(slot(8).replace("02:00:00:ff:00:08", "MAC").replace("192.168.100.10 ", "ADDRESS "))
        .isEqualTo(
            slot(7).replace("02:00:00:ff:00:07", "MAC").replace("192.168.100.9 ", "ADDRESS "));
  }

  @Test
  void everyHookThatFiltersAGuestDropsUnlessARuleAccepts() {
    assertThat(SLOT.lines().filter(line -> line.contains("type filter hook")))
        .hasSize(4)
        .allMatch(line -> line.endsWith("policy drop;"));
  }

  /** A rule that adds to a set, and decides nothing. */
  private static boolean isOnlyRemembered(String rule) {
    return rule.matches("[^{}]*( \\{ 0\\.0\\.0\\.0, [0-9.]+ })? (add|update) @\\w+ \\{ [a-z ]+ }");
  }

  @Test
  void whatIsRememberedOfAGuestIsBounded() {
    assertThat(GUARD.lines().map(String::strip).filter(line -> line.startsWith("set ")))
        .hasSize(6)
        .allMatch(line -> line.contains(" size 8; ") && line.contains(" timeout 7d; "));
    assertThat(Pattern.compile("(?:add|update) @").matcher(GUARD).results()).hasSize(8);
  }

  @Test
  void onlyItsOwnMacAndAddressComeIn() {
    List<String> chain = chain(GUARD, "from_guest");
    assertThat(chain.getFirst()).as("which accepts nothing").isEqualTo("jump pace");
    assertThat(chain(GUARD, "pace")).singleElement().asString().endsWith(" drop");
    assertThat(chain.get(1)).as("which is empty but for a clone").isEqualTo("jump former");
    assertThat(GUARD).contains("chain former {\n  }\n");
    assertThat(chain.get(2)).as("which accepts nothing").isEqualTo("ether type arp jump arp_seen");
    assertThat(chain(GUARD, "arp_seen")).allMatch(RulesetTest::isOnlyRemembered);
    List<String> all = chain.subList(3, chain.size());
    List<String> rules = all.subList(0, 2);
    assertThat(all.subList(2, all.size()))
        .as("the others only count what is dropped anyway")
        .isNotEmpty()
        .allMatch(rule ->
            isOnlyRemembered(rule)
                || (rule.contains(" counter name wrong_") && rule.endsWith(" drop")));
    assertThat(rules)
        .allMatch(rule -> rule.contains("ether saddr 02:00:00:ff:00:07 "))
        .allMatch(rule -> rule.contains("192.168.100.9 "));
    assertThat(rules.getFirst()).as("ARP").contains("arp saddr ether 02:00:00:ff:00:07");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.168.0.0",
        "192.168.255.255",
        "224.0.0.251",
        "240.0.0.1",
        "255.255.255.255"
      })
  void noGuestReaches(String address) {
    assertThat(forbidden()).anyMatch(range -> range.contains(Ipv4.of("address", address)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "223.255.255.255"
      })
  void aGuestReaches(String address) {
    assertThat(forbidden()).noneMatch(range -> range.contains(Ipv4.of("address", address)));
  }

  @Test
  void whatIsClosedToTheGuestIsClosedOnTheHostToo() {
    String closed =
        chain(GUEST_RULES, "from_guest").stream()
            .filter(line -> line.startsWith("ip daddr {") && line.endsWith("} drop"))
            .findFirst()
            .orElseThrow();
    assertThat(chain(host(POOL), "from_guest"))
        .contains(closed.replace("} drop", "} counter name closed_range drop"));
  }

  private static List<Cidr> forbidden() {
    String rule =
        chain(GUEST_RULES, "from_guest").stream()
            .filter(line -> line.startsWith("ip daddr {") && line.endsWith("} drop"))
            .findFirst()
            .orElseThrow();
    return Arrays.stream(rule.substring(rule.indexOf('{') + 1, rule.indexOf('}')).split(",", -1))
        .map(text -> Cidr.of("range", text.strip()))
        .toList();
  }

  @Test
  void outwardsGoesDnsThenNothingForbiddenThenNoOtherGuestThenTheRestAndAllIsCounted() {
    assertThat(chain(GUEST_RULES, "from_guest"))
        .satisfiesExactly(
            rule ->
                assertThat(rule)
                    .as("of a connection that nobody knows")
                    .isEqualTo(
                        "tcp flags & (fin | syn | rst | ack) != syn limit rate 20/second reject with tcp reset"),
            rule -> assertThat(rule).isEqualTo("tcp flags & (fin | syn | rst | ack) != syn drop"),
            rule ->
                assertThat(rule)
                    .isEqualTo(
                        "ct status dnat ip daddr @nameserver udp dport 53 ct timeout set \"name_query\" goto counted"),
            rule ->
                assertThat(rule)
                    .isEqualTo("ct status dnat ip daddr @nameserver tcp dport 53 goto counted"),
            rule -> assertThat(rule).startsWith("ip daddr {").contains("limit").contains("reject"),
            rule -> assertThat(rule).startsWith("ip daddr {").endsWith("} drop"),
            rule -> assertThat(rule).isEqualTo("ip daddr 192.168.100.0/24 drop"),
            rule -> assertThat(rule).startsWith("tcp flags syn"),
            rule -> assertThat(rule).startsWith("limit rate over 100/second").endsWith(" drop"),
            rule -> assertThat(rule).isEqualTo("goto counted"));
    assertThat(chain(GUEST_RULES, "counted"))
        .containsExactly("ct count over 1024 counter name too_many_connections drop", "accept");
  }

  @Test
  void ofTheHostAGuestMeetsItsNameserverAndAnEchoOfItsGateway() {
    assertThat(chain(GUEST_RULES, "to_namespace"))
        .filteredOn(rule -> rule.contains("\"tap0\""))
        .containsExactly(
            "iifname \"tap0\" ip daddr 192.168.100.1 icmp type echo-request limit rate 20/second accept");
    assertThat(chain(GUEST_RULES, "to_nameserver"))
        .hasSize(2)
        .allMatch(rule -> rule.contains("ip daddr 192.168.100.1 "))
        .allMatch(rule -> rule.endsWith("dport 53 dnat to ip daddr map @translated"));
  }

  @Test
  void onlyTheHostBeginsAConnectionToAGuest() {
    assertThat(chain(GUEST_RULES, "through"))
        .filteredOn(rule -> rule.contains("oifname \"tap0\""))
        .containsExactly(
            "oifname \"tap0\" jump pace",
            "iifname \"up0\" oifname \"tap0\" ip saddr 192.168.100.254 ip daddr 192.168.100.9 accept");
  }

  @Test
  void theHostJudgesNothingButOurVethsAndOurPool() {
    String text = host(POOL);
    for (String chain : List.of("to_host", "through")) {
      assertThat(chain(text, chain)).isNotEmpty().allMatch(rule -> rule.contains("\"v00ffh*\""));
    }
    assertThat(chain(text, "from_guests"))
        .allMatch(rule -> rule.startsWith("ip saddr 192.168.100.0/24 "));
    assertThat(text.lines().filter(line -> line.contains(" hook ")))
        .as("what is not ours passes")
        .allMatch(line -> line.endsWith("policy accept;"));
  }
}
