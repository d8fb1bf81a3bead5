package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.MacAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * Finds out what a guest answers that cannot be signed into: by ARP, by an ICMP echo, and at which
 * TCP ports. Runs on the host, for some seconds at most.
 */
final class GuestScanner {
  /** Open ports that are looked at. */
  static final int MAX_OPEN = 16;

  /** Ports to which people move an sshd, and those of widespread services. */
  private static final List<Integer> LIKELY =
      List.of(
          22, 2222, 222, 22222, 22022, 2022, 2200, 2201, 10022, 8022, 1022, 122, 922, 1222, 2122,
          2220, 2221, 2223, 2322, 2422, 3022, 4022, 5022, 6022, 7022, 9022, 20022, 30022, 40022,
          50022, 60022, 21, 23, 25, 53, 80, 110, 111, 143, 443, 3000, 3306, 3389, 5000, 5432, 5900,
          5901, 6379, 8000, 8080, 8443, 8888, 9000, 9090, 9100, 27017);

  /** All others that are scanned once one of the likely ones has answered. */
  private static final List<Integer> FURTHER =
      IntStream.concat(IntStream.rangeClosed(1, 1024), IntStream.rangeClosed(2000, 2300))
          .boxed()
          .toList();

  private static final Duration FOR_LIKELY = Duration.ofSeconds(2);
  private static final Duration FOR_FURTHER = Duration.ofSeconds(3);
  private static final Duration FOR_BANNER = Duration.ofSeconds(2);
  private static final int ECHO_MILLIS = 1000;

  private final Host host;
  private final SlotPlan plan;

  GuestScanner(Host host, SlotPlan plan) {
    this.host = host;
    this.plan = plan;
  }

  GuestScan scan() {
    InetAddress address = address();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var arp = CompletableFuture.supplyAsync(this::arp, threads);
      var echo = CompletableFuture.supplyAsync(() -> hasEcho(address), threads);
      var scan = new PortScan(address);
      scan.run(LIKELY, FOR_LIKELY);
      if (scan.answers().values().stream().anyMatch(each -> each != PortScan.Answer.SILENT)) {
        scan.run(FURTHER, FOR_FURTHER);
      }
      List<Integer> open =
          scan.answers().entrySet().stream()
              .filter(each -> each.getValue() == PortScan.Answer.OPEN)
              .map(Map.Entry::getKey)
              .sorted()
              .limit(MAX_OPEN)
              .toList();
      return new GuestScan(
          arp.join(),
          echo.join(),
          open,
          ssh(address, open, threads),
          count(scan, PortScan.Answer.CLOSED),
          count(scan, PortScan.Answer.REJECTED),
          count(scan, PortScan.Answer.SILENT));
    }
  }

  private InetAddress address() {
    try {
      return InetAddress.getByName(plan.guest().address().toString());
    } catch (UnknownHostException e) {
      throw new HostFault("cannot happen: an address by its numbers", e);
    }
  }

  private static int count(PortScan scan, PortScan.Answer answer) {
    return (int) scan.answers().values().stream().filter(answer::equals).count();
  }

  /** A request without a sender's address: arping's detection of duplicates (RFC 5227). */
  private Optional<MacAddress> arp() {
    return Networks.arpReply(
        host.run(
            Command.of(
                    "arping",
                    "-D",
                    "-c",
                    "1",
                    "-w",
                    "1",
                    "-I",
                    plan.tap(),
                    plan.guest().address().toString())
                .inNetns(plan.netns())));
  }

  private static boolean hasEcho(InetAddress address) {
    try {
      return address.isReachable(ECHO_MILLIS);
    } catch (IOException e) {
      return false; // The guest's network rejects it.
    }
  }

  private static List<Integer> ssh(
      InetAddress address, List<Integer> open, ExecutorService threads) {
    var asked =
        open.stream()
            .map(port -> CompletableFuture.supplyAsync(() -> isSsh(address, port), threads))
            .toList();
    var found = new ArrayList<Integer>();
    for (int at = 0; at < open.size(); at++) {
      if (asked.get(at).join()) {
        found.add(open.get(at));
      }
    }
    return found;
  }

  /** Whether the server begins with the words of RFC 4253, 4.2. */
  private static boolean isSsh(InetAddress address, int port) {
    int patience = (int) FOR_BANNER.toMillis();
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), patience);
      socket.setSoTimeout(patience);
      byte[] begin = socket.getInputStream().readNBytes(4);
      return new String(begin, StandardCharsets.US_ASCII).equals("SSH-");
    } catch (IOException e) {
      return false;
    }
  }
}
