package dev.visco.relay;

import dev.visco.model.Ipv4;
import java.util.List;
import java.util.Optional;

/**
 * Answers a guest's name queries. Nothing of them leaves: a host's name has a made-up address
 * ({@link SyntheticAddresses}), whether there is such a name outside is seen when it is connected
 * to; no name has records of another type, so that none tells how to encrypt a ClientHello.
 */
final class GuestNames {
  private static final int PORT = 53;
  private final SyntheticAddresses addresses;
  private final RefusalLog log;

  GuestNames(SyntheticAddresses addresses, RefusalLog log) {
    this.addresses = addresses;
    this.log = log;
  }

  /** The answer to a message; empty where there is none. */
  Optional<byte[]> answer(byte[] message, int length, PolicyJudge judge) {
    Optional<DnsMessage.Question> question = DnsMessage.question(message, length);
    return question.isPresent()
        ? Optional.of(answer(question.get(), judge))
        : DnsMessage.malformed(message, length);
  }

  private byte[] answer(DnsMessage.Question question, PolicyJudge judge) {
    String name = question.name();
    if (!question.isHost()) {
      return DnsMessage.answer(question, DnsMessage.NO_ERROR, List.of(), 0);
    }
    if (!name.contains(".")) {
      return DnsMessage.answer(question, DnsMessage.NO_SUCH_NAME, List.of(), 0);
    }
    Optional<String> against = judge.againstName(name);
    if (against.isPresent()) {
      log.add("dns", name, PORT, against.get(), "");
      return DnsMessage.answer(question, DnsMessage.REFUSED, List.of(), 0);
    }
    List<Ipv4> found =
        question.type() == DnsMessage.TYPE_A ? List.of(addresses.of(name)) : List.of();
    return DnsMessage.answer(question, DnsMessage.NO_ERROR, found, SyntheticAddresses.SECONDS);
  }
}
