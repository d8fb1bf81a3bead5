// Made of /openapi.json: see the client's README.
package dev.visco.client;

import dev.visco.client.model.*;
import java.io.InputStream;
import java.net.http.HttpRequest;

/** A method for each operation of the API, named as in its description. */
public class Operations {
  private final Transport transport;

  Operations(Transport transport) {
    this.transport = transport;
  }

  /** Lists every route. {@code GET /api/v1} (user) */
  public Pages<ListedRoute> listRoutes() {
    return transport.pages(
        Call.of("GET", "/api/v1"), ListedRoute.class);
  }

  /** Lists who did what, the newest first. {@code GET /api/v1/audit} (operator) */
  public Pages<AuditDocument> listAudit() {
    return listAudit(new Options.ListAudit());
  }

  /** Lists who did what, the newest first. {@code GET /api/v1/audit} (operator) */
  public Pages<AuditDocument> listAudit(Options.ListAudit options) {
    return transport.pages(
        Call.of("GET", "/api/v1/audit")
            .query("user", options.user)
            .query("vm", options.vm)
            .query("since", options.since)
            .query("limit", options.limit)
            .query("cursor", options.cursor), AuditDocument.class);
  }

  /** The same for a credential that there is, which it replaces. {@code POST /api/v1/auth/rotate} (user) */
  public SignInDocument rotateSignIn(SignInRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/auth/rotate")
            .json(body), SignInDocument.class);
  }

  /** Tells where a sign-in stands. {@code GET /api/v1/auth/session/{session}} (user) */
  public SignInDocument getSignIn(String session) {
    return transport.json(
        Call.of("GET", "/api/v1/auth/session/%s", session), SignInDocument.class);
  }

  /** Ends a sign-in, and destroys its VM. {@code POST /api/v1/auth/session/{session}/cancel} (user) */
  public SignInDocument cancelSignIn(String session) {
    return transport.json(
        Call.of("POST", "/api/v1/auth/session/%s/cancel", session), SignInDocument.class);
  }

  /** Gives the tool the code that the provider's page shows. {@code POST /api/v1/auth/session/{session}/code} (user) */
  public SignInDocument pasteSignInCode(String session, SignInCode body) {
    return transport.json(
        Call.of("POST", "/api/v1/auth/session/%s/code", session)
            .json(body), SignInDocument.class);
  }

  /** Tells what happened in a sign-in, until it is over. {@code GET /api/v1/auth/session/{session}/events} (user) */
  public EventStream<SignInEvent> followSignIn(String session) {
    return followSignIn(session, new Options.FollowSignIn());
  }

  /** Tells what happened in a sign-in, until it is over. {@code GET /api/v1/auth/session/{session}/events} (user) */
  public EventStream<SignInEvent> followSignIn(String session, Options.FollowSignIn options) {
    return transport.events(
        Call.of("GET", "/api/v1/auth/session/%s/events", session)
            .query("after", options.after)
            .query("follow", options.follow)
            .header("Last-Event-ID", options.lastEventId), SignInEvent.class);
  }

  /** Hands the desktop over to an operator, or back to the user. {@code POST /api/v1/auth/session/{session}/hand-over} (user) */
  public SignInDocument handOverSignIn(String session, HandOverRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/auth/session/%s/hand-over", session)
            .json(body), SignInDocument.class);
  }

  /** Tells that the user is still there. {@code POST /api/v1/auth/session/{session}/heartbeat} (user) */
  public SignInDocument heartbeatSignIn(String session) {
    return transport.json(
        Call.of("POST", "/api/v1/auth/session/%s/heartbeat", session), SignInDocument.class);
  }

  /** Gives another link to the desktop, for whose it is. {@code POST /api/v1/auth/session/{session}/link} (user) */
  public SignInDocument linkSignIn(String session) {
    return transport.json(
        Call.of("POST", "/api/v1/auth/session/%s/link", session), SignInDocument.class);
  }

  /** Lists sign-ins, the newest first, at most 200. {@code GET /api/v1/auth/sessions} (user) */
  public Pages<SignInDocument> listSignIns() {
    return listSignIns(new Options.ListSignIns());
  }

  /** Lists sign-ins, the newest first, at most 200. {@code GET /api/v1/auth/sessions} (user) */
  public Pages<SignInDocument> listSignIns(Options.ListSignIns options) {
    return transport.pages(
        Call.of("GET", "/api/v1/auth/sessions")
            .query("user", options.user), SignInDocument.class);
  }

  /** Begins to sign a user's tool in, in a VM that exists for it. {@code POST /api/v1/auth/start} (user) */
  public SignInDocument startSignIn(SignInRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/auth/start")
            .json(body), SignInDocument.class);
  }

  /** Has a user's credential checked. {@code POST /api/v1/auth/validate} (user) */
  public ValidationDocument validateSignIn(ValidationRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/auth/validate")
            .json(body), ValidationDocument.class);
  }

  /** Lists credentials by their users and providers. {@code GET /api/v1/credentials} (user) */
  public Pages<CredentialDocument> listCredentials() {
    return listCredentials(new Options.ListCredentials());
  }

  /** Lists credentials by their users and providers. {@code GET /api/v1/credentials} (user) */
  public Pages<CredentialDocument> listCredentials(Options.ListCredentials options) {
    return transport.pages(
        Call.of("GET", "/api/v1/credentials")
            .query("user", options.user), CredentialDocument.class);
  }

  /** Puts a credential into the vault, or gives it a new value. {@code POST /api/v1/credentials} (user) */
  public CredentialDocument putCredential(HttpRequest.BodyPublisher body) {
    return putCredential(body, new Options.PutCredential());
  }

  /** Puts a credential into the vault, or gives it a new value. {@code POST /api/v1/credentials} (user) */
  public CredentialDocument putCredential(HttpRequest.BodyPublisher body, Options.PutCredential options) {
    return transport.json(
        Call.of("POST", "/api/v1/credentials")
            .query("user", options.user)
            .query("provider", options.provider)
            .query("name", options.name)
            .query("kind", options.kind)
            .query("expires", options.expires)
            .content("application/octet-stream", body), CredentialDocument.class);
  }

  /** Shows what is known of a credential, and which VMs have it. {@code GET /api/v1/credentials/{credential}} (user) */
  public CredentialDocument getCredential(String credential) {
    return transport.json(
        Call.of("GET", "/api/v1/credentials/%s", credential), CredentialDocument.class);
  }

  /** Removes a credential from the vault and from its VMs. {@code DELETE /api/v1/credentials/{credential}} (user) */
  public RemovedDocument removeCredential(String credential) {
    return transport.json(
        Call.of("DELETE", "/api/v1/credentials/%s", credential), RemovedDocument.class);
  }

  /** Puts a credential into its user's VMs once more, or into one that is named from now on. {@code POST /api/v1/credentials/{credential}/deliver} (user) */
  public Pages<VmDeliveryDocument> deliverCredential(String credential, DeliverRequest body) {
    return transport.pages(
        Call.of("POST", "/api/v1/credentials/%s/deliver", credential)
            .json(body), VmDeliveryDocument.class);
  }

  /** Decrypts a credential, and asks its provider where that is known how. {@code POST /api/v1/credentials/{credential}/validate} (user) */
  public CredentialDocument validateCredential(String credential) {
    return transport.json(
        Call.of("POST", "/api/v1/credentials/%s/validate", credential), CredentialDocument.class);
  }

  /** Lists events, the newest first, or goes on with what happens. {@code GET /api/v1/events} (user) */
  public Pages<EventDocument> listEvents() {
    return listEvents(new Options.ListEvents());
  }

  /** Lists events, the newest first, or goes on with what happens. {@code GET /api/v1/events} (user) */
  public Pages<EventDocument> listEvents(Options.ListEvents options) {
    return transport.pages(
        Call.of("GET", "/api/v1/events")
            .query("after", options.after)
            .query("vm", options.vm)
            .query("user", options.user)
            .query("kind", options.kind)
            .query("since", options.since)
            .query("limit", options.limit)
            .query("cursor", options.cursor), EventDocument.class);
  }

  /** Lists events, the newest first, or goes on with what happens. {@code GET /api/v1/events} (user) */
  public EventStream<EventDocument> streamEvents() {
    return streamEvents(new Options.StreamEvents());
  }

  /** Lists events, the newest first, or goes on with what happens. {@code GET /api/v1/events} (user) */
  public EventStream<EventDocument> streamEvents(Options.StreamEvents options) {
    return transport.events(
        Call.of("GET", "/api/v1/events")
            .query("after", options.after)
            .query("vm", options.vm)
            .query("user", options.user)
            .query("kind", options.kind)
            .query("since", options.since)
            .header("Last-Event-ID", options.lastEventId), EventDocument.class);
  }

  /** Lists images by name. {@code GET /api/v1/images} (operator) */
  public Pages<ImageDocument> listImages() {
    return transport.pages(
        Call.of("GET", "/api/v1/images"), ImageDocument.class);
  }

  /** Builds an image of a recipe. {@code POST /api/v1/images/build} (operator) */
  public ImageDocument buildImage(BuildRequest body, ProgressListener progress) {
    return transport.work(
        Call.of("POST", "/api/v1/images/build")
            .json(body), "image", ImageDocument.class, progress);
  }

  /** Makes an image of files on the daemon's host. {@code POST /api/v1/images/import} (operator) */
  public ImageDocument importImage(ImportRequest body, ProgressListener progress) {
    return transport.work(
        Call.of("POST", "/api/v1/images/import")
            .json(body), "image", ImageDocument.class, progress);
  }

  /** Makes an image of a container image in a registry. {@code POST /api/v1/images/pull} (operator) */
  public ImageDocument pullImage(PullRequest body, ProgressListener progress) {
    return transport.work(
        Call.of("POST", "/api/v1/images/pull")
            .json(body), "image", ImageDocument.class, progress);
  }

  /** Shows an image. {@code GET /api/v1/images/{name}} (operator) */
  public ImageDocument getImage(String name) {
    return transport.json(
        Call.of("GET", "/api/v1/images/%s", name), ImageDocument.class);
  }

  /** Removes an image that no VM uses. {@code DELETE /api/v1/images/{name}} (operator) */
  public RemovedDocument removeImage(String name) {
    return transport.json(
        Call.of("DELETE", "/api/v1/images/%s", name), RemovedDocument.class);
  }

  /** Tells what the caller's token may do. {@code GET /api/v1/me} (user) */
  public MeDocument getMe() {
    return transport.json(
        Call.of("GET", "/api/v1/me"), MeDocument.class);
  }

  /** Lists the pools of VMs that wait for users, by VM type. {@code GET /api/v1/pools} (operator) */
  public Pages<PoolStatus> listPools() {
    return transport.pages(
        Call.of("GET", "/api/v1/pools"), PoolStatus.class);
  }

  /** Lists the prompts of a user's VMs, the newest first. {@code GET /api/v1/prompts} (user) */
  public Pages<PromptDocument> listPrompts() {
    return listPrompts(new Options.ListPrompts());
  }

  /** Lists the prompts of a user's VMs, the newest first. {@code GET /api/v1/prompts} (user) */
  public Pages<PromptDocument> listPrompts(Options.ListPrompts options) {
    return transport.pages(
        Call.of("GET", "/api/v1/prompts")
            .query("user", options.user)
            .query("vm", options.vm), PromptDocument.class);
  }

  /** Has a tool in a user's VM answer a prompt. {@code POST /api/v1/prompts/execute} (user) */
  public PromptDocument executePrompt(PromptRequest body) {
    return executePrompt(body, new Options.ExecutePrompt());
  }

  /** Has a tool in a user's VM answer a prompt. {@code POST /api/v1/prompts/execute} (user) */
  public PromptDocument executePrompt(PromptRequest body, Options.ExecutePrompt options) {
    return transport.json(
        Call.of("POST", "/api/v1/prompts/execute")
            .query("detach", options.detach)
            .json(body), PromptDocument.class);
  }

  /** Has a tool in a user's VM answer a prompt. {@code POST /api/v1/prompts/execute} (user) */
  public EventStream<PromptEvent> executePromptStream(PromptRequest body) {
    return executePromptStream(body, new Options.ExecutePrompt());
  }

  /** Has a tool in a user's VM answer a prompt. {@code POST /api/v1/prompts/execute} (user) */
  public EventStream<PromptEvent> executePromptStream(PromptRequest body, Options.ExecutePrompt options) {
    return transport.events(
        Call.of("POST", "/api/v1/prompts/execute")
            .query("detach", options.detach)
            .json(body), PromptEvent.class);
  }

  /** Shows how far a prompt is. {@code GET /api/v1/prompts/{prompt}} (user) */
  public PromptDocument getPrompt(String prompt) {
    return transport.json(
        Call.of("GET", "/api/v1/prompts/%s", prompt), PromptDocument.class);
  }

  /** Ends a tool that answers a prompt, and its children. {@code POST /api/v1/prompts/{prompt}/cancel} (user) */
  public PromptDocument cancelPrompt(String prompt) {
    return transport.json(
        Call.of("POST", "/api/v1/prompts/%s/cancel", prompt), PromptDocument.class);
  }

  /** Tells what a tool has answered to a prompt. {@code GET /api/v1/prompts/{prompt}/events} (user) */
  public EventStream<PromptEvent> readPrompt(String prompt) {
    return readPrompt(prompt, new Options.ReadPrompt());
  }

  /** Tells what a tool has answered to a prompt. {@code GET /api/v1/prompts/{prompt}/events} (user) */
  public EventStream<PromptEvent> readPrompt(String prompt, Options.ReadPrompt options) {
    return transport.events(
        Call.of("GET", "/api/v1/prompts/%s/events", prompt)
            .query("follow", options.follow)
            .query("offset", options.offset), PromptEvent.class);
  }

  /** Lists the tools that users sign in to, by name. {@code GET /api/v1/providers} (user) */
  public Pages<Provider> listProviders() {
    return transport.pages(
        Call.of("GET", "/api/v1/providers"), Provider.class);
  }

  /** Shows a tool that users sign in to. {@code GET /api/v1/providers/{provider}} (user) */
  public Provider getProvider(String provider) {
    return transport.json(
        Call.of("GET", "/api/v1/providers/%s", provider), Provider.class);
  }

  /** Lists snapshots. {@code GET /api/v1/snapshots} (user) */
  public Pages<SnapshotDocument> listSnapshots() {
    return listSnapshots(new Options.ListSnapshots());
  }

  /** Lists snapshots. {@code GET /api/v1/snapshots} (user) */
  public Pages<SnapshotDocument> listSnapshots(Options.ListSnapshots options) {
    return transport.pages(
        Call.of("GET", "/api/v1/snapshots")
            .query("vm", options.vm)
            .query("user", options.user)
            .query("limit", options.limit)
            .query("cursor", options.cursor), SnapshotDocument.class);
  }

  /** Sets until when a snapshot stays. {@code PATCH /api/v1/snapshots/{name}} (user) */
  public SnapshotDocument updateSnapshot(String name, SnapshotChange body) {
    return updateSnapshot(name, body, new Options.UpdateSnapshot());
  }

  /** Sets until when a snapshot stays. {@code PATCH /api/v1/snapshots/{name}} (user) */
  public SnapshotDocument updateSnapshot(String name, SnapshotChange body, Options.UpdateSnapshot options) {
    return transport.json(
        Call.of("PATCH", "/api/v1/snapshots/%s", name)
            .query("user", options.user)
            .json(body), SnapshotDocument.class);
  }

  /** Removes a snapshot that nothing uses. {@code DELETE /api/v1/snapshots/{name}} (user) */
  public RemovedDocument removeSnapshot(String name) {
    return removeSnapshot(name, new Options.RemoveSnapshot());
  }

  /** Removes a snapshot that nothing uses. {@code DELETE /api/v1/snapshots/{name}} (user) */
  public RemovedDocument removeSnapshot(String name, Options.RemoveSnapshot options) {
    return transport.json(
        Call.of("DELETE", "/api/v1/snapshots/%s", name)
            .query("user", options.user), RemovedDocument.class);
  }

  /** Tells all that is known of a snapshot. {@code GET /api/v1/snapshots/{name}} (user) */
  public SnapshotDetailsDocument getSnapshot(String name) {
    return getSnapshot(name, new Options.GetSnapshot());
  }

  /** Tells all that is known of a snapshot. {@code GET /api/v1/snapshots/{name}} (user) */
  public SnapshotDetailsDocument getSnapshot(String name, Options.GetSnapshot options) {
    return transport.json(
        Call.of("GET", "/api/v1/snapshots/%s", name)
            .query("user", options.user), SnapshotDetailsDocument.class);
  }

  /** Gives a snapshot as one file, with its keys. {@code GET /api/v1/snapshots/{name}/export} (user) */
  public InputStream exportSnapshot(String name) {
    return exportSnapshot(name, new Options.ExportSnapshot());
  }

  /** Gives a snapshot as one file, with its keys. {@code GET /api/v1/snapshots/{name}/export} (user) */
  public InputStream exportSnapshot(String name, Options.ExportSnapshot options) {
    return transport.bytes(
        Call.of("GET", "/api/v1/snapshots/%s/export", name)
            .query("user", options.user));
  }

  /** Creates a snapshot of a file that an export gave. {@code POST /api/v1/snapshots/{name}/import} (operator) */
  public SnapshotDocument importSnapshot(String name, HttpRequest.BodyPublisher body) {
    return importSnapshot(name, body, new Options.ImportSnapshot());
  }

  /** Creates a snapshot of a file that an export gave. {@code POST /api/v1/snapshots/{name}/import} (operator) */
  public SnapshotDocument importSnapshot(String name, HttpRequest.BodyPublisher body, Options.ImportSnapshot options) {
    return transport.json(
        Call.of("POST", "/api/v1/snapshots/%s/import", name)
            .query("user", options.user)
            .content("application/zstd", body), SnapshotDocument.class);
  }

  /** Tells what VMs from a snapshot would cost, and makes nothing. {@code POST /api/v1/snapshots/{name}/plan} (user) */
  public ClonePlan planClones(String name, ForkRequest body) {
    return planClones(name, body, new Options.PlanClones());
  }

  /** Tells what VMs from a snapshot would cost, and makes nothing. {@code POST /api/v1/snapshots/{name}/plan} (user) */
  public ClonePlan planClones(String name, ForkRequest body, Options.PlanClones options) {
    return transport.json(
        Call.of("POST", "/api/v1/snapshots/%s/plan", name)
            .query("user", options.user)
            .json(body), ClonePlan.class);
  }

  /** Brings a VM back to a snapshot of it. {@code POST /api/v1/snapshots/{name}/restore} (user) */
  public VmDocument restoreSnapshot(String name) {
    return restoreSnapshot(name, new Options.RestoreSnapshot());
  }

  /** Brings a VM back to a snapshot of it. {@code POST /api/v1/snapshots/{name}/restore} (user) */
  public VmDocument restoreSnapshot(String name, Options.RestoreSnapshot options) {
    return transport.json(
        Call.of("POST", "/api/v1/snapshots/%s/restore", name)
            .query("user", options.user), VmDocument.class);
  }

  /** Reads all of a snapshot, and tells what is damaged. {@code POST /api/v1/snapshots/{name}/verify} (user) */
  public SnapshotCheckDocument verifySnapshot(String name) {
    return verifySnapshot(name, new Options.VerifySnapshot());
  }

  /** Reads all of a snapshot, and tells what is damaged. {@code POST /api/v1/snapshots/{name}/verify} (user) */
  public SnapshotCheckDocument verifySnapshot(String name, Options.VerifySnapshot options) {
    return transport.json(
        Call.of("POST", "/api/v1/snapshots/%s/verify", name)
            .query("user", options.user), SnapshotCheckDocument.class);
  }

  /** Lists what each VM that runs uses. {@code GET /api/v1/stats} (user) */
  public Pages<StatsDocument> listStats() {
    return transport.pages(
        Call.of("GET", "/api/v1/stats"), StatsDocument.class);
  }

  /** Lists what Visco made on its host, and what no row owns. {@code GET /api/v1/sweep} (operator) */
  public Pages<SweepFinding> planSweep() {
    return transport.pages(
        Call.of("GET", "/api/v1/sweep"), SweepFinding.class);
  }

  /** Removes what Visco made and nothing owns any more. {@code POST /api/v1/sweep} (operator) */
  public Pages<SweepFinding> sweep() {
    return transport.pages(
        Call.of("POST", "/api/v1/sweep"), SweepFinding.class);
  }

  /** Lists tokens by name, without their secrets. {@code GET /api/v1/tokens} (admin) */
  public Pages<TokenDocument> listTokens() {
    return listTokens(new Options.ListTokens());
  }

  /** Lists tokens by name, without their secrets. {@code GET /api/v1/tokens} (admin) */
  public Pages<TokenDocument> listTokens(Options.ListTokens options) {
    return transport.pages(
        Call.of("GET", "/api/v1/tokens")
            .query("limit", options.limit)
            .query("cursor", options.cursor), TokenDocument.class);
  }

  /** Creates a token. {@code POST /api/v1/tokens} (admin) */
  public TokenDocument createToken(TokenRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/tokens")
            .json(body), TokenDocument.class);
  }

  /** Revokes a token. {@code DELETE /api/v1/tokens/{token}} (admin) */
  public RemovedDocument revokeToken(String token) {
    return transport.json(
        Call.of("DELETE", "/api/v1/tokens/%s", token), RemovedDocument.class);
  }

  /** Lists the VM types, by name. {@code GET /api/v1/types} (user) */
  public Pages<TypeDocument> listTypes() {
    return transport.pages(
        Call.of("GET", "/api/v1/types"), TypeDocument.class);
  }

  /** Shows a VM type. {@code GET /api/v1/types/{type}} (user) */
  public TypeDocument getType(String type) {
    return transport.json(
        Call.of("GET", "/api/v1/types/%s", type), TypeDocument.class);
  }

  /** Lists users by id. {@code GET /api/v1/users} (operator) */
  public Pages<UserDocument> listUsers() {
    return listUsers(new Options.ListUsers());
  }

  /** Lists users by id. {@code GET /api/v1/users} (operator) */
  public Pages<UserDocument> listUsers(Options.ListUsers options) {
    return transport.pages(
        Call.of("GET", "/api/v1/users")
            .query("limit", options.limit)
            .query("cursor", options.cursor), UserDocument.class);
  }

  /** Creates a user. {@code POST /api/v1/users} (admin) */
  public UserDocument createUser(UserRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/users")
            .json(body), UserDocument.class);
  }

  /** Shows a user. {@code GET /api/v1/users/{user}} (operator) */
  public UserDocument getUser(String user) {
    return transport.json(
        Call.of("GET", "/api/v1/users/%s", user), UserDocument.class);
  }

  /** Changes the fields that are given. {@code PATCH /api/v1/users/{user}} (admin) */
  public UserDocument updateUser(String user, UserRequest body) {
    return transport.json(
        Call.of("PATCH", "/api/v1/users/%s", user)
            .json(body), UserDocument.class);
  }

  /** Removes a user with its tokens. {@code DELETE /api/v1/users/{user}} (admin) */
  public RemovedDocument removeUser(String user) {
    return removeUser(user, new Options.RemoveUser());
  }

  /** Removes a user with its tokens. {@code DELETE /api/v1/users/{user}} (admin) */
  public RemovedDocument removeUser(String user, Options.RemoveUser options) {
    return transport.json(
        Call.of("DELETE", "/api/v1/users/%s", user)
            .query("force", options.force), RemovedDocument.class);
  }

  /** Shows a user's egress policy. {@code GET /api/v1/users/{user}/egress} (operator) */
  public EgressDocument getUserEgress(String user) {
    return transport.json(
        Call.of("GET", "/api/v1/users/%s/egress", user), EgressDocument.class);
  }

  /** Replaces a user's egress policy; it holds at once for all of their VMs without one. {@code PUT /api/v1/users/{user}/egress} (admin) */
  public EgressDocument setUserEgress(String user, EgressRequest body) {
    return transport.json(
        Call.of("PUT", "/api/v1/users/%s/egress", user)
            .json(body), EgressDocument.class);
  }

  /** Removes a user's egress policy: NAT is in force again. {@code DELETE /api/v1/users/{user}/egress} (admin) */
  public RemovedDocument removeUserEgress(String user) {
    return transport.json(
        Call.of("DELETE", "/api/v1/users/%s/egress", user), RemovedDocument.class);
  }

  /** Lists the providers whose credentials may be placeholders in a user's VMs. {@code GET /api/v1/users/{user}/placeholders} (operator) */
  public Pages<PlaceholderDocument> listPlaceholders(String user) {
    return transport.pages(
        Call.of("GET", "/api/v1/users/%s/placeholders", user), PlaceholderDocument.class);
  }

  /** Chooses whether a user's VMs get a placeholder or the credential itself. {@code PUT /api/v1/users/{user}/placeholders/{provider}} (admin) */
  public PlaceholderDocument choosePlaceholder(String user, String provider, PlaceholderRequest body) {
    return transport.json(
        Call.of("PUT", "/api/v1/users/%s/placeholders/%s", user, provider)
            .json(body), PlaceholderDocument.class);
  }

  /** Goes back to the default, which is a placeholder. {@code DELETE /api/v1/users/{user}/placeholders/{provider}} (admin) */
  public PlaceholderDocument forgetPlaceholderChoice(String user, String provider) {
    return transport.json(
        Call.of("DELETE", "/api/v1/users/%s/placeholders/%s", user, provider), PlaceholderDocument.class);
  }

  /** Ends a user's suspension. {@code POST /api/v1/users/{user}/resume} (admin) */
  public UserDocument resumeUser(String user) {
    return transport.json(
        Call.of("POST", "/api/v1/users/%s/resume", user), UserDocument.class);
  }

  /** Stops a user's VMs, and refuses the user until it is resumed. {@code POST /api/v1/users/{user}/suspend} (admin) */
  public UserDocument suspendUser(String user) {
    return transport.json(
        Call.of("POST", "/api/v1/users/%s/suspend", user), UserDocument.class);
  }

  /** Tells how the vault is. {@code GET /api/v1/vault} (operator) */
  public VaultDocument getVault() {
    return transport.json(
        Call.of("GET", "/api/v1/vault"), VaultDocument.class);
  }

  /** Makes the vault, with the master key that the settings name. {@code POST /api/v1/vault/init} (admin) */
  public VaultDocument initVault() {
    return transport.json(
        Call.of("POST", "/api/v1/vault/init"), VaultDocument.class);
  }

  /** Changes the vault's master key. {@code POST /api/v1/vault/rotate} (admin) */
  public VaultDocument rotateVault(RotateRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/vault/rotate")
            .json(body), VaultDocument.class);
  }

  /** Lists VMM releases. {@code GET /api/v1/vmm} (operator) */
  public Pages<ReleaseView> listReleases() {
    return transport.pages(
        Call.of("GET", "/api/v1/vmm"), ReleaseView.class);
  }

  /** Adds a VMM release of files on the daemon's host. {@code POST /api/v1/vmm} (admin) */
  public ReleaseView addRelease(AddRequest body, ProgressListener progress) {
    return transport.work(
        Call.of("POST", "/api/v1/vmm")
            .json(body), "release", ReleaseView.class, progress);
  }

  /** Has new VMs use the release of before. {@code POST /api/v1/vmm/rollback} (admin) */
  public ReleaseChange rollBackRelease() {
    return transport.json(
        Call.of("POST", "/api/v1/vmm/rollback"), ReleaseChange.class);
  }

  /** Shows a VMM release. {@code GET /api/v1/vmm/{release}} (operator) */
  public ReleaseView getRelease(String release) {
    return transport.json(
        Call.of("GET", "/api/v1/vmm/%s", release), ReleaseView.class);
  }

  /** Removes a VMM release that nothing uses. {@code DELETE /api/v1/vmm/{release}} (admin) */
  public RemovedDocument removeRelease(String release) {
    return transport.json(
        Call.of("DELETE", "/api/v1/vmm/%s", release), RemovedDocument.class);
  }

  /** Boots a VM of each type on a release. {@code POST /api/v1/vmm/{release}/canary} (admin) */
  public CanaryReport tryRelease(String release, ProgressListener progress) {
    return transport.work(
        Call.of("POST", "/api/v1/vmm/%s/canary", release), "canary", CanaryReport.class, progress);
  }

  /** Tells what using a release would do. {@code GET /api/v1/vmm/{release}/plan} (operator) */
  public Plan planRelease(String release) {
    return transport.json(
        Call.of("GET", "/api/v1/vmm/%s/plan", release), Plan.class);
  }

  /** Has new VMs use a release, if a VM of each type boots on it. {@code POST /api/v1/vmm/{release}/use} (admin) */
  public ReleaseChange useRelease(String release, UseRequest body, ProgressListener progress) {
    return transport.work(
        Call.of("POST", "/api/v1/vmm/%s/use", release)
            .json(body), "change", ReleaseChange.class, progress);
  }

  /** Creates a VM. {@code POST /api/v1/vms} (user) */
  public VmDocument createVm(CreateRequest body) {
    return createVm(body, new Options.CreateVm());
  }

  /** Creates a VM. {@code POST /api/v1/vms} (user) */
  public VmDocument createVm(CreateRequest body, Options.CreateVm options) {
    return transport.json(
        Call.of("POST", "/api/v1/vms")
            .query("wait", options.wait)
            .query("timeout", options.timeout)
            .key("Idempotency-Key", options.idempotencyKey)
            .json(body), VmDocument.class);
  }

  /** Lists VMs, the newest first. {@code GET /api/v1/vms} (user) */
  public Pages<VmDocument> listVms() {
    return listVms(new Options.ListVms());
  }

  /** Lists VMs, the newest first. {@code GET /api/v1/vms} (user) */
  public Pages<VmDocument> listVms(Options.ListVms options) {
    return transport.pages(
        Call.of("GET", "/api/v1/vms")
            .query("all", options.all)
            .query("user", options.user)
            .query("type", options.type)
            .query("state", options.state)
            .query("label", options.label)
            .query("name", options.name)
            .query("limit", options.limit)
            .query("cursor", options.cursor), VmDocument.class);
  }

  /** Shows a VM, or waits until it has changed. {@code GET /api/v1/vms/{id}} (user) */
  public VmDocument getVm(String id) {
    return getVm(id, new Options.GetVm());
  }

  /** Shows a VM, or waits until it has changed. {@code GET /api/v1/vms/{id}} (user) */
  public VmDocument getVm(String id, Options.GetVm options) {
    return transport.json(
        Call.of("GET", "/api/v1/vms/%s", id)
            .query("after", options.after)
            .query("timeout", options.timeout), VmDocument.class);
  }

  /** Changes the fields that are given. {@code PATCH /api/v1/vms/{id}} (user) */
  public VmDocument updateVm(String id, VmChange body) {
    return updateVm(id, body, new Options.UpdateVm());
  }

  /** Changes the fields that are given. {@code PATCH /api/v1/vms/{id}} (user) */
  public VmDocument updateVm(String id, VmChange body, Options.UpdateVm options) {
    return transport.json(
        Call.of("PATCH", "/api/v1/vms/%s", id)
            .header("If-Match", options.ifMatch)
            .json(body), VmDocument.class);
  }

  /** Destroys a VM with its disk and its snapshots. {@code DELETE /api/v1/vms/{id}} (user) */
  public VmDocument destroyVm(String id) {
    return destroyVm(id, new Options.DestroyVm());
  }

  /** Destroys a VM with its disk and its snapshots. {@code DELETE /api/v1/vms/{id}} (user) */
  public VmDocument destroyVm(String id, Options.DestroyVm options) {
    return transport.json(
        Call.of("DELETE", "/api/v1/vms/%s", id)
            .query("wait", options.wait)
            .query("timeout", options.timeout)
            .header("If-Match", options.ifMatch), VmDocument.class);
  }

  /** Gives up a sleeping VM's memory, and compresses its disk. {@code POST /api/v1/vms/{id}/archive} (user) */
  public VmDocument archiveVm(String id) {
    return archiveVm(id, new Options.ArchiveVm());
  }

  /** Gives up a sleeping VM's memory, and compresses its disk. {@code POST /api/v1/vms/{id}/archive} (user) */
  public VmDocument archiveVm(String id, Options.ArchiveVm options) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/archive", id)
            .query("wait", options.wait)
            .query("timeout", options.timeout)
            .header("If-Match", options.ifMatch), VmDocument.class);
  }

  /** Lists a VM's earlier boots that are kept, the latest first. {@code GET /api/v1/vms/{id}/boots} (user) */
  public Pages<BootLine> listBoots(String id) {
    return transport.pages(
        Call.of("GET", "/api/v1/vms/%s/boots", id), BootLine.class);
  }

  /** Shows an earlier boot with its evidence. {@code GET /api/v1/vms/{id}/boots/{boot}} (user) */
  public BootDocument getBoot(String id, String boot) {
    return transport.json(
        Call.of("GET", "/api/v1/vms/%s/boots/%s", id, boot), BootDocument.class);
  }

  /** Shows what the console said in an earlier boot. {@code GET /api/v1/vms/{id}/boots/{boot}/console} (user) */
  public InputStream readBootConsole(String id, String boot) {
    return readBootConsole(id, boot, new Options.ReadBootConsole());
  }

  /** Shows what the console said in an earlier boot. {@code GET /api/v1/vms/{id}/boots/{boot}/console} (user) */
  public InputStream readBootConsole(String id, String boot, Options.ReadBootConsole options) {
    return transport.bytes(
        Call.of("GET", "/api/v1/vms/%s/boots/%s/console", id, boot)
            .query("tail", options.tail)
            .query("timestamps", options.timestamps)
            .query("since", options.since));
  }

  /** Gives all evidence of a VM as one archive, without secrets. {@code GET /api/v1/vms/{id}/bundle} (user) */
  public InputStream getBundle(String id) {
    return transport.bytes(
        Call.of("GET", "/api/v1/vms/%s/bundle", id));
  }

  /** Shows what the VM's console has said. {@code GET /api/v1/vms/{id}/console} (user) */
  public InputStream readConsole(String id) {
    return readConsole(id, new Options.ReadConsole());
  }

  /** Shows what the VM's console has said. {@code GET /api/v1/vms/{id}/console} (user) */
  public InputStream readConsole(String id, Options.ReadConsole options) {
    return transport.bytes(
        Call.of("GET", "/api/v1/vms/%s/console", id)
            .query("follow", options.follow)
            .query("tail", options.tail)
            .query("timestamps", options.timestamps)
            .query("since", options.since));
  }

  /** Tells how a VM's desktop is. {@code GET /api/v1/vms/{id}/desktop} (desktop-page) */
  public DesktopDocument getDesktop(String id) {
    return transport.json(
        Call.of("GET", "/api/v1/vms/%s/desktop", id), DesktopDocument.class);
  }

  /** Gives a picture of a VM's desktop. {@code GET /api/v1/vms/{id}/desktop.png} (user) */
  public InputStream getScreenshot(String id) {
    return transport.bytes(
        Call.of("GET", "/api/v1/vms/%s/desktop.png", id));
  }

  /** Finds out why a VM does not work. {@code GET /api/v1/vms/{id}/diagnosis} (user) */
  public DiagnosisDocument diagnoseVm(String id) {
    return transport.json(
        Call.of("GET", "/api/v1/vms/%s/diagnosis", id), DiagnosisDocument.class);
  }

  /** Shows the egress policy that is in force for a VM. {@code GET /api/v1/vms/{id}/egress} (user) */
  public EgressDocument getVmEgress(String id) {
    return transport.json(
        Call.of("GET", "/api/v1/vms/%s/egress", id), EgressDocument.class);
  }

  /** Gives a VM an egress policy of its own, at once. {@code PUT /api/v1/vms/{id}/egress} (operator) */
  public EgressDocument setVmEgress(String id, EgressRequest body) {
    return transport.json(
        Call.of("PUT", "/api/v1/vms/%s/egress", id)
            .json(body), EgressDocument.class);
  }

  /** Removes a VM's own egress policy: its owner's is in force again. {@code DELETE /api/v1/vms/{id}/egress} (operator) */
  public EgressDocument removeVmEgress(String id) {
    return transport.json(
        Call.of("DELETE", "/api/v1/vms/%s/egress", id), EgressDocument.class);
  }

  /** Lists what was refused to a guest, the newest first. {@code GET /api/v1/vms/{id}/egress/refused} (user) */
  public Pages<RefusedTrafficDocument> listRefusedTraffic(String id) {
    return transport.pages(
        Call.of("GET", "/api/v1/vms/%s/egress/refused", id), RefusedTrafficDocument.class);
  }

  /** Asks for a page by a VM's egress policy and from inside its guest, and tells what came. {@code POST /api/v1/vms/{id}/egress/test} (user) */
  public EgressTestDocument testEgress(String id) {
    return testEgress(id, new Options.TestEgress());
  }

  /** Asks for a page by a VM's egress policy and from inside its guest, and tells what came. {@code POST /api/v1/vms/{id}/egress/test} (user) */
  public EgressTestDocument testEgress(String id, Options.TestEgress options) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/egress/test", id)
            .query("url", options.url), EgressTestDocument.class);
  }

  /** Runs a command in the guest. {@code POST /api/v1/vms/{id}/exec} (user) */
  public ExecAnswer exec(String id, ExecRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/exec", id)
            .json(body), ExecAnswer.class);
  }

  /** Runs a command in the guest. {@code POST /api/v1/vms/{id}/exec} (user) */
  public EventStream<ExecEvent> execStream(String id, ExecRequest body) {
    return transport.events(
        Call.of("POST", "/api/v1/vms/%s/exec", id)
            .json(body), ExecEvent.class);
  }

  /** Starts a command that runs on whoever ends. {@code POST /api/v1/vms/{id}/execs} (user) */
  public ExecDocument startExec(String id, ExecRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/execs", id)
            .json(body), ExecDocument.class);
  }

  /** Lists a VM's detached commands, the newest first. {@code GET /api/v1/vms/{id}/execs} (user) */
  public Pages<ExecDocument> listExecs(String id) {
    return transport.pages(
        Call.of("GET", "/api/v1/vms/%s/execs", id), ExecDocument.class);
  }

  /** Shows a detached command, or waits until it has ended. {@code GET /api/v1/vms/{id}/execs/{exec}} (user) */
  public ExecDocument getExec(String id, String exec) {
    return getExec(id, exec, new Options.GetExec());
  }

  /** Shows a detached command, or waits until it has ended. {@code GET /api/v1/vms/{id}/execs/{exec}} (user) */
  public ExecDocument getExec(String id, String exec, Options.GetExec options) {
    return transport.json(
        Call.of("GET", "/api/v1/vms/%s/execs/%s", id, exec)
            .query("wait", options.wait)
            .query("timeout", options.timeout), ExecDocument.class);
  }

  /** Removes what is kept of a detached command that has ended. {@code DELETE /api/v1/vms/{id}/execs/{exec}} (user) */
  public RemovedDocument removeExec(String id, String exec) {
    return transport.json(
        Call.of("DELETE", "/api/v1/vms/%s/execs/%s", id, exec), RemovedDocument.class);
  }

  /** Tells what a detached command has written. {@code GET /api/v1/vms/{id}/execs/{exec}/output} (user) */
  public EventStream<ExecEvent> readExecOutput(String id, String exec) {
    return readExecOutput(id, exec, new Options.ReadExecOutput());
  }

  /** Tells what a detached command has written. {@code GET /api/v1/vms/{id}/execs/{exec}/output} (user) */
  public EventStream<ExecEvent> readExecOutput(String id, String exec, Options.ReadExecOutput options) {
    return transport.events(
        Call.of("GET", "/api/v1/vms/%s/execs/%s/output", id, exec)
            .query("follow", options.follow)
            .query("stdout", options.stdout)
            .query("stderr", options.stderr), ExecEvent.class);
  }

  /** Sends a signal to a detached command and its children. {@code POST /api/v1/vms/{id}/execs/{exec}/signal} (user) */
  public SignalledExec signalExec(String id, String exec, SignalRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/execs/%s/signal", id, exec)
            .json(body), SignalledExec.class);
  }

  /** Boots copies of a failed VM, each with one thing changed. {@code POST /api/v1/vms/{id}/experiments} (user) */
  public Experiment runExperiments(String id, ProgressListener progress) {
    return runExperiments(id, progress, new Options.RunExperiments());
  }

  /** Boots copies of a failed VM, each with one thing changed. {@code POST /api/v1/vms/{id}/experiments} (user) */
  public Experiment runExperiments(String id, ProgressListener progress, Options.RunExperiments options) {
    return transport.work(
        Call.of("POST", "/api/v1/vms/%s/experiments", id)
            .query("within", options.within), "experiment", Experiment.class, progress);
  }

  /** Gives a file of the guest, or lists a folder. {@code GET /api/v1/vms/{id}/files} (user) */
  public InputStream readFile(String id, Options.ReadFile options) {
    return transport.bytes(
        Call.of("GET", "/api/v1/vms/%s/files", id)
            .query("path", options.path)
            .query("as", options.as)
            .header("Range", options.range));
  }

  /** Writes a file of the guest, or makes a folder. {@code PUT /api/v1/vms/{id}/files} (user) */
  public FileDocument writeFile(String id, HttpRequest.BodyPublisher body, Options.WriteFile options) {
    return transport.json(
        Call.of("PUT", "/api/v1/vms/%s/files", id)
            .query("path", options.path)
            .query("as", options.as)
            .query("mode", options.mode)
            .query("parents", options.parents)
            .query("owners", options.owners)
            .content("application/octet-stream", body), FileDocument.class);
  }

  /** Changes permissions, owner or name of a file. {@code PATCH /api/v1/vms/{id}/files} (user) */
  public FileDocument changeFile(String id, FileChange body, Options.ChangeFile options) {
    return transport.json(
        Call.of("PATCH", "/api/v1/vms/%s/files", id)
            .query("path", options.path)
            .json(body), FileDocument.class);
  }

  /** Removes a file or folder of the guest. {@code DELETE /api/v1/vms/{id}/files} (user) */
  public void removeFile(String id, Options.RemoveFile options) {
    transport.nothing(
        Call.of("DELETE", "/api/v1/vms/%s/files", id)
            .query("path", options.path)
            .query("recursive", options.recursive));
  }

  /** Tells what happens to files of the guest, until the client leaves. {@code GET /api/v1/vms/{id}/files/watch} (user) */
  public EventStream<FileEvent> watchFiles(String id, Options.WatchFiles options) {
    return transport.events(
        Call.of("GET", "/api/v1/vms/%s/files/watch", id)
            .query("path", options.path)
            .query("recursive", options.recursive), FileEvent.class);
  }

  /** Creates VMs that go on from another one as it is now. {@code POST /api/v1/vms/{id}/fork} (user) */
  public ForkedVms forkVm(String id, ForkRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/fork", id)
            .json(body), ForkedVms.class);
  }

  /** Tells what a fork of a VM would cost, and makes nothing. {@code POST /api/v1/vms/{id}/fork/plan} (user) */
  public ClonePlan planFork(String id, ForkRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/fork/plan", id)
            .json(body), ClonePlan.class);
  }

  /** Makes a ticket, with which a page opens one WebSocket into the VM. {@code POST /api/v1/vms/{id}/guest-tickets} (user) */
  public GuestTicketDocument createGuestTicket(String id) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/guest-tickets", id), GuestTicketDocument.class);
  }

  /** Ends the machine at once, as if its plug were pulled. {@code POST /api/v1/vms/{id}/kill} (user) */
  public VmDocument killVm(String id) {
    return killVm(id, new Options.KillVm());
  }

  /** Ends the machine at once, as if its plug were pulled. {@code POST /api/v1/vms/{id}/kill} (user) */
  public VmDocument killVm(String id, Options.KillVm options) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/kill", id)
            .query("wait", options.wait)
            .query("timeout", options.timeout)
            .header("If-Match", options.ifMatch), VmDocument.class);
  }

  /** Makes a link to an open port of the guest. {@code POST /api/v1/vms/{id}/links} (user) */
  public LinkDocument createLink(String id, LinkRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/links", id)
            .json(body), LinkDocument.class);
  }

  /** Lists the links to a guest's ports, the newest first. {@code GET /api/v1/vms/{id}/links} (user) */
  public Pages<LinkDocument> listLinks(String id) {
    return transport.pages(
        Call.of("GET", "/api/v1/vms/%s/links", id), LinkDocument.class);
  }

  /** Revokes a link, and ends what it has opened. {@code DELETE /api/v1/vms/{id}/links/{link}} (user) */
  public RemovedDocument revokeLink(String id, String link) {
    return transport.json(
        Call.of("DELETE", "/api/v1/vms/%s/links/%s", id, link), RemovedDocument.class);
  }

  /** Exchanges the ticket of a link for the key of its page. {@code POST /api/v1/vms/{id}/page-keys} (desktop-link) */
  public PageKeyDocument createPageKey(String id) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/page-keys", id), PageKeyDocument.class);
  }

  /** Stops a VM's processors; its memory stays. {@code POST /api/v1/vms/{id}/pause} (user) */
  public VmDocument pauseVm(String id) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/pause", id), VmDocument.class);
  }

  /** Runs a provider's login in the VM up to its link or its device code, and ends it. {@code POST /api/v1/vms/{id}/provider-test} (user) */
  public LoginTrial testProvider(String id, ProviderTestRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/provider-test", id)
            .json(body), LoginTrial.class);
  }

  /** Gives a VM a new root disk of an image; its volumes stay. {@code POST /api/v1/vms/{id}/rebuild} (user) */
  public VmDocument rebuildVm(String id, RebuildRequest body) {
    return rebuildVm(id, body, new Options.RebuildVm());
  }

  /** Gives a VM a new root disk of an image; its volumes stay. {@code POST /api/v1/vms/{id}/rebuild} (user) */
  public VmDocument rebuildVm(String id, RebuildRequest body, Options.RebuildVm options) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/rebuild", id)
            .query("wait", options.wait)
            .query("timeout", options.timeout)
            .header("If-Match", options.ifMatch)
            .json(body), VmDocument.class);
  }

  /** Shows the criteria of the last boot with their evidence. {@code GET /api/v1/vms/{id}/report} (user) */
  public BootReport getReport(String id) {
    return transport.json(
        Call.of("GET", "/api/v1/vms/%s/report", id), BootReport.class);
  }

  /** Stops a VM and starts it again. {@code POST /api/v1/vms/{id}/restart} (user) */
  public VmDocument restartVm(String id, PowerRequest body) {
    return restartVm(id, body, new Options.RestartVm());
  }

  /** Stops a VM and starts it again. {@code POST /api/v1/vms/{id}/restart} (user) */
  public VmDocument restartVm(String id, PowerRequest body, Options.RestartVm options) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/restart", id)
            .query("wait", options.wait)
            .query("timeout", options.timeout)
            .header("If-Match", options.ifMatch)
            .json(body), VmDocument.class);
  }

  /** Has a paused or suspended VM go on. {@code POST /api/v1/vms/{id}/resume} (user) */
  public VmDocument resumeVm(String id) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/resume", id), VmDocument.class);
  }

  /** As suspend, until somebody needs the VM. {@code POST /api/v1/vms/{id}/sleep} (user) */
  public VmDocument sleepVm(String id) {
    return sleepVm(id, new Options.SleepVm());
  }

  /** As suspend, until somebody needs the VM. {@code POST /api/v1/vms/{id}/sleep} (user) */
  public VmDocument sleepVm(String id, Options.SleepVm options) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/sleep", id)
            .query("wait", options.wait)
            .query("timeout", options.timeout)
            .header("If-Match", options.ifMatch), VmDocument.class);
  }

  /** Takes a snapshot of a VM's memory and disk, or of its disk alone. {@code POST /api/v1/vms/{id}/snapshots} (user) */
  public SnapshotDocument createSnapshot(String id, SnapshotRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/snapshots", id)
            .json(body), SnapshotDocument.class);
  }

  /** Has the guest's sshd take a public key for some time. {@code POST /api/v1/vms/{id}/ssh-keys} (user) */
  public SshKeyDocument addSshKey(String id, SshKeyRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/ssh-keys", id)
            .json(body), SshKeyDocument.class);
  }

  /** Boots a stopped or failed VM, or has a suspended one go on where it was. {@code POST /api/v1/vms/{id}/start} (user) */
  public VmDocument startVm(String id) {
    return startVm(id, new Options.StartVm());
  }

  /** Boots a stopped or failed VM, or has a suspended one go on where it was. {@code POST /api/v1/vms/{id}/start} (user) */
  public VmDocument startVm(String id, Options.StartVm options) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/start", id)
            .query("wait", options.wait)
            .query("timeout", options.timeout)
            .header("If-Match", options.ifMatch), VmDocument.class);
  }

  /** Tells what a VM uses of processor, memory, disk and network. {@code GET /api/v1/vms/{id}/stats} (user) */
  public StatsDocument getStats(String id) {
    return transport.json(
        Call.of("GET", "/api/v1/vms/%s/stats", id), StatsDocument.class);
  }

  /** Has the guest shut down, and ends it when it does not. {@code POST /api/v1/vms/{id}/stop} (user) */
  public VmDocument stopVm(String id, PowerRequest body) {
    return stopVm(id, body, new Options.StopVm());
  }

  /** Has the guest shut down, and ends it when it does not. {@code POST /api/v1/vms/{id}/stop} (user) */
  public VmDocument stopVm(String id, PowerRequest body, Options.StopVm options) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/stop", id)
            .query("wait", options.wait)
            .query("timeout", options.timeout)
            .header("If-Match", options.ifMatch)
            .json(body), VmDocument.class);
  }

  /** Writes a VM's memory to the disk, and frees it. {@code POST /api/v1/vms/{id}/suspend} (user) */
  public VmDocument suspendVm(String id) {
    return suspendVm(id, new Options.SuspendVm());
  }

  /** Writes a VM's memory to the disk, and frees it. {@code POST /api/v1/vms/{id}/suspend} (user) */
  public VmDocument suspendVm(String id, Options.SuspendVm options) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/suspend", id)
            .query("wait", options.wait)
            .query("timeout", options.timeout)
            .header("If-Match", options.ifMatch), VmDocument.class);
  }

  /** Gives a link to a VM's desktop that opens once. {@code POST /api/v1/vms/{id}/tickets} (desktop-page) */
  public TicketDocument createTicket(String id, TicketRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/tickets", id)
            .json(body), TicketDocument.class);
  }

  /** Lists who has looked at a VM's desktop, the newest first. {@code GET /api/v1/vms/{id}/views} (user) */
  public Pages<ViewDocument> listViews(String id) {
    return listViews(id, new Options.ListViews());
  }

  /** Lists who has looked at a VM's desktop, the newest first. {@code GET /api/v1/vms/{id}/views} (user) */
  public Pages<ViewDocument> listViews(String id, Options.ListViews options) {
    return transport.pages(
        Call.of("GET", "/api/v1/vms/%s/views", id)
            .query("limit", options.limit)
            .query("cursor", options.cursor), ViewDocument.class);
  }

  /** Waits until a VM is in one of some states. {@code GET /api/v1/vms/{id}/wait} (user) */
  public VmDocument waitForVm(String id) {
    return waitForVm(id, new Options.WaitForVm());
  }

  /** Waits until a VM is in one of some states. {@code GET /api/v1/vms/{id}/wait} (user) */
  public VmDocument waitForVm(String id, Options.WaitForVm options) {
    return transport.json(
        Call.of("GET", "/api/v1/vms/%s/wait", id)
            .query("for", options.for_)
            .query("timeout", options.timeout), VmDocument.class);
  }

  /** Has a VM that is asleep go on where it was, or an archived one boot. {@code POST /api/v1/vms/{id}/wake} (user) */
  public VmDocument wakeVm(String id) {
    return wakeVm(id, new Options.WakeVm());
  }

  /** Has a VM that is asleep go on where it was, or an archived one boot. {@code POST /api/v1/vms/{id}/wake} (user) */
  public VmDocument wakeVm(String id, Options.WakeVm options) {
    return transport.json(
        Call.of("POST", "/api/v1/vms/%s/wake", id)
            .query("wait", options.wait)
            .query("timeout", options.timeout)
            .header("If-Match", options.ifMatch), VmDocument.class);
  }

  /** Lists volumes by their owners and names. {@code GET /api/v1/volumes} (user) */
  public Pages<VolumeDocument> listVolumes() {
    return listVolumes(new Options.ListVolumes());
  }

  /** Lists volumes by their owners and names. {@code GET /api/v1/volumes} (user) */
  public Pages<VolumeDocument> listVolumes(Options.ListVolumes options) {
    return transport.pages(
        Call.of("GET", "/api/v1/volumes")
            .query("user", options.user)
            .query("limit", options.limit)
            .query("cursor", options.cursor), VolumeDocument.class);
  }

  /** Creates an empty volume. {@code POST /api/v1/volumes} (user) */
  public VolumeDocument createVolume(VolumeCreateRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/volumes")
            .json(body), VolumeDocument.class);
  }

  /** Shows a volume. {@code GET /api/v1/volumes/{name}} (user) */
  public VolumeDocument getVolume(String name) {
    return getVolume(name, new Options.GetVolume());
  }

  /** Shows a volume. {@code GET /api/v1/volumes/{name}} (user) */
  public VolumeDocument getVolume(String name, Options.GetVolume options) {
    return transport.json(
        Call.of("GET", "/api/v1/volumes/%s", name)
            .query("user", options.user), VolumeDocument.class);
  }

  /** Makes a volume larger. {@code PATCH /api/v1/volumes/{name}} (user) */
  public VolumeDocument resizeVolume(String name, VolumeChange body) {
    return resizeVolume(name, body, new Options.ResizeVolume());
  }

  /** Makes a volume larger. {@code PATCH /api/v1/volumes/{name}} (user) */
  public VolumeDocument resizeVolume(String name, VolumeChange body, Options.ResizeVolume options) {
    return transport.json(
        Call.of("PATCH", "/api/v1/volumes/%s", name)
            .query("user", options.user)
            .json(body), VolumeDocument.class);
  }

  /** Removes a volume with all that is on it. {@code DELETE /api/v1/volumes/{name}} (user) */
  public RemovedDocument removeVolume(String name) {
    return removeVolume(name, new Options.RemoveVolume());
  }

  /** Removes a volume with all that is on it. {@code DELETE /api/v1/volumes/{name}} (user) */
  public RemovedDocument removeVolume(String name, Options.RemoveVolume options) {
    return transport.json(
        Call.of("DELETE", "/api/v1/volumes/%s", name)
            .query("user", options.user), RemovedDocument.class);
  }

  /** Gives the volume's disk as one file. {@code GET /api/v1/volumes/{name}/export} (user) */
  public InputStream exportVolume(String name) {
    return exportVolume(name, new Options.ExportVolume());
  }

  /** Gives the volume's disk as one file. {@code GET /api/v1/volumes/{name}/export} (user) */
  public InputStream exportVolume(String name, Options.ExportVolume options) {
    return transport.bytes(
        Call.of("GET", "/api/v1/volumes/%s/export", name)
            .query("user", options.user));
  }

  /** Creates a volume of a file that an export gave. {@code POST /api/v1/volumes/{name}/import} (user) */
  public VolumeDocument importVolume(String name, HttpRequest.BodyPublisher body) {
    return importVolume(name, body, new Options.ImportVolume());
  }

  /** Creates a volume of a file that an export gave. {@code POST /api/v1/volumes/{name}/import} (user) */
  public VolumeDocument importVolume(String name, HttpRequest.BodyPublisher body, Options.ImportVolume options) {
    return transport.json(
        Call.of("POST", "/api/v1/volumes/%s/import", name)
            .query("user", options.user)
            .content("application/gzip", body), VolumeDocument.class);
  }

  /** Lists webhooks. {@code GET /api/v1/webhooks} (admin) */
  public Pages<WebhookDocument> listWebhooks() {
    return transport.pages(
        Call.of("GET", "/api/v1/webhooks"), WebhookDocument.class);
  }

  /** Has a URL told of events from now on. {@code POST /api/v1/webhooks} (admin) */
  public WebhookDocument createWebhook(WebhookRequest body) {
    return transport.json(
        Call.of("POST", "/api/v1/webhooks")
            .json(body), WebhookDocument.class);
  }

  /** Shows a webhook. {@code GET /api/v1/webhooks/{webhook}} (admin) */
  public WebhookDocument getWebhook(String webhook) {
    return transport.json(
        Call.of("GET", "/api/v1/webhooks/%s", webhook), WebhookDocument.class);
  }

  /** Removes a webhook with its deliveries. {@code DELETE /api/v1/webhooks/{webhook}} (admin) */
  public RemovedDocument removeWebhook(String webhook) {
    return transport.json(
        Call.of("DELETE", "/api/v1/webhooks/%s", webhook), RemovedDocument.class);
  }

  /** Lists what a webhook was sent, the newest first. {@code GET /api/v1/webhooks/{webhook}/deliveries} (admin) */
  public Pages<DeliveryDocument> listDeliveries(String webhook) {
    return listDeliveries(webhook, new Options.ListDeliveries());
  }

  /** Lists what a webhook was sent, the newest first. {@code GET /api/v1/webhooks/{webhook}/deliveries} (admin) */
  public Pages<DeliveryDocument> listDeliveries(String webhook, Options.ListDeliveries options) {
    return transport.pages(
        Call.of("GET", "/api/v1/webhooks/%s/deliveries", webhook)
            .query("state", options.state)
            .query("limit", options.limit)
            .query("cursor", options.cursor), DeliveryDocument.class);
  }

  /** Has a disabled webhook told of events from now on. {@code POST /api/v1/webhooks/{webhook}/enable} (admin) */
  public WebhookDocument enableWebhook(String webhook) {
    return transport.json(
        Call.of("POST", "/api/v1/webhooks/%s/enable", webhook), WebhookDocument.class);
  }

  /** Sends a webhook a test event, once and now. {@code POST /api/v1/webhooks/{webhook}/test} (admin) */
  public WebhookTest testWebhook(String webhook) {
    return transport.json(
        Call.of("POST", "/api/v1/webhooks/%s/test", webhook), WebhookTest.class);
  }

  /** Tells whether the daemon does its work. {@code GET /health} (anybody) */
  public HealthDocument getHealth() {
    return transport.json(
        Call.of("GET", "/health")
            .accepting(503), HealthDocument.class);
  }

  /** Shows metrics in the text format of Prometheus. {@code GET /metrics} (operator) */
  public InputStream getMetrics() {
    return transport.bytes(
        Call.of("GET", "/metrics"));
  }

  /** Gives this description. {@code GET /openapi.json} (anybody) */
  public Object describe() {
    return transport.any(
        Call.of("GET", "/openapi.json"), Object.class);
  }
}
