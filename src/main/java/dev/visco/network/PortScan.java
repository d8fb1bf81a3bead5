package dev.visco.network;

import dev.visco.host.HostFault;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Connects to many TCP ports of one guest, some of them at a time, and closes each connection at
 * once. Each port has {@link #PATIENCE}, all of them the deadline of {@link #run}.
 */
final class PortScan {
  /** How a port answers. */
  enum Answer {
    OPEN,
    CLOSED,
    REJECTED,
    SILENT
  }

  /** Connections under way at a time; far below what a slot lets through in a second. */
  private static final int AT_ONCE = 128;

  private static final Duration PATIENCE = Duration.ofMillis(700);

  private final InetAddress address;
  private final Map<Integer, Answer> answers = new HashMap<>();

  PortScan(InetAddress address) {
    this.address = address;
  }

  /** The answers so far, by port. */
  Map<Integer, Answer> answers() {
    return answers;
  }

  /** Scans further ports; those that are not reached until the deadline have no answer. */
  void run(List<Integer> ports, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    Queue<Integer> waiting = new ArrayDeque<>(ports);
    waiting.removeIf(answers::containsKey);
    try (Selector selector = Selector.open()) {
      while (System.nanoTime() < end && (!waiting.isEmpty() || !selector.keys().isEmpty())) {
        while (!waiting.isEmpty() && selector.keys().size() < AT_ONCE) {
          begin(selector, waiting.remove());
        }
        selector.select(this::finish, 50);
        giveUp(selector, System.nanoTime());
      }
      giveUp(selector, Long.MAX_VALUE);
    } catch (IOException e) {
      throw new HostFault("cannot scan " + address.getHostAddress() + ": " + HostFault.words(e), e);
    }
  }

  private record Attempt(int port, long until) {}

  private void begin(Selector selector, int port) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    try {
      if (channel.connect(new InetSocketAddress(address, port))) {
        answered(channel, port, Answer.OPEN);
      } else {
        channel.register(
            selector,
            SelectionKey.OP_CONNECT,
            new Attempt(port, System.nanoTime() + PATIENCE.toNanos()));
      }
    } catch (IOException e) {
      answered(channel, port, meaning(e));
    }
  }

  private void finish(SelectionKey key) {
    var channel = (SocketChannel) key.channel();
    int port = ((Attempt) key.attachment()).port();
    try {
      channel.finishConnect();
      answered(channel, port, Answer.OPEN);
    } catch (IOException e) {
      answered(channel, port, meaning(e));
    }
  }

  /** A reset refuses a connection; other errors come of ICMP. */
  private static Answer meaning(IOException e) {
    return e instanceof ConnectException && (e.getMessage() + "").contains("refused")
        ? Answer.CLOSED
        : Answer.REJECTED;
  }

  private void giveUp(Selector selector, long now) throws IOException {
    Iterator<SelectionKey> keys = new ArrayList<>(selector.keys()).iterator();
    while (keys.hasNext()) {
      SelectionKey key = keys.next();
      Attempt attempt = (Attempt) key.attachment();
      if (key.isValid() && (now == Long.MAX_VALUE || attempt.until() - now < 0)) {
        answered((SocketChannel) key.channel(), attempt.port(), Answer.SILENT);
      }
    }
    selector.selectNow(); // Closed channels leave the selector.
  }

  private void answered(SocketChannel channel, int port, Answer answer) {
    answers.put(port, answer);
    try {
      channel.close();
    } catch (IOException e) {
      throw new HostFault("cannot close a connection: " + HostFault.words(e), e);
    }
  }
}
