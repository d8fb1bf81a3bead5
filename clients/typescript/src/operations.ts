// Made of /openapi.json: see the client's README.

import { Pages } from "./pages.js";
import type {
  AddRequest,
  AuditDocument,
  BootDocument,
  BootLine,
  BootReport,
  BuildRequest,
  CanaryReport,
  ClonePlan,
  CreateRequest,
  CredentialDocument,
  DeliverRequest,
  DeliveryDocument,
  DesktopDocument,
  DiagnosisDocument,
  EgressDocument,
  EgressRequest,
  EgressTestDocument,
  EventDocument,
  ExecAnswer,
  ExecDocument,
  ExecEvent,
  ExecRequest,
  Experiment,
  FileChange,
  FileDocument,
  FileEvent,
  ForkRequest,
  ForkedVms,
  GuestTicketDocument,
  HandOverRequest,
  HealthDocument,
  ImageDocument,
  ImportRequest,
  LinkDocument,
  LinkRequest,
  ListedRoute,
  LoginTrial,
  MeDocument,
  PageKeyDocument,
  PlaceholderDocument,
  PlaceholderRequest,
  Plan,
  PoolStatus,
  PowerRequest,
  PromptDocument,
  PromptEvent,
  PromptRequest,
  Provider,
  ProviderTestRequest,
  PullRequest,
  RebuildRequest,
  RefusedTrafficDocument,
  ReleaseChange,
  ReleaseView,
  RemovedDocument,
  RotateRequest,
  SignInCode,
  SignInDocument,
  SignInEvent,
  SignInRequest,
  SignalRequest,
  SignalledExec,
  SnapshotChange,
  SnapshotCheckDocument,
  SnapshotDetailsDocument,
  SnapshotDocument,
  SnapshotRequest,
  SshKeyDocument,
  SshKeyRequest,
  StatsDocument,
  SweepFinding,
  TicketDocument,
  TicketRequest,
  TokenDocument,
  TokenRequest,
  TypeDocument,
  UseRequest,
  UserDocument,
  UserRequest,
  ValidationDocument,
  ValidationRequest,
  VaultDocument,
  ViewDocument,
  VmChange,
  VmDeliveryDocument,
  VmDocument,
  VolumeChange,
  VolumeCreateRequest,
  VolumeDocument,
  WebhookDocument,
  WebhookRequest,
  WebhookTest,
} from "./schemas.js";
import { newKey } from "./transport.js";
import type { BodyContent, CallOptions, ProgressOptions, Transport } from "./transport.js";

export interface ListAuditOptions extends CallOptions {
  /** Only of this user's things. */
  user?: string;
  /** Only of this VM. */
  vm?: string;
  /** Only from then on. */
  since?: string;
  /** Entries of a page, at most 1000, usually 100. */
  limit?: number;
  /** The `next` of the page before. */
  cursor?: string;
}

export interface FollowSignInOptions extends CallOptions {
  /** Only events with a higher id. */
  after?: number;
  /** False: only what has happened so far. */
  follow?: boolean;
  /** After which event it begins. */
  lastEventId?: string;
}

export interface ListSignInsOptions extends CallOptions {
  /** Only this user's. */
  user?: string;
}

export interface ListCredentialsOptions extends CallOptions {
  /** Only this user's. */
  user?: string;
}

export interface PutCredentialOptions extends CallOptions {
  /** Whose it is; may be left out with a user's token. */
  user?: string;
  /** Whose service it is for, or a proxy's address. */
  provider?: string;
  /** Which of several for the provider; usually default. */
  name?: string;
  /** What it is, usually credential. */
  kind?: "credential" | "proxy";
  /** How long it holds, like 30d. */
  expires?: string;
}

export interface ListEventsOptions extends CallOptions {
  /** Oldest first, only with a higher id. */
  after?: number;
  /** Only about this VM. */
  vm?: string;
  /** Only about this user and what it has. */
  user?: string;
  /** Only of these kinds, with commas between them. */
  kind?: string;
  /** Only from then on. */
  since?: string;
  /** Entries of a page, at most 1000, usually 100. */
  limit?: number;
  /** The `next` of the page before. */
  cursor?: string;
}

export interface StreamEventsOptions extends CallOptions {
  /** Oldest first, only with a higher id. */
  after?: number;
  /** Only about this VM. */
  vm?: string;
  /** Only about this user and what it has. */
  user?: string;
  /** Only of these kinds, with commas between them. */
  kind?: string;
  /** Only from then on. */
  since?: string;
  /** With a stream: after which event it begins. */
  lastEventId?: string;
}

export interface ListPromptsOptions extends CallOptions {
  /** Whose VMs; with a user's token it is that user. */
  user?: string;
  /** Of this VM alone. */
  vm?: string;
}

export interface ExecutePromptOptions extends CallOptions {
  /** Answer as soon as the tool runs, without its output. */
  detach?: boolean;
}

export interface ExecutePromptStreamOptions extends CallOptions {
  /** Answer as soon as the tool runs, without its output. */
  detach?: boolean;
}

export interface ReadPromptOptions extends CallOptions {
  /** Go on until the tool ends. */
  follow?: boolean;
  /** Go on after the event with this offset. */
  offset?: number;
}

export interface ListSnapshotsOptions extends CallOptions {
  /** Only this VM's. */
  vm?: string;
  /** Only this user's. */
  user?: string;
  /** Entries of a page, at most 1000, usually 100. */
  limit?: number;
  /** The `next` of the page before. */
  cursor?: string;
}

export interface UpdateSnapshotOptions extends CallOptions {
  /** Whose it is, where several users have one of the name. */
  user?: string;
}

export interface RemoveSnapshotOptions extends CallOptions {
  /** Whose it is, where several users have one of the name. */
  user?: string;
}

export interface GetSnapshotOptions extends CallOptions {
  /** Whose it is, where several users have one of the name. */
  user?: string;
}

export interface ExportSnapshotOptions extends CallOptions {
  /** Whose it is, where several users have one of the name. */
  user?: string;
}

export interface ImportSnapshotOptions extends CallOptions {
  /** Whose it is, where several users have one of the name. */
  user?: string;
}

export interface PlanClonesOptions extends CallOptions {
  /** Whose it is, where several users have one of the name. */
  user?: string;
}

export interface RestoreSnapshotOptions extends CallOptions {
  /** Whose it is, where several users have one of the name. */
  user?: string;
}

export interface VerifySnapshotOptions extends CallOptions {
  /** Whose it is, where several users have one of the name. */
  user?: string;
}

export interface ListTokensOptions extends CallOptions {
  /** Entries of a page, at most 1000, usually 100. */
  limit?: number;
  /** The `next` of the page before. */
  cursor?: string;
}

export interface ListUsersOptions extends CallOptions {
  /** Entries of a page, at most 1000, usually 100. */
  limit?: number;
  /** The `next` of the page before. */
  cursor?: string;
}

export interface RemoveUserOptions extends CallOptions {
  /** Its VMs, snapshots and volumes too. */
  force?: boolean;
}

export interface CreateVmOptions extends CallOptions {
  /** Answer when it is ready, or has failed. */
  wait?: "ready";
  /** How long to wait at most, 10m when it is left out. */
  timeout?: string;
  /** For 24 hours the same key and body of the same user give the same VM; another body is refused with 422. */
  idempotencyKey?: string;
}

export interface ListVmsOptions extends CallOptions {
  /** Destroyed ones too. */
  all?: boolean;
  /** Only this user's. */
  user?: string;
  /** Only of this type. */
  type?: string;
  /** Only in one of these states: ready,paused. */
  state?: string;
  /** Only with all of these labels: team=red,gpu. */
  label?: string;
  /** Only with this name. */
  name?: string;
  /** Entries of a page, at most 1000, usually 100. */
  limit?: number;
  /** The `next` of the page before. */
  cursor?: string;
}

export interface GetVmOptions extends CallOptions {
  /** A revision: waits for a later one. */
  after?: number;
  /** How long to wait at most, 30s when it is left out. */
  timeout?: string;
}

export interface UpdateVmOptions extends CallOptions {
  /** A VM's ETag: 412 when the VM has changed since that was given. */
  ifMatch?: string;
}

export interface DestroyVmOptions extends CallOptions {
  /** Answer when it is destroyed, or has failed. */
  wait?: "destroyed";
  /** How long to wait at most, 10m when it is left out. */
  timeout?: string;
  /** A VM's ETag: 412 when the VM has changed since that was given. */
  ifMatch?: string;
}

export interface ArchiveVmOptions extends CallOptions {
  /** Answer when it is archived, or has failed. */
  wait?: "archived";
  /** How long to wait at most, 10m when it is left out. */
  timeout?: string;
  /** A VM's ETag: 412 when the VM has changed since that was given. */
  ifMatch?: string;
}

export interface ReadBootConsoleOptions extends CallOptions {
  /** Only so many of its last lines; all when it is left out. */
  tail?: string;
  /** Begins each line with its time, late by a second. */
  timestamps?: boolean;
  /** Only lines from this time on (RFC 3339). */
  since?: string;
}

export interface ReadConsoleOptions extends CallOptions {
  /** Also what it says from now on. */
  follow?: boolean;
  /** Only so many of its last lines; all when it is left out. */
  tail?: string;
  /** Begins each line with its time, late by a second. */
  timestamps?: boolean;
  /** Only lines from this time on (RFC 3339). */
  since?: string;
}

export interface TestEgressOptions extends CallOptions {
  /** Of http or https. */
  url?: string;
}

export interface GetExecOptions extends CallOptions {
  /** Answer when it has ended. */
  wait?: "exited";
  /** How long to wait at most, 30s when it is left out. */
  timeout?: string;
}

export interface ReadExecOutputOptions extends CallOptions {
  /** Go on until it ends. */
  follow?: boolean;
  /** Offset from which to read standard output. */
  stdout?: number;
  /** Offset from which to read standard error. */
  stderr?: number;
}

export interface RunExperimentsOptions extends ProgressOptions {
  /** 30s to 1h; 2m when it is left out. */
  within?: string;
}

export interface ReadFileOptions extends CallOptions {
  /** An absolute path of the guest. */
  path: string;
  /** What to give. */
  as?: "file" | "list" | "stat" | "tar";
  /** A part of a file, in bytes. */
  range?: string;
}

export interface WriteFileOptions extends CallOptions {
  /** An absolute path of the guest. */
  path: string;
  /** What to write. */
  as?: "file" | "folder" | "tar";
  /** Permissions in octal, like 0644. */
  mode?: string;
  /** Make the folders that it lies in. */
  parents?: boolean;
  /** As=tar: give files the owners that it names. */
  owners?: boolean;
}

export interface ChangeFileOptions extends CallOptions {
  /** An absolute path of the guest. */
  path: string;
}

export interface RemoveFileOptions extends CallOptions {
  /** An absolute path of the guest. */
  path: string;
  /** With all that is in it. */
  recursive?: boolean;
}

export interface WatchFilesOptions extends CallOptions {
  /** An absolute path of the guest. */
  path: string;
  /** All that is in its folders, too. */
  recursive?: boolean;
}

export interface KillVmOptions extends CallOptions {
  /** Answer when it is stopped, or has failed. */
  wait?: "stopped";
  /** How long to wait at most, 10m when it is left out. */
  timeout?: string;
  /** A VM's ETag: 412 when the VM has changed since that was given. */
  ifMatch?: string;
}

export interface RebuildVmOptions extends CallOptions {
  /** Answer when it is ready, or has failed. */
  wait?: "ready";
  /** How long to wait at most, 10m when it is left out. */
  timeout?: string;
  /** A VM's ETag: 412 when the VM has changed since that was given. */
  ifMatch?: string;
}

export interface RestartVmOptions extends CallOptions {
  /** Answer when it is ready, or has failed. */
  wait?: "ready";
  /** How long to wait at most, 10m when it is left out. */
  timeout?: string;
  /** A VM's ETag: 412 when the VM has changed since that was given. */
  ifMatch?: string;
}

export interface SleepVmOptions extends CallOptions {
  /** Answer when it is asleep, or has failed. */
  wait?: "asleep";
  /** How long to wait at most, 10m when it is left out. */
  timeout?: string;
  /** A VM's ETag: 412 when the VM has changed since that was given. */
  ifMatch?: string;
}

export interface StartVmOptions extends CallOptions {
  /** Answer when it is ready, or has failed. */
  wait?: "ready";
  /** How long to wait at most, 10m when it is left out. */
  timeout?: string;
  /** A VM's ETag: 412 when the VM has changed since that was given. */
  ifMatch?: string;
}

export interface StopVmOptions extends CallOptions {
  /** Answer when it is stopped, or has failed. */
  wait?: "stopped";
  /** How long to wait at most, 10m when it is left out. */
  timeout?: string;
  /** A VM's ETag: 412 when the VM has changed since that was given. */
  ifMatch?: string;
}

export interface SuspendVmOptions extends CallOptions {
  /** Answer when it is suspended, or has failed. */
  wait?: "suspended";
  /** How long to wait at most, 10m when it is left out. */
  timeout?: string;
  /** A VM's ETag: 412 when the VM has changed since that was given. */
  ifMatch?: string;
}

export interface ListViewsOptions extends CallOptions {
  /** Entries of a page, at most 1000, usually 100. */
  limit?: number;
  /** The `next` of the page before. */
  cursor?: string;
}

export interface WaitForVmOptions extends CallOptions {
  /** States, like ready,failed; when it is left out, any in which the VM stays by itself. */
  for?: string;
  /** How long to wait at most, up to 10m; 1m when it is left out. */
  timeout?: string;
}

export interface WakeVmOptions extends CallOptions {
  /** Answer when it is ready, or has failed. */
  wait?: "ready";
  /** How long to wait at most, 10m when it is left out. */
  timeout?: string;
  /** A VM's ETag: 412 when the VM has changed since that was given. */
  ifMatch?: string;
}

export interface ListVolumesOptions extends CallOptions {
  /** Only this user's. */
  user?: string;
  /** Entries of a page, at most 1000, usually 100. */
  limit?: number;
  /** The `next` of the page before. */
  cursor?: string;
}

export interface GetVolumeOptions extends CallOptions {
  /** Whose it is; may be left out with a user's token. */
  user?: string;
}

export interface ResizeVolumeOptions extends CallOptions {
  /** Whose it is; may be left out with a user's token. */
  user?: string;
}

export interface RemoveVolumeOptions extends CallOptions {
  /** Whose it is; may be left out with a user's token. */
  user?: string;
}

export interface ExportVolumeOptions extends CallOptions {
  /** Whose it is; may be left out with a user's token. */
  user?: string;
}

export interface ImportVolumeOptions extends CallOptions {
  /** Whose it is; may be left out with a user's token. */
  user?: string;
}

export interface ListDeliveriesOptions extends CallOptions {
  /** Only those in this state. */
  state?: "pending" | "delivered" | "failed";
  /** Entries of a page, at most 1000, usually 100. */
  limit?: number;
  /** The `next` of the page before. */
  cursor?: string;
}

/** A method for each operation of the API, named as in its description. */
export class Operations {
  /** @internal */
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** Lists every route. `GET /api/v1` (user) */
  listRoutes(options: CallOptions = {}): Pages<ListedRoute> {
    return this.transport.pages<ListedRoute>({
      method: "GET",
      path: "/api/v1",
    }, options);
  }

  /** Lists who did what, the newest first. `GET /api/v1/audit` (operator) */
  listAudit(options: ListAuditOptions = {}): Pages<AuditDocument> {
    return this.transport.pages<AuditDocument>({
      method: "GET",
      path: "/api/v1/audit",
      query: { user: options.user, vm: options.vm, since: options.since, limit: options.limit, cursor: options.cursor },
    }, options);
  }

  /** The same for a credential that there is, which it replaces. `POST /api/v1/auth/rotate` (user) */
  rotateSignIn(body: SignInRequest = {}, options: CallOptions = {}): Promise<SignInDocument> {
    return this.transport.json<SignInDocument>({
      method: "POST",
      path: "/api/v1/auth/rotate",
      json: body,
    }, options);
  }

  /** Tells where a sign-in stands. `GET /api/v1/auth/session/{session}` (user) */
  getSignIn(session: string, options: CallOptions = {}): Promise<SignInDocument> {
    return this.transport.json<SignInDocument>({
      method: "GET",
      path: `/api/v1/auth/session/${encodeURIComponent(session)}`,
    }, options);
  }

  /** Ends a sign-in, and destroys its VM. `POST /api/v1/auth/session/{session}/cancel` (user) */
  cancelSignIn(session: string, options: CallOptions = {}): Promise<SignInDocument> {
    return this.transport.json<SignInDocument>({
      method: "POST",
      path: `/api/v1/auth/session/${encodeURIComponent(session)}/cancel`,
    }, options);
  }

  /** Gives the tool the code that the provider's page shows. `POST /api/v1/auth/session/{session}/code` (user) */
  pasteSignInCode(session: string, body: SignInCode = {}, options: CallOptions = {}): Promise<SignInDocument> {
    return this.transport.json<SignInDocument>({
      method: "POST",
      path: `/api/v1/auth/session/${encodeURIComponent(session)}/code`,
      json: body,
    }, options);
  }

  /** Tells what happened in a sign-in, until it is over. `GET /api/v1/auth/session/{session}/events` (user) */
  followSignIn(session: string, options: FollowSignInOptions = {}, position?: (id: string) => void): AsyncGenerator<SignInEvent, void, undefined> {
    return this.transport.stream<SignInEvent>({
      method: "GET",
      path: `/api/v1/auth/session/${encodeURIComponent(session)}/events`,
      query: { after: options.after, follow: options.follow },
      headers: { "Last-Event-ID": options.lastEventId },
    }, options, [], position);
  }

  /** Hands the desktop over to an operator, or back to the user. `POST /api/v1/auth/session/{session}/hand-over` (user) */
  handOverSignIn(session: string, body: HandOverRequest = {}, options: CallOptions = {}): Promise<SignInDocument> {
    return this.transport.json<SignInDocument>({
      method: "POST",
      path: `/api/v1/auth/session/${encodeURIComponent(session)}/hand-over`,
      json: body,
    }, options);
  }

  /** Tells that the user is still there. `POST /api/v1/auth/session/{session}/heartbeat` (user) */
  heartbeatSignIn(session: string, options: CallOptions = {}): Promise<SignInDocument> {
    return this.transport.json<SignInDocument>({
      method: "POST",
      path: `/api/v1/auth/session/${encodeURIComponent(session)}/heartbeat`,
    }, options);
  }

  /** Gives another link to the desktop, for whose it is. `POST /api/v1/auth/session/{session}/link` (user) */
  linkSignIn(session: string, options: CallOptions = {}): Promise<SignInDocument> {
    return this.transport.json<SignInDocument>({
      method: "POST",
      path: `/api/v1/auth/session/${encodeURIComponent(session)}/link`,
    }, options);
  }

  /** Lists sign-ins, the newest first, at most 200. `GET /api/v1/auth/sessions` (user) */
  listSignIns(options: ListSignInsOptions = {}): Pages<SignInDocument> {
    return this.transport.pages<SignInDocument>({
      method: "GET",
      path: "/api/v1/auth/sessions",
      query: { user: options.user },
    }, options);
  }

  /** Begins to sign a user's tool in, in a VM that exists for it. `POST /api/v1/auth/start` (user) */
  startSignIn(body: SignInRequest = {}, options: CallOptions = {}): Promise<SignInDocument> {
    return this.transport.json<SignInDocument>({
      method: "POST",
      path: "/api/v1/auth/start",
      json: body,
    }, options);
  }

  /** Has a user's credential checked. `POST /api/v1/auth/validate` (user) */
  validateSignIn(body: ValidationRequest = {}, options: CallOptions = {}): Promise<ValidationDocument> {
    return this.transport.json<ValidationDocument>({
      method: "POST",
      path: "/api/v1/auth/validate",
      json: body,
    }, options);
  }

  /** Lists credentials by their users and providers. `GET /api/v1/credentials` (user) */
  listCredentials(options: ListCredentialsOptions = {}): Pages<CredentialDocument> {
    return this.transport.pages<CredentialDocument>({
      method: "GET",
      path: "/api/v1/credentials",
      query: { user: options.user },
    }, options);
  }

  /** Puts a credential into the vault, or gives it a new value. `POST /api/v1/credentials` (user) */
  putCredential(body: BodyContent, options: PutCredentialOptions = {}): Promise<CredentialDocument> {
    return this.transport.json<CredentialDocument>({
      method: "POST",
      path: "/api/v1/credentials",
      query: { user: options.user, provider: options.provider, name: options.name, kind: options.kind, expires: options.expires },
      content: { type: "application/octet-stream", body },
    }, options);
  }

  /** Shows what is known of a credential, and which VMs have it. `GET /api/v1/credentials/{credential}` (user) */
  getCredential(credential: string, options: CallOptions = {}): Promise<CredentialDocument> {
    return this.transport.json<CredentialDocument>({
      method: "GET",
      path: `/api/v1/credentials/${encodeURIComponent(credential)}`,
    }, options);
  }

  /** Removes a credential from the vault and from its VMs. `DELETE /api/v1/credentials/{credential}` (user) */
  removeCredential(credential: string, options: CallOptions = {}): Promise<RemovedDocument> {
    return this.transport.json<RemovedDocument>({
      method: "DELETE",
      path: `/api/v1/credentials/${encodeURIComponent(credential)}`,
    }, options);
  }

  /** Puts a credential into its user's VMs once more, or into one that is named from now on. `POST /api/v1/credentials/{credential}/deliver` (user) */
  deliverCredential(credential: string, body: DeliverRequest = {}, options: CallOptions = {}): Pages<VmDeliveryDocument> {
    return this.transport.pages<VmDeliveryDocument>({
      method: "POST",
      path: `/api/v1/credentials/${encodeURIComponent(credential)}/deliver`,
      json: body,
    }, options);
  }

  /** Decrypts a credential, and asks its provider where that is known how. `POST /api/v1/credentials/{credential}/validate` (user) */
  validateCredential(credential: string, options: CallOptions = {}): Promise<CredentialDocument> {
    return this.transport.json<CredentialDocument>({
      method: "POST",
      path: `/api/v1/credentials/${encodeURIComponent(credential)}/validate`,
    }, options);
  }

  /** Lists events, the newest first, or goes on with what happens. `GET /api/v1/events` (user) */
  listEvents(options: ListEventsOptions = {}): Pages<EventDocument> {
    return this.transport.pages<EventDocument>({
      method: "GET",
      path: "/api/v1/events",
      query: { after: options.after, vm: options.vm, user: options.user, kind: options.kind, since: options.since, limit: options.limit, cursor: options.cursor },
    }, options);
  }

  /** Lists events, the newest first, or goes on with what happens. `GET /api/v1/events` (user) */
  streamEvents(options: StreamEventsOptions = {}, position?: (id: string) => void): AsyncGenerator<EventDocument, void, undefined> {
    return this.transport.stream<EventDocument>({
      method: "GET",
      path: "/api/v1/events",
      query: { after: options.after, vm: options.vm, user: options.user, kind: options.kind, since: options.since },
      headers: { "Last-Event-ID": options.lastEventId },
    }, options, [], position);
  }

  /** Lists images by name. `GET /api/v1/images` (operator) */
  listImages(options: CallOptions = {}): Pages<ImageDocument> {
    return this.transport.pages<ImageDocument>({
      method: "GET",
      path: "/api/v1/images",
    }, options);
  }

  /** Builds an image of a recipe. `POST /api/v1/images/build` (operator) */
  buildImage(body: BuildRequest = {}, options: ProgressOptions = {}): Promise<ImageDocument> {
    return this.transport.progress<ImageDocument>("image", {
      method: "POST",
      path: "/api/v1/images/build",
      json: body,
    }, options);
  }

  /** Makes an image of files on the daemon's host. `POST /api/v1/images/import` (operator) */
  importImage(body: ImportRequest = {}, options: ProgressOptions = {}): Promise<ImageDocument> {
    return this.transport.progress<ImageDocument>("image", {
      method: "POST",
      path: "/api/v1/images/import",
      json: body,
    }, options);
  }

  /** Makes an image of a container image in a registry. `POST /api/v1/images/pull` (operator) */
  pullImage(body: PullRequest = {}, options: ProgressOptions = {}): Promise<ImageDocument> {
    return this.transport.progress<ImageDocument>("image", {
      method: "POST",
      path: "/api/v1/images/pull",
      json: body,
    }, options);
  }

  /** Shows an image. `GET /api/v1/images/{name}` (operator) */
  getImage(name: string, options: CallOptions = {}): Promise<ImageDocument> {
    return this.transport.json<ImageDocument>({
      method: "GET",
      path: `/api/v1/images/${encodeURIComponent(name)}`,
    }, options);
  }

  /** Removes an image that no VM uses. `DELETE /api/v1/images/{name}` (operator) */
  removeImage(name: string, options: CallOptions = {}): Promise<RemovedDocument> {
    return this.transport.json<RemovedDocument>({
      method: "DELETE",
      path: `/api/v1/images/${encodeURIComponent(name)}`,
    }, options);
  }

  /** Tells what the caller's token may do. `GET /api/v1/me` (user) */
  getMe(options: CallOptions = {}): Promise<MeDocument> {
    return this.transport.json<MeDocument>({
      method: "GET",
      path: "/api/v1/me",
    }, options);
  }

  /** Lists the pools of VMs that wait for users, by VM type. `GET /api/v1/pools` (operator) */
  listPools(options: CallOptions = {}): Pages<PoolStatus> {
    return this.transport.pages<PoolStatus>({
      method: "GET",
      path: "/api/v1/pools",
    }, options);
  }

  /** Lists the prompts of a user's VMs, the newest first. `GET /api/v1/prompts` (user) */
  listPrompts(options: ListPromptsOptions = {}): Pages<PromptDocument> {
    return this.transport.pages<PromptDocument>({
      method: "GET",
      path: "/api/v1/prompts",
      query: { user: options.user, vm: options.vm },
    }, options);
  }

  /** Has a tool in a user's VM answer a prompt. `POST /api/v1/prompts/execute` (user) */
  executePrompt(body: PromptRequest = {}, options: ExecutePromptOptions = {}): Promise<PromptDocument> {
    return this.transport.json<PromptDocument>({
      method: "POST",
      path: "/api/v1/prompts/execute",
      query: { detach: options.detach },
      json: body,
    }, options);
  }

  /** Has a tool in a user's VM answer a prompt. `POST /api/v1/prompts/execute` (user) */
  executePromptStream(body: PromptRequest = {}, options: ExecutePromptStreamOptions = {}): AsyncGenerator<PromptEvent, void, undefined> {
    return this.transport.stream<PromptEvent>({
      method: "POST",
      path: "/api/v1/prompts/execute",
      query: { detach: options.detach },
      json: body,
    }, options);
  }

  /** Shows how far a prompt is. `GET /api/v1/prompts/{prompt}` (user) */
  getPrompt(prompt: string, options: CallOptions = {}): Promise<PromptDocument> {
    return this.transport.json<PromptDocument>({
      method: "GET",
      path: `/api/v1/prompts/${encodeURIComponent(prompt)}`,
    }, options);
  }

  /** Ends a tool that answers a prompt, and its children. `POST /api/v1/prompts/{prompt}/cancel` (user) */
  cancelPrompt(prompt: string, options: CallOptions = {}): Promise<PromptDocument> {
    return this.transport.json<PromptDocument>({
      method: "POST",
      path: `/api/v1/prompts/${encodeURIComponent(prompt)}/cancel`,
    }, options);
  }

  /** Tells what a tool has answered to a prompt. `GET /api/v1/prompts/{prompt}/events` (user) */
  readPrompt(prompt: string, options: ReadPromptOptions = {}): AsyncGenerator<PromptEvent, void, undefined> {
    return this.transport.stream<PromptEvent>({
      method: "GET",
      path: `/api/v1/prompts/${encodeURIComponent(prompt)}/events`,
      query: { follow: options.follow, offset: options.offset },
    }, options);
  }

  /** Lists the tools that users sign in to, by name. `GET /api/v1/providers` (user) */
  listProviders(options: CallOptions = {}): Pages<Provider> {
    return this.transport.pages<Provider>({
      method: "GET",
      path: "/api/v1/providers",
    }, options);
  }

  /** Shows a tool that users sign in to. `GET /api/v1/providers/{provider}` (user) */
  getProvider(provider: string, options: CallOptions = {}): Promise<Provider> {
    return this.transport.json<Provider>({
      method: "GET",
      path: `/api/v1/providers/${encodeURIComponent(provider)}`,
    }, options);
  }

  /** Lists snapshots. `GET /api/v1/snapshots` (user) */
  listSnapshots(options: ListSnapshotsOptions = {}): Pages<SnapshotDocument> {
    return this.transport.pages<SnapshotDocument>({
      method: "GET",
      path: "/api/v1/snapshots",
      query: { vm: options.vm, user: options.user, limit: options.limit, cursor: options.cursor },
    }, options);
  }

  /** Sets until when a snapshot stays. `PATCH /api/v1/snapshots/{name}` (user) */
  updateSnapshot(name: string, body: SnapshotChange = {}, options: UpdateSnapshotOptions = {}): Promise<SnapshotDocument> {
    return this.transport.json<SnapshotDocument>({
      method: "PATCH",
      path: `/api/v1/snapshots/${encodeURIComponent(name)}`,
      query: { user: options.user },
      json: body,
    }, options);
  }

  /** Removes a snapshot that nothing uses. `DELETE /api/v1/snapshots/{name}` (user) */
  removeSnapshot(name: string, options: RemoveSnapshotOptions = {}): Promise<RemovedDocument> {
    return this.transport.json<RemovedDocument>({
      method: "DELETE",
      path: `/api/v1/snapshots/${encodeURIComponent(name)}`,
      query: { user: options.user },
    }, options);
  }

  /** Tells all that is known of a snapshot. `GET /api/v1/snapshots/{name}` (user) */
  getSnapshot(name: string, options: GetSnapshotOptions = {}): Promise<SnapshotDetailsDocument> {
    return this.transport.json<SnapshotDetailsDocument>({
      method: "GET",
      path: `/api/v1/snapshots/${encodeURIComponent(name)}`,
      query: { user: options.user },
    }, options);
  }

  /** Gives a snapshot as one file, with its keys. `GET /api/v1/snapshots/{name}/export` (user) */
  exportSnapshot(name: string, options: ExportSnapshotOptions = {}): Promise<Response> {
    return this.transport.response({
      method: "GET",
      path: `/api/v1/snapshots/${encodeURIComponent(name)}/export`,
      query: { user: options.user },
    }, options);
  }

  /** Creates a snapshot of a file that an export gave. `POST /api/v1/snapshots/{name}/import` (operator) */
  importSnapshot(name: string, body: BodyContent, options: ImportSnapshotOptions = {}): Promise<SnapshotDocument> {
    return this.transport.json<SnapshotDocument>({
      method: "POST",
      path: `/api/v1/snapshots/${encodeURIComponent(name)}/import`,
      query: { user: options.user },
      content: { type: "application/zstd", body },
    }, options);
  }

  /** Tells what VMs from a snapshot would cost, and makes nothing. `POST /api/v1/snapshots/{name}/plan` (user) */
  planClones(name: string, body: ForkRequest = {}, options: PlanClonesOptions = {}): Promise<ClonePlan> {
    return this.transport.json<ClonePlan>({
      method: "POST",
      path: `/api/v1/snapshots/${encodeURIComponent(name)}/plan`,
      query: { user: options.user },
      json: body,
    }, options);
  }

  /** Brings a VM back to a snapshot of it. `POST /api/v1/snapshots/{name}/restore` (user) */
  restoreSnapshot(name: string, options: RestoreSnapshotOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/snapshots/${encodeURIComponent(name)}/restore`,
      query: { user: options.user },
    }, options);
  }

  /** Reads all of a snapshot, and tells what is damaged. `POST /api/v1/snapshots/{name}/verify` (user) */
  verifySnapshot(name: string, options: VerifySnapshotOptions = {}): Promise<SnapshotCheckDocument> {
    return this.transport.json<SnapshotCheckDocument>({
      method: "POST",
      path: `/api/v1/snapshots/${encodeURIComponent(name)}/verify`,
      query: { user: options.user },
    }, options);
  }

  /** Lists what each VM that runs uses. `GET /api/v1/stats` (user) */
  listStats(options: CallOptions = {}): Pages<StatsDocument> {
    return this.transport.pages<StatsDocument>({
      method: "GET",
      path: "/api/v1/stats",
    }, options);
  }

  /** Lists what Visco made on its host, and what no row owns. `GET /api/v1/sweep` (operator) */
  planSweep(options: CallOptions = {}): Pages<SweepFinding> {
    return this.transport.pages<SweepFinding>({
      method: "GET",
      path: "/api/v1/sweep",
    }, options);
  }

  /** Removes what Visco made and nothing owns any more. `POST /api/v1/sweep` (operator) */
  sweep(options: CallOptions = {}): Pages<SweepFinding> {
    return this.transport.pages<SweepFinding>({
      method: "POST",
      path: "/api/v1/sweep",
    }, options);
  }

  /** Lists tokens by name, without their secrets. `GET /api/v1/tokens` (admin) */
  listTokens(options: ListTokensOptions = {}): Pages<TokenDocument> {
    return this.transport.pages<TokenDocument>({
      method: "GET",
      path: "/api/v1/tokens",
      query: { limit: options.limit, cursor: options.cursor },
    }, options);
  }

  /** Creates a token. `POST /api/v1/tokens` (admin) */
  createToken(body: TokenRequest = {}, options: CallOptions = {}): Promise<TokenDocument> {
    return this.transport.json<TokenDocument>({
      method: "POST",
      path: "/api/v1/tokens",
      json: body,
    }, options);
  }

  /** Revokes a token. `DELETE /api/v1/tokens/{token}` (admin) */
  revokeToken(token: string, options: CallOptions = {}): Promise<RemovedDocument> {
    return this.transport.json<RemovedDocument>({
      method: "DELETE",
      path: `/api/v1/tokens/${encodeURIComponent(token)}`,
    }, options);
  }

  /** Lists the VM types, by name. `GET /api/v1/types` (user) */
  listTypes(options: CallOptions = {}): Pages<TypeDocument> {
    return this.transport.pages<TypeDocument>({
      method: "GET",
      path: "/api/v1/types",
    }, options);
  }

  /** Shows a VM type. `GET /api/v1/types/{type}` (user) */
  getType(type: string, options: CallOptions = {}): Promise<TypeDocument> {
    return this.transport.json<TypeDocument>({
      method: "GET",
      path: `/api/v1/types/${encodeURIComponent(type)}`,
    }, options);
  }

  /** Lists users by id. `GET /api/v1/users` (operator) */
  listUsers(options: ListUsersOptions = {}): Pages<UserDocument> {
    return this.transport.pages<UserDocument>({
      method: "GET",
      path: "/api/v1/users",
      query: { limit: options.limit, cursor: options.cursor },
    }, options);
  }

  /** Creates a user. `POST /api/v1/users` (admin) */
  createUser(body: UserRequest = {}, options: CallOptions = {}): Promise<UserDocument> {
    return this.transport.json<UserDocument>({
      method: "POST",
      path: "/api/v1/users",
      json: body,
    }, options);
  }

  /** Shows a user. `GET /api/v1/users/{user}` (operator) */
  getUser(user: string, options: CallOptions = {}): Promise<UserDocument> {
    return this.transport.json<UserDocument>({
      method: "GET",
      path: `/api/v1/users/${encodeURIComponent(user)}`,
    }, options);
  }

  /** Changes the fields that are given. `PATCH /api/v1/users/{user}` (admin) */
  updateUser(user: string, body: UserRequest = {}, options: CallOptions = {}): Promise<UserDocument> {
    return this.transport.json<UserDocument>({
      method: "PATCH",
      path: `/api/v1/users/${encodeURIComponent(user)}`,
      json: body,
    }, options);
  }

  /** Removes a user with its tokens. `DELETE /api/v1/users/{user}` (admin) */
  removeUser(user: string, options: RemoveUserOptions = {}): Promise<RemovedDocument> {
    return this.transport.json<RemovedDocument>({
      method: "DELETE",
      path: `/api/v1/users/${encodeURIComponent(user)}`,
      query: { force: options.force },
    }, options);
  }

  /** Shows a user's egress policy. `GET /api/v1/users/{user}/egress` (operator) */
  getUserEgress(user: string, options: CallOptions = {}): Promise<EgressDocument> {
    return this.transport.json<EgressDocument>({
      method: "GET",
      path: `/api/v1/users/${encodeURIComponent(user)}/egress`,
    }, options);
  }

  /** Replaces a user's egress policy; it holds at once for all of their VMs without one. `PUT /api/v1/users/{user}/egress` (admin) */
  setUserEgress(user: string, body: EgressRequest = {}, options: CallOptions = {}): Promise<EgressDocument> {
    return this.transport.json<EgressDocument>({
      method: "PUT",
      path: `/api/v1/users/${encodeURIComponent(user)}/egress`,
      json: body,
    }, options);
  }

  /** Removes a user's egress policy: NAT is in force again. `DELETE /api/v1/users/{user}/egress` (admin) */
  removeUserEgress(user: string, options: CallOptions = {}): Promise<RemovedDocument> {
    return this.transport.json<RemovedDocument>({
      method: "DELETE",
      path: `/api/v1/users/${encodeURIComponent(user)}/egress`,
    }, options);
  }

  /** Lists the providers whose credentials may be placeholders in a user's VMs. `GET /api/v1/users/{user}/placeholders` (operator) */
  listPlaceholders(user: string, options: CallOptions = {}): Pages<PlaceholderDocument> {
    return this.transport.pages<PlaceholderDocument>({
      method: "GET",
      path: `/api/v1/users/${encodeURIComponent(user)}/placeholders`,
    }, options);
  }

  /** Chooses whether a user's VMs get a placeholder or the credential itself. `PUT /api/v1/users/{user}/placeholders/{provider}` (admin) */
  choosePlaceholder(user: string, provider: string, body: PlaceholderRequest = {}, options: CallOptions = {}): Promise<PlaceholderDocument> {
    return this.transport.json<PlaceholderDocument>({
      method: "PUT",
      path: `/api/v1/users/${encodeURIComponent(user)}/placeholders/${encodeURIComponent(provider)}`,
      json: body,
    }, options);
  }

  /** Goes back to the default, which is a placeholder. `DELETE /api/v1/users/{user}/placeholders/{provider}` (admin) */
  forgetPlaceholderChoice(user: string, provider: string, options: CallOptions = {}): Promise<PlaceholderDocument> {
    return this.transport.json<PlaceholderDocument>({
      method: "DELETE",
      path: `/api/v1/users/${encodeURIComponent(user)}/placeholders/${encodeURIComponent(provider)}`,
    }, options);
  }

  /** Ends a user's suspension. `POST /api/v1/users/{user}/resume` (admin) */
  resumeUser(user: string, options: CallOptions = {}): Promise<UserDocument> {
    return this.transport.json<UserDocument>({
      method: "POST",
      path: `/api/v1/users/${encodeURIComponent(user)}/resume`,
    }, options);
  }

  /** Stops a user's VMs, and refuses the user until it is resumed. `POST /api/v1/users/{user}/suspend` (admin) */
  suspendUser(user: string, options: CallOptions = {}): Promise<UserDocument> {
    return this.transport.json<UserDocument>({
      method: "POST",
      path: `/api/v1/users/${encodeURIComponent(user)}/suspend`,
    }, options);
  }

  /** Tells how the vault is. `GET /api/v1/vault` (operator) */
  getVault(options: CallOptions = {}): Promise<VaultDocument> {
    return this.transport.json<VaultDocument>({
      method: "GET",
      path: "/api/v1/vault",
    }, options);
  }

  /** Makes the vault, with the master key that the settings name. `POST /api/v1/vault/init` (admin) */
  initVault(options: CallOptions = {}): Promise<VaultDocument> {
    return this.transport.json<VaultDocument>({
      method: "POST",
      path: "/api/v1/vault/init",
    }, options);
  }

  /** Changes the vault's master key. `POST /api/v1/vault/rotate` (admin) */
  rotateVault(body: RotateRequest = {}, options: CallOptions = {}): Promise<VaultDocument> {
    return this.transport.json<VaultDocument>({
      method: "POST",
      path: "/api/v1/vault/rotate",
      json: body,
    }, options);
  }

  /** Lists VMM releases. `GET /api/v1/vmm` (operator) */
  listReleases(options: CallOptions = {}): Pages<ReleaseView> {
    return this.transport.pages<ReleaseView>({
      method: "GET",
      path: "/api/v1/vmm",
    }, options);
  }

  /** Adds a VMM release of files on the daemon's host. `POST /api/v1/vmm` (admin) */
  addRelease(body: AddRequest = {}, options: ProgressOptions = {}): Promise<ReleaseView> {
    return this.transport.progress<ReleaseView>("release", {
      method: "POST",
      path: "/api/v1/vmm",
      json: body,
    }, options);
  }

  /** Has new VMs use the release of before. `POST /api/v1/vmm/rollback` (admin) */
  rollBackRelease(options: CallOptions = {}): Promise<ReleaseChange> {
    return this.transport.json<ReleaseChange>({
      method: "POST",
      path: "/api/v1/vmm/rollback",
    }, options);
  }

  /** Shows a VMM release. `GET /api/v1/vmm/{release}` (operator) */
  getRelease(release: string, options: CallOptions = {}): Promise<ReleaseView> {
    return this.transport.json<ReleaseView>({
      method: "GET",
      path: `/api/v1/vmm/${encodeURIComponent(release)}`,
    }, options);
  }

  /** Removes a VMM release that nothing uses. `DELETE /api/v1/vmm/{release}` (admin) */
  removeRelease(release: string, options: CallOptions = {}): Promise<RemovedDocument> {
    return this.transport.json<RemovedDocument>({
      method: "DELETE",
      path: `/api/v1/vmm/${encodeURIComponent(release)}`,
    }, options);
  }

  /** Boots a VM of each type on a release. `POST /api/v1/vmm/{release}/canary` (admin) */
  tryRelease(release: string, options: ProgressOptions = {}): Promise<CanaryReport> {
    return this.transport.progress<CanaryReport>("canary", {
      method: "POST",
      path: `/api/v1/vmm/${encodeURIComponent(release)}/canary`,
    }, options);
  }

  /** Tells what using a release would do. `GET /api/v1/vmm/{release}/plan` (operator) */
  planRelease(release: string, options: CallOptions = {}): Promise<Plan> {
    return this.transport.json<Plan>({
      method: "GET",
      path: `/api/v1/vmm/${encodeURIComponent(release)}/plan`,
    }, options);
  }

  /** Has new VMs use a release, if a VM of each type boots on it. `POST /api/v1/vmm/{release}/use` (admin) */
  useRelease(release: string, body: UseRequest = {}, options: ProgressOptions = {}): Promise<ReleaseChange> {
    return this.transport.progress<ReleaseChange>("change", {
      method: "POST",
      path: `/api/v1/vmm/${encodeURIComponent(release)}/use`,
      json: body,
    }, options);
  }

  /** Creates a VM. `POST /api/v1/vms` (user) */
  createVm(body: CreateRequest = {}, options: CreateVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: "/api/v1/vms",
      query: { wait: options.wait, timeout: options.timeout },
      headers: { "Idempotency-Key": options.idempotencyKey ?? newKey() },
      json: body,
    }, options);
  }

  /** Lists VMs, the newest first. `GET /api/v1/vms` (user) */
  listVms(options: ListVmsOptions = {}): Pages<VmDocument> {
    return this.transport.pages<VmDocument>({
      method: "GET",
      path: "/api/v1/vms",
      query: { all: options.all, user: options.user, type: options.type, state: options.state, label: options.label, name: options.name, limit: options.limit, cursor: options.cursor },
    }, options);
  }

  /** Shows a VM, or waits until it has changed. `GET /api/v1/vms/{id}` (user) */
  getVm(id: string, options: GetVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}`,
      query: { after: options.after, timeout: options.timeout },
    }, options);
  }

  /** Changes the fields that are given. `PATCH /api/v1/vms/{id}` (user) */
  updateVm(id: string, body: VmChange = {}, options: UpdateVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "PATCH",
      path: `/api/v1/vms/${encodeURIComponent(id)}`,
      headers: { "If-Match": options.ifMatch },
      json: body,
    }, options);
  }

  /** Destroys a VM with its disk and its snapshots. `DELETE /api/v1/vms/{id}` (user) */
  destroyVm(id: string, options: DestroyVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "DELETE",
      path: `/api/v1/vms/${encodeURIComponent(id)}`,
      query: { wait: options.wait, timeout: options.timeout },
      headers: { "If-Match": options.ifMatch },
    }, options);
  }

  /** Gives up a sleeping VM's memory, and compresses its disk. `POST /api/v1/vms/{id}/archive` (user) */
  archiveVm(id: string, options: ArchiveVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/archive`,
      query: { wait: options.wait, timeout: options.timeout },
      headers: { "If-Match": options.ifMatch },
    }, options);
  }

  /** Lists a VM's earlier boots that are kept, the latest first. `GET /api/v1/vms/{id}/boots` (user) */
  listBoots(id: string, options: CallOptions = {}): Pages<BootLine> {
    return this.transport.pages<BootLine>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/boots`,
    }, options);
  }

  /** Shows an earlier boot with its evidence. `GET /api/v1/vms/{id}/boots/{boot}` (user) */
  getBoot(id: string, boot: string, options: CallOptions = {}): Promise<BootDocument> {
    return this.transport.json<BootDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/boots/${encodeURIComponent(boot)}`,
    }, options);
  }

  /** Shows what the console said in an earlier boot. `GET /api/v1/vms/{id}/boots/{boot}/console` (user) */
  readBootConsole(id: string, boot: string, options: ReadBootConsoleOptions = {}): Promise<Response> {
    return this.transport.response({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/boots/${encodeURIComponent(boot)}/console`,
      query: { tail: options.tail, timestamps: options.timestamps, since: options.since },
    }, options);
  }

  /** Gives all evidence of a VM as one archive, without secrets. `GET /api/v1/vms/{id}/bundle` (user) */
  getBundle(id: string, options: CallOptions = {}): Promise<Response> {
    return this.transport.response({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/bundle`,
    }, options);
  }

  /** Shows what the VM's console has said. `GET /api/v1/vms/{id}/console` (user) */
  readConsole(id: string, options: ReadConsoleOptions = {}): Promise<Response> {
    return this.transport.response({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/console`,
      query: { follow: options.follow, tail: options.tail, timestamps: options.timestamps, since: options.since },
    }, options);
  }

  /** Tells how a VM's desktop is. `GET /api/v1/vms/{id}/desktop` (desktop-page) */
  getDesktop(id: string, options: CallOptions = {}): Promise<DesktopDocument> {
    return this.transport.json<DesktopDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/desktop`,
    }, options);
  }

  /** Gives a picture of a VM's desktop. `GET /api/v1/vms/{id}/desktop.png` (user) */
  getScreenshot(id: string, options: CallOptions = {}): Promise<Response> {
    return this.transport.response({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/desktop.png`,
    }, options);
  }

  /** Finds out why a VM does not work. `GET /api/v1/vms/{id}/diagnosis` (user) */
  diagnoseVm(id: string, options: CallOptions = {}): Promise<DiagnosisDocument> {
    return this.transport.json<DiagnosisDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/diagnosis`,
    }, options);
  }

  /** Shows the egress policy that is in force for a VM. `GET /api/v1/vms/{id}/egress` (user) */
  getVmEgress(id: string, options: CallOptions = {}): Promise<EgressDocument> {
    return this.transport.json<EgressDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/egress`,
    }, options);
  }

  /** Gives a VM an egress policy of its own, at once. `PUT /api/v1/vms/{id}/egress` (operator) */
  setVmEgress(id: string, body: EgressRequest = {}, options: CallOptions = {}): Promise<EgressDocument> {
    return this.transport.json<EgressDocument>({
      method: "PUT",
      path: `/api/v1/vms/${encodeURIComponent(id)}/egress`,
      json: body,
    }, options);
  }

  /** Removes a VM's own egress policy: its owner's is in force again. `DELETE /api/v1/vms/{id}/egress` (operator) */
  removeVmEgress(id: string, options: CallOptions = {}): Promise<EgressDocument> {
    return this.transport.json<EgressDocument>({
      method: "DELETE",
      path: `/api/v1/vms/${encodeURIComponent(id)}/egress`,
    }, options);
  }

  /** Lists what was refused to a guest, the newest first. `GET /api/v1/vms/{id}/egress/refused` (user) */
  listRefusedTraffic(id: string, options: CallOptions = {}): Pages<RefusedTrafficDocument> {
    return this.transport.pages<RefusedTrafficDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/egress/refused`,
    }, options);
  }

  /** Asks for a page by a VM's egress policy and from inside its guest, and tells what came. `POST /api/v1/vms/{id}/egress/test` (user) */
  testEgress(id: string, options: TestEgressOptions = {}): Promise<EgressTestDocument> {
    return this.transport.json<EgressTestDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/egress/test`,
      query: { url: options.url },
    }, options);
  }

  /** Runs a command in the guest. `POST /api/v1/vms/{id}/exec` (user) */
  exec(id: string, body: ExecRequest = {}, options: CallOptions = {}): Promise<ExecAnswer> {
    return this.transport.json<ExecAnswer>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/exec`,
      json: body,
    }, options, ["stdoutBase64", "stderrBase64"]);
  }

  /** Runs a command in the guest. `POST /api/v1/vms/{id}/exec` (user) */
  execStream(id: string, body: ExecRequest = {}, options: CallOptions = {}): AsyncGenerator<ExecEvent, void, undefined> {
    return this.transport.stream<ExecEvent>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/exec`,
      json: body,
    }, options, ["data"]);
  }

  /** Starts a command that runs on whoever ends. `POST /api/v1/vms/{id}/execs` (user) */
  startExec(id: string, body: ExecRequest = {}, options: CallOptions = {}): Promise<ExecDocument> {
    return this.transport.json<ExecDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/execs`,
      json: body,
    }, options);
  }

  /** Lists a VM's detached commands, the newest first. `GET /api/v1/vms/{id}/execs` (user) */
  listExecs(id: string, options: CallOptions = {}): Pages<ExecDocument> {
    return this.transport.pages<ExecDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/execs`,
    }, options);
  }

  /** Shows a detached command, or waits until it has ended. `GET /api/v1/vms/{id}/execs/{exec}` (user) */
  getExec(id: string, exec: string, options: GetExecOptions = {}): Promise<ExecDocument> {
    return this.transport.json<ExecDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/execs/${encodeURIComponent(exec)}`,
      query: { wait: options.wait, timeout: options.timeout },
    }, options);
  }

  /** Removes what is kept of a detached command that has ended. `DELETE /api/v1/vms/{id}/execs/{exec}` (user) */
  removeExec(id: string, exec: string, options: CallOptions = {}): Promise<RemovedDocument> {
    return this.transport.json<RemovedDocument>({
      method: "DELETE",
      path: `/api/v1/vms/${encodeURIComponent(id)}/execs/${encodeURIComponent(exec)}`,
    }, options);
  }

  /** Tells what a detached command has written. `GET /api/v1/vms/{id}/execs/{exec}/output` (user) */
  readExecOutput(id: string, exec: string, options: ReadExecOutputOptions = {}): AsyncGenerator<ExecEvent, void, undefined> {
    return this.transport.stream<ExecEvent>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/execs/${encodeURIComponent(exec)}/output`,
      query: { follow: options.follow, stdout: options.stdout, stderr: options.stderr },
    }, options, ["data"]);
  }

  /** Sends a signal to a detached command and its children. `POST /api/v1/vms/{id}/execs/{exec}/signal` (user) */
  signalExec(id: string, exec: string, body: SignalRequest = {}, options: CallOptions = {}): Promise<SignalledExec> {
    return this.transport.json<SignalledExec>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/execs/${encodeURIComponent(exec)}/signal`,
      json: body,
    }, options);
  }

  /** Boots copies of a failed VM, each with one thing changed. `POST /api/v1/vms/{id}/experiments` (user) */
  runExperiments(id: string, options: RunExperimentsOptions = {}): Promise<Experiment> {
    return this.transport.progress<Experiment>("experiment", {
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/experiments`,
      query: { within: options.within },
    }, options);
  }

  /** Gives a file of the guest, or lists a folder. `GET /api/v1/vms/{id}/files` (user) */
  readFile(id: string, options: ReadFileOptions): Promise<Response> {
    return this.transport.response({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/files`,
      query: { path: options.path, as: options.as },
      headers: { Range: options.range },
    }, options);
  }

  /** Writes a file of the guest, or makes a folder. `PUT /api/v1/vms/{id}/files` (user) */
  writeFile(id: string, body: BodyContent, options: WriteFileOptions): Promise<FileDocument> {
    return this.transport.json<FileDocument>({
      method: "PUT",
      path: `/api/v1/vms/${encodeURIComponent(id)}/files`,
      query: { path: options.path, as: options.as, mode: options.mode, parents: options.parents, owners: options.owners },
      content: { type: "application/octet-stream", body },
    }, options);
  }

  /** Changes permissions, owner or name of a file. `PATCH /api/v1/vms/{id}/files` (user) */
  changeFile(id: string, body: FileChange = {}, options: ChangeFileOptions): Promise<FileDocument> {
    return this.transport.json<FileDocument>({
      method: "PATCH",
      path: `/api/v1/vms/${encodeURIComponent(id)}/files`,
      query: { path: options.path },
      json: body,
    }, options);
  }

  /** Removes a file or folder of the guest. `DELETE /api/v1/vms/{id}/files` (user) */
  removeFile(id: string, options: RemoveFileOptions): Promise<void> {
    return this.transport.nothing({
      method: "DELETE",
      path: `/api/v1/vms/${encodeURIComponent(id)}/files`,
      query: { path: options.path, recursive: options.recursive },
    }, options);
  }

  /** Tells what happens to files of the guest, until the client leaves. `GET /api/v1/vms/{id}/files/watch` (user) */
  watchFiles(id: string, options: WatchFilesOptions): AsyncGenerator<FileEvent, void, undefined> {
    return this.transport.stream<FileEvent>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/files/watch`,
      query: { path: options.path, recursive: options.recursive },
    }, options, ["pathBase64"]);
  }

  /** Creates VMs that go on from another one as it is now. `POST /api/v1/vms/{id}/fork` (user) */
  forkVm(id: string, body: ForkRequest = {}, options: CallOptions = {}): Promise<ForkedVms> {
    return this.transport.json<ForkedVms>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/fork`,
      json: body,
    }, options);
  }

  /** Tells what a fork of a VM would cost, and makes nothing. `POST /api/v1/vms/{id}/fork/plan` (user) */
  planFork(id: string, body: ForkRequest = {}, options: CallOptions = {}): Promise<ClonePlan> {
    return this.transport.json<ClonePlan>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/fork/plan`,
      json: body,
    }, options);
  }

  /** Makes a ticket, with which a page opens one WebSocket into the VM. `POST /api/v1/vms/{id}/guest-tickets` (user) */
  createGuestTicket(id: string, options: CallOptions = {}): Promise<GuestTicketDocument> {
    return this.transport.json<GuestTicketDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/guest-tickets`,
    }, options);
  }

  /** Ends the machine at once, as if its plug were pulled. `POST /api/v1/vms/{id}/kill` (user) */
  killVm(id: string, options: KillVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/kill`,
      query: { wait: options.wait, timeout: options.timeout },
      headers: { "If-Match": options.ifMatch },
    }, options);
  }

  /** Makes a link to an open port of the guest. `POST /api/v1/vms/{id}/links` (user) */
  createLink(id: string, body: LinkRequest = {}, options: CallOptions = {}): Promise<LinkDocument> {
    return this.transport.json<LinkDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/links`,
      json: body,
    }, options);
  }

  /** Lists the links to a guest's ports, the newest first. `GET /api/v1/vms/{id}/links` (user) */
  listLinks(id: string, options: CallOptions = {}): Pages<LinkDocument> {
    return this.transport.pages<LinkDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/links`,
    }, options);
  }

  /** Revokes a link, and ends what it has opened. `DELETE /api/v1/vms/{id}/links/{link}` (user) */
  revokeLink(id: string, link: string, options: CallOptions = {}): Promise<RemovedDocument> {
    return this.transport.json<RemovedDocument>({
      method: "DELETE",
      path: `/api/v1/vms/${encodeURIComponent(id)}/links/${encodeURIComponent(link)}`,
    }, options);
  }

  /** Exchanges the ticket of a link for the key of its page. `POST /api/v1/vms/{id}/page-keys` (desktop-link) */
  createPageKey(id: string, options: CallOptions = {}): Promise<PageKeyDocument> {
    return this.transport.json<PageKeyDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/page-keys`,
    }, options);
  }

  /** Stops a VM's processors; its memory stays. `POST /api/v1/vms/{id}/pause` (user) */
  pauseVm(id: string, options: CallOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/pause`,
    }, options);
  }

  /** Runs a provider's login in the VM up to its link or its device code, and ends it. `POST /api/v1/vms/{id}/provider-test` (user) */
  testProvider(id: string, body: ProviderTestRequest = {}, options: CallOptions = {}): Promise<LoginTrial> {
    return this.transport.json<LoginTrial>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/provider-test`,
      json: body,
    }, options);
  }

  /** Gives a VM a new root disk of an image; its volumes stay. `POST /api/v1/vms/{id}/rebuild` (user) */
  rebuildVm(id: string, body: RebuildRequest = {}, options: RebuildVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/rebuild`,
      query: { wait: options.wait, timeout: options.timeout },
      headers: { "If-Match": options.ifMatch },
      json: body,
    }, options);
  }

  /** Shows the criteria of the last boot with their evidence. `GET /api/v1/vms/{id}/report` (user) */
  getReport(id: string, options: CallOptions = {}): Promise<BootReport> {
    return this.transport.json<BootReport>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/report`,
    }, options);
  }

  /** Stops a VM and starts it again. `POST /api/v1/vms/{id}/restart` (user) */
  restartVm(id: string, body: PowerRequest = {}, options: RestartVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/restart`,
      query: { wait: options.wait, timeout: options.timeout },
      headers: { "If-Match": options.ifMatch },
      json: body,
    }, options);
  }

  /** Has a paused or suspended VM go on. `POST /api/v1/vms/{id}/resume` (user) */
  resumeVm(id: string, options: CallOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/resume`,
    }, options);
  }

  /** As suspend, until somebody needs the VM. `POST /api/v1/vms/{id}/sleep` (user) */
  sleepVm(id: string, options: SleepVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/sleep`,
      query: { wait: options.wait, timeout: options.timeout },
      headers: { "If-Match": options.ifMatch },
    }, options);
  }

  /** Takes a snapshot of a VM's memory and disk, or of its disk alone. `POST /api/v1/vms/{id}/snapshots` (user) */
  createSnapshot(id: string, body: SnapshotRequest = {}, options: CallOptions = {}): Promise<SnapshotDocument> {
    return this.transport.json<SnapshotDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/snapshots`,
      json: body,
    }, options);
  }

  /** Has the guest's sshd take a public key for some time. `POST /api/v1/vms/{id}/ssh-keys` (user) */
  addSshKey(id: string, body: SshKeyRequest = {}, options: CallOptions = {}): Promise<SshKeyDocument> {
    return this.transport.json<SshKeyDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/ssh-keys`,
      json: body,
    }, options);
  }

  /** Boots a stopped or failed VM, or has a suspended one go on where it was. `POST /api/v1/vms/{id}/start` (user) */
  startVm(id: string, options: StartVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/start`,
      query: { wait: options.wait, timeout: options.timeout },
      headers: { "If-Match": options.ifMatch },
    }, options);
  }

  /** Tells what a VM uses of processor, memory, disk and network. `GET /api/v1/vms/{id}/stats` (user) */
  getStats(id: string, options: CallOptions = {}): Promise<StatsDocument> {
    return this.transport.json<StatsDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/stats`,
    }, options);
  }

  /** Has the guest shut down, and ends it when it does not. `POST /api/v1/vms/{id}/stop` (user) */
  stopVm(id: string, body: PowerRequest = {}, options: StopVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/stop`,
      query: { wait: options.wait, timeout: options.timeout },
      headers: { "If-Match": options.ifMatch },
      json: body,
    }, options);
  }

  /** Writes a VM's memory to the disk, and frees it. `POST /api/v1/vms/{id}/suspend` (user) */
  suspendVm(id: string, options: SuspendVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/suspend`,
      query: { wait: options.wait, timeout: options.timeout },
      headers: { "If-Match": options.ifMatch },
    }, options);
  }

  /** Gives a link to a VM's desktop that opens once. `POST /api/v1/vms/{id}/tickets` (desktop-page) */
  createTicket(id: string, body: TicketRequest = {}, options: CallOptions = {}): Promise<TicketDocument> {
    return this.transport.json<TicketDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/tickets`,
      json: body,
    }, options);
  }

  /** Lists who has looked at a VM's desktop, the newest first. `GET /api/v1/vms/{id}/views` (user) */
  listViews(id: string, options: ListViewsOptions = {}): Pages<ViewDocument> {
    return this.transport.pages<ViewDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/views`,
      query: { limit: options.limit, cursor: options.cursor },
    }, options);
  }

  /** Waits until a VM is in one of some states. `GET /api/v1/vms/{id}/wait` (user) */
  waitForVm(id: string, options: WaitForVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "GET",
      path: `/api/v1/vms/${encodeURIComponent(id)}/wait`,
      query: { for: options.for, timeout: options.timeout },
    }, options);
  }

  /** Has a VM that is asleep go on where it was, or an archived one boot. `POST /api/v1/vms/{id}/wake` (user) */
  wakeVm(id: string, options: WakeVmOptions = {}): Promise<VmDocument> {
    return this.transport.json<VmDocument>({
      method: "POST",
      path: `/api/v1/vms/${encodeURIComponent(id)}/wake`,
      query: { wait: options.wait, timeout: options.timeout },
      headers: { "If-Match": options.ifMatch },
    }, options);
  }

  /** Lists volumes by their owners and names. `GET /api/v1/volumes` (user) */
  listVolumes(options: ListVolumesOptions = {}): Pages<VolumeDocument> {
    return this.transport.pages<VolumeDocument>({
      method: "GET",
      path: "/api/v1/volumes",
      query: { user: options.user, limit: options.limit, cursor: options.cursor },
    }, options);
  }

  /** Creates an empty volume. `POST /api/v1/volumes` (user) */
  createVolume(body: VolumeCreateRequest = {}, options: CallOptions = {}): Promise<VolumeDocument> {
    return this.transport.json<VolumeDocument>({
      method: "POST",
      path: "/api/v1/volumes",
      json: body,
    }, options);
  }

  /** Shows a volume. `GET /api/v1/volumes/{name}` (user) */
  getVolume(name: string, options: GetVolumeOptions = {}): Promise<VolumeDocument> {
    return this.transport.json<VolumeDocument>({
      method: "GET",
      path: `/api/v1/volumes/${encodeURIComponent(name)}`,
      query: { user: options.user },
    }, options);
  }

  /** Makes a volume larger. `PATCH /api/v1/volumes/{name}` (user) */
  resizeVolume(name: string, body: VolumeChange = {}, options: ResizeVolumeOptions = {}): Promise<VolumeDocument> {
    return this.transport.json<VolumeDocument>({
      method: "PATCH",
      path: `/api/v1/volumes/${encodeURIComponent(name)}`,
      query: { user: options.user },
      json: body,
    }, options);
  }

  /** Removes a volume with all that is on it. `DELETE /api/v1/volumes/{name}` (user) */
  removeVolume(name: string, options: RemoveVolumeOptions = {}): Promise<RemovedDocument> {
    return this.transport.json<RemovedDocument>({
      method: "DELETE",
      path: `/api/v1/volumes/${encodeURIComponent(name)}`,
      query: { user: options.user },
    }, options);
  }

  /** Gives the volume's disk as one file. `GET /api/v1/volumes/{name}/export` (user) */
  exportVolume(name: string, options: ExportVolumeOptions = {}): Promise<Response> {
    return this.transport.response({
      method: "GET",
      path: `/api/v1/volumes/${encodeURIComponent(name)}/export`,
      query: { user: options.user },
    }, options);
  }

  /** Creates a volume of a file that an export gave. `POST /api/v1/volumes/{name}/import` (user) */
  importVolume(name: string, body: BodyContent, options: ImportVolumeOptions = {}): Promise<VolumeDocument> {
    return this.transport.json<VolumeDocument>({
      method: "POST",
      path: `/api/v1/volumes/${encodeURIComponent(name)}/import`,
      query: { user: options.user },
      content: { type: "application/gzip", body },
    }, options);
  }

  /** Lists webhooks. `GET /api/v1/webhooks` (admin) */
  listWebhooks(options: CallOptions = {}): Pages<WebhookDocument> {
    return this.transport.pages<WebhookDocument>({
      method: "GET",
      path: "/api/v1/webhooks",
    }, options);
  }

  /** Has a URL told of events from now on. `POST /api/v1/webhooks` (admin) */
  createWebhook(body: WebhookRequest = {}, options: CallOptions = {}): Promise<WebhookDocument> {
    return this.transport.json<WebhookDocument>({
      method: "POST",
      path: "/api/v1/webhooks",
      json: body,
    }, options);
  }

  /** Shows a webhook. `GET /api/v1/webhooks/{webhook}` (admin) */
  getWebhook(webhook: string, options: CallOptions = {}): Promise<WebhookDocument> {
    return this.transport.json<WebhookDocument>({
      method: "GET",
      path: `/api/v1/webhooks/${encodeURIComponent(webhook)}`,
    }, options);
  }

  /** Removes a webhook with its deliveries. `DELETE /api/v1/webhooks/{webhook}` (admin) */
  removeWebhook(webhook: string, options: CallOptions = {}): Promise<RemovedDocument> {
    return this.transport.json<RemovedDocument>({
      method: "DELETE",
      path: `/api/v1/webhooks/${encodeURIComponent(webhook)}`,
    }, options);
  }

  /** Lists what a webhook was sent, the newest first. `GET /api/v1/webhooks/{webhook}/deliveries` (admin) */
  listDeliveries(webhook: string, options: ListDeliveriesOptions = {}): Pages<DeliveryDocument> {
    return this.transport.pages<DeliveryDocument>({
      method: "GET",
      path: `/api/v1/webhooks/${encodeURIComponent(webhook)}/deliveries`,
      query: { state: options.state, limit: options.limit, cursor: options.cursor },
    }, options);
  }

  /** Has a disabled webhook told of events from now on. `POST /api/v1/webhooks/{webhook}/enable` (admin) */
  enableWebhook(webhook: string, options: CallOptions = {}): Promise<WebhookDocument> {
    return this.transport.json<WebhookDocument>({
      method: "POST",
      path: `/api/v1/webhooks/${encodeURIComponent(webhook)}/enable`,
    }, options);
  }

  /** Sends a webhook a test event, once and now. `POST /api/v1/webhooks/{webhook}/test` (admin) */
  testWebhook(webhook: string, options: CallOptions = {}): Promise<WebhookTest> {
    return this.transport.json<WebhookTest>({
      method: "POST",
      path: `/api/v1/webhooks/${encodeURIComponent(webhook)}/test`,
    }, options);
  }

  /** Tells whether the daemon does its work. `GET /health` (anybody) */
  getHealth(options: CallOptions = {}): Promise<HealthDocument> {
    return this.transport.json<HealthDocument>({
      method: "GET",
      path: "/health",
      accept: [503],
    }, options);
  }

  /** Shows metrics in the text format of Prometheus. `GET /metrics` (operator) */
  getMetrics(options: CallOptions = {}): Promise<Response> {
    return this.transport.response({
      method: "GET",
      path: "/metrics",
    }, options);
  }

  /** Gives this description. `GET /openapi.json` (anybody) */
  describe(options: CallOptions = {}): Promise<unknown> {
    return this.transport.json<unknown>({
      method: "GET",
      path: "/openapi.json",
    }, options);
  }
}
