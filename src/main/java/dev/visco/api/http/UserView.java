package dev.visco.api.http;

import dev.visco.diagnose.Preflight;
import dev.visco.host.Busy;
import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.wire.ObjectionDocument;
import dev.visco.wire.ProblemDocument;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Problems as a user's token, or the page of a desktop, may read them. How full the host is tells
 * of other users; so it is said that there is no room, and not how much there is of what.
 */
public final class UserView {
  private static final String LATER = "Try again later, or ask whoever runs the host.";

  private UserView() {}

  /** A refusal as this caller may read it. */
  static ProblemDocument of(Exchange exchange, Refusal refusal) {
    return exchange.isOperators() ? Problems.of(refusal) : of(refusal);
  }

  /** The same where the host is busy. */
  static ProblemDocument of(Exchange exchange, Busy busy) {
    return exchange.isOperators() ? Problems.of(busy) : of(busy);
  }

  /**
   * The same where the host failed.
   *
   * @param reference under which the daemon's log tells it
   */
  static ProblemDocument of(Exchange exchange, HostFault fault, String reference) {
    return exchange.isOperators() ? Problems.of(fault) : Problems.fault(reference);
  }

  /**
   * A refusal in words, for a stream that has begun and carries no problem document: why, and what
   * to do.
   *
   * @param isOperators whether the reader may know how full the host is
   */
  public static String words(boolean isOperators, Refusal refusal) {
    return words(isOperators ? Problems.of(refusal) : of(refusal));
  }

  /** The same where the host is busy. */
  public static String words(boolean isOperators, Busy busy) {
    return words(isOperators ? Problems.of(busy) : of(busy));
  }

  private static String words(ProblemDocument problem) {
    return problem.detail() + " " + problem.remedy();
  }

  /** The same problem without what is the host's alone. */
  private static ProblemDocument of(Refusal refusal) {
    ProblemDocument whole = Problems.of(refusal);
    return switch (refusal) {
      case Refusal.LimitReached it when isOfHost(it.limit()) ->
          with(whole, "The host has no room for this at the moment.", LATER);
      case Refusal.NoFreeSlot _ ->
          with(whole, "The host has no free address at the moment.", LATER);
      case Refusal.HostLacks it ->
          with(whole, "The host lacks " + it.what() + " for this at the moment.", LATER);
      case Refusal.CannotBoot _ -> cannotBoot(whole);
      case Refusal.LimitReached _,
          Refusal.Invalid _,
          Refusal.NotFound _,
          Refusal.Conflict _,
          Refusal.KeyReused _,
          Refusal.Outdated _,
          Refusal.Unauthorized _,
          Refusal.Forbidden _,
          Refusal.NotReadyYet _,
          Refusal.TooMany _ ->
          whole;
    };
  }

  private static ProblemDocument of(Busy busy) {
    return with(Problems.of(busy), "The host is busy with other work.", "Try again in a moment.");
  }

  /** A limit of all users together: it is neither one of each user nor a user's quota. */
  private static boolean isOfHost(String limit) {
    return limit.startsWith("limits.") && !limit.endsWith("-per-user");
  }

  private static ProblemDocument cannotBoot(ProblemDocument whole) {
    List<ObjectionDocument> found = whole.objections() == null ? List.of() : whole.objections();
    if (found.stream().noneMatch(one -> Preflight.isOfHost(one.rule()))) {
      return whole;
    }
    List<ObjectionDocument> shown = found.stream().map(UserView::objection).toList();
    return new ProblemDocument(
        whole.type(),
        whole.title(),
        whole.status(),
        shown.stream().map(ObjectionDocument::cause).distinct().collect(Collectors.joining(" ")),
        LATER,
        shown.getFirst().field(),
        shown.getFirst().value(),
        shown,
        null);
  }

  private static ObjectionDocument objection(ObjectionDocument one) {
    return Preflight.isOfHost(one.rule())
        ? new ObjectionDocument(
            one.rule(), "host", "", "The host cannot run a VM at the moment.", LATER, null)
        : one;
  }

  private static ProblemDocument with(ProblemDocument whole, String detail, String remedy) {
    return new ProblemDocument(
        whole.type(), whole.title(), whole.status(), detail, remedy, whole.field(), null);
  }
}
