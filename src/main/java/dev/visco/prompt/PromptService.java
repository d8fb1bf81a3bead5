package dev.visco.prompt;

import dev.visco.model.UserId;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.PromptDocument;
import dev.visco.wire.PromptRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prompts to tools in users' VMs. */
public interface PromptService {
  /**
   * Starts a tool, and returns as soon as the guest runs it; it runs on whoever ends.
   *
   * @param request refused when a field is wrong, when the user has no VM that is ready or asleep,
   *     or several and the request names none, and when the VM answers too many already
   */
  PromptDocument start(PromptRequest request) throws GuestUnreachable;

  /**
   * The prompts of a user's VMs that are ready, newest first; none is woken to be asked, unless it
   * is named.
   *
   * @param vm only this one's; null for all
   */
  List<PromptDocument> list(UserId user, @Nullable String vm) throws GuestUnreachable;

  /** One of them; refused when there is none. */
  PromptDocument find(PromptId id) throws GuestUnreachable;

  /** Asks the tool to end, and its children; it is killed some seconds later. */
  PromptDocument cancel(PromptId id) throws GuestUnreachable;

  /** A session in its VM, and how its output is read. */
  record Opened(GuestSession session, PromptReading reading) {}

  /** Opens what a prompt has written; the caller closes the session. */
  Opened open(PromptId id) throws GuestUnreachable;
}
