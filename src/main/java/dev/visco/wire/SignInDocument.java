package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A sign-in of a user to a tool.
 *
 * @param session its id
 * @param method which of the provider's ways, from 0
 * @param elsewhere whether the user opens the provider's page in a browser of their own
 * @param state {@code starting}, {@code waiting}, {@code exchanging}, {@code validating}, {@code
 *     stored}, {@code delivered}, {@code failed}, {@code expired} or {@code cancelled}
 * @param active whether it is under way
 * @param holder whose the desktop is, {@code user} or {@code operator}
 * @param startedBy the name of the token that has started it
 * @param vmId the VM that exists for it
 * @param link the provider's page; left out until the tool gives it, and after the end
 * @param pasteLink a page that shows a code to be pasted, likewise
 * @param code to be typed into the provider's page, likewise
 * @param callbackPort where the tool listens in the VM for the page's way back
 * @param desktop a link to the VM's desktop that opens once; in the answer to the start, and to a
 *     hand-over
 * @param problem why it came to nothing
 * @param credentialId what was stored
 * @param expires when it is over at the latest
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SignInDocument(
    String session,
    String userId,
    String provider,
    String name,
    int method,
    boolean elsewhere,
    String state,
    boolean active,
    String holder,
    String startedBy,
    @Nullable String vmId,
    @Nullable String link,
    @Nullable String pasteLink,
    @Nullable String code,
    @Nullable Integer callbackPort,
    @Nullable String desktop,
    @Nullable String problem,
    @Nullable String credentialId,
    @Nullable Long credentialVersion,
    Instant created,
    Instant changed,
    Instant expires,
    @Nullable Instant ended) {
  /** The same with a link to its desktop. */
  public SignInDocument withDesktop(String address) {
    return new SignInDocument(
        session,
        userId,
        provider,
        name,
        method,
        elsewhere,
        state,
        active,
        holder,
        startedBy,
        vmId,
        link,
        pasteLink,
        code,
        callbackPort,
        address,
        problem,
        credentialId,
        credentialVersion,
        created,
        changed,
        expires,
        ended);
  }

  /** Neither links nor codes are in it. */
  @Override
  public String toString() {
    return "sign-in " + session + ", " + state;
  }
}
