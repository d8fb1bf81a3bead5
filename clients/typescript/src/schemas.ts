// Made of /openapi.json: see the client's README.

export interface AddRequest {
  path?: string | null;
  sha256?: string | null;
  jailerSha256?: string | null;
  jailer?: string | null;
  noJailer?: boolean | null;
  name?: string | null;
}

export interface AuditDocument {
  id: number;
  at: string;
  caller: string;
  role?: string;
  user?: string;
  from: string;
  method: string;
  route: string;
  path: string;
  vmId?: string;
  status?: number;
}

export interface BootDocument {
  boot: number;
  ended: string;
  report?: BootReport;
  diagnosis?: DiagnosisDocument;
}

export interface BootLine {
  boot: number;
  ended: string;
  met?: boolean;
  cause?: string;
}

export interface BootReport {
  vm: string;
  image: string;
  transport: string;
  vmm: string;
  met: boolean;
  overruled: string[];
  warnings: string[];
  criteria: CriterionLine[];
  volumes: MountedVolume[];
  timeline: Record<string, number>;
  certificate: RestoreCertificate | null;
  lastConsoleLine: string | null;
  written: string;
}

export interface BuildChoices {
  tools: string[] | null;
  browser: string | null;
  kernel: string | null;
}

export interface BuildRequest {
  recipe?: string | null;
  with?: string[] | null;
  browser?: string | null;
  kernel?: string | null;
}

export interface CanaryReport {
  release: string;
  lines: CanaryResult[];
  skipped: string[];
  met: boolean;
}

export interface CanaryResult {
  type: string;
  transport: string;
  vm: string | null;
  isMet: boolean;
  text: string;
  millis: number;
}

export interface Cause {
  rule: string;
  text: string;
  endedBy: string | null;
  nowMet: number[];
}

export interface CertificateLine {
  subject: string;
  met: boolean;
  evidence: string;
}

export interface ClonePlan {
  count: number;
  from: string | null;
  vm: string | null;
  vcpus: number;
  memoryMib: number;
  countedMib: number;
  boots: boolean;
  disk: string;
  diskMib: number;
  snapshotMib: number;
  snapshotDiskMib: number;
  freeMib: number;
}

export interface Consequence {
  rule: string;
  text: string;
}

export interface ContainerFacts {
  reference: string;
  digest: string;
  base: string;
  baseDigest: string;
  entryPoint: string[];
  command: string[];
  environment: Record<string, string>;
  user: string;
  folder: string;
  ports: string[];
  stopSignal: string | null;
  layers: string[];
  pulled: boolean;
}

export interface CreateRequest {
  userId?: string;
  vmType?: string;
  image?: string;
  transport?: string;
  vcpus?: number;
  memoryMib?: number;
  bootArgs?: string[];
  ttl?: string;
  force?: boolean;
  volumes?: VolumeRequest[];
  home?: boolean;
  disk?: string;
  restart?: string;
  ttlFrom?: string;
  name?: string;
  labels?: Record<string, string>;
  memory?: string;
  env?: Record<string, string>;
  files?: FileRequest[];
  ports?: number[];
  egress?: EgressRequest;
  sleepAfter?: string;
  archiveAfter?: string;
  from?: string;
}

export interface CredentialDocument {
  id: string;
  kind: string;
  user: string;
  provider: string;
  name: string;
  version: number;
  state: string;
  problem?: string;
  expires?: string;
  validated?: string;
  created: string;
  changed: string;
  asked?: boolean;
  vms?: VmDeliveryDocument[];
}

export interface CredentialFile {
  path: string;
  mode: string;
  format: "json" | "yaml" | "opaque";
  fields: string[];
  expiry?: ExpiryField;
  rotates: boolean;
}

export interface CriterionLine {
  number: number;
  criterion: string;
  verdict: string;
  evidence: string;
}

export interface DeliverRequest {
  vm?: string | null;
  unchoose?: boolean | null;
}

export interface DeliveryDocument {
  id: number;
  message: string;
  event: number;
  kind: string;
  state: string;
  tries: number;
  next?: string;
  status?: number;
  error?: string;
  changed: string;
}

export interface DesktopDocument {
  vmId: string;
  userId: string;
  vmType: string;
  state: string;
  step: string;
  desktop: boolean;
  viewers: number;
  failure?: string;
  diagnosis?: Why;
}

export interface DeviceCode {
  page?: string;
  form?: string;
}

export interface DiagnosisDocument {
  status: string;
  rule: string | null;
  criterion: string | null;
  cause: string;
  evidence: string[];
  ruledOut: string[];
  remedy: string;
  command: string | null;
  consequences: Consequence[];
  isCertain: boolean;
  action: Remedy | null;
  mayChange: boolean;
}

export interface DiskFacts {
  format: string;
  system: string | null;
  cloudInit: boolean | null;
  kernel: string | null;
  initrd: string | null;
}

export interface EgressDocument {
  from: string;
  way: string;
  address?: string;
  proxy?: string;
  hasPassword: boolean;
  allow: string[];
  deny: string[];
  connections?: number;
  problem?: string;
}

export interface EgressGuestDocument {
  status?: number;
  body?: string;
  error?: string;
}

export interface EgressRequest {
  address?: string;
  proxy?: string;
  password?: string;
  allow?: string[];
  deny?: string[];
}

export interface EgressTestDocument {
  way: string;
  proxy?: string;
  source?: string;
  url: string;
  status?: number;
  body?: string;
  rule?: string;
  error?: string;
  guest?: EgressGuestDocument;
}

export interface EmulatedSize {
  vcpus: number;
  memoryMib: number;
}

export interface EventDocument {
  id: number;
  at: string;
  kind: string;
  vm?: string;
  user?: string;
  subject?: string;
  caller?: string;
  reason?: string;
  text: string;
}

export interface ExecAnswer {
  exitCode: number;
  stdout: string;
  stderr: string;
  stdoutBase64?: Uint8Array;
  stderrBase64?: Uint8Array;
  timedOut?: boolean;
}

export interface ExecDocument {
  exec: string;
  vmId: string;
  command: string[];
  cwd?: string;
  user?: string;
  state: string;
  exitCode?: number;
  timedOut?: boolean;
  started: string;
  ended?: string;
}

export interface ExecEvent {
  type: string;
  data?: Uint8Array;
  offset?: number;
  exitCode?: number;
  timedOut?: boolean;
  detail?: string;
}

export interface ExecRequest {
  command?: string[] | null;
  env?: Record<string, string> | null;
  cwd?: string | null;
  user?: string | null;
  stdin?: string | null;
  timeout?: string | null;
  detach?: boolean | null;
}

export interface Experiment {
  outcomes: ExperimentOutcome[];
  causes: Cause[];
  proves: string;
  solution: string[];
  isSettled: boolean;
  differences: string[];
}

export interface ExperimentChange {
  name: string;
  text: string;
}

export interface ExperimentOutcome {
  changes: ExperimentChange[];
  isReady: boolean;
  met: number[];
  rule: string | null;
  cause: string | null;
  millis: number;
}

export interface ExpiryField {
  field: string;
  unit: "seconds" | "milliseconds" | "iso8601" | "jwt";
}

export interface Features {
  pci: boolean;
  jailer: boolean;
  networkOverrides: boolean;
  vsockOverride: boolean;
  serial: boolean;
  snapshotFormat: number;
  maxDrives: number;
}

export interface FileChange {
  mode?: string | null;
  uid?: number | null;
  gid?: number | null;
  path?: string | null;
}

export interface FileDocument {
  name: string;
  kind: string;
  size: number;
  mode: string;
  uid: number;
  gid: number;
  modified: string;
  target?: string;
}

export interface FileEvent {
  type: string;
  path: string;
  pathBase64?: Uint8Array;
  from?: string;
  kind?: string;
  size?: number;
  mode?: string;
  modified?: string;
  by?: string;
  entries?: number;
  detail?: string;
}

export interface FileRequest {
  path?: string;
  content?: string;
  base64?: string;
  mode?: string;
  owner?: string;
}

export interface ForkRequest {
  count?: number | null;
  name?: string | null;
  labels?: Record<string, string> | null;
  ttl?: string | null;
  ttlFrom?: string | null;
  restart?: string | null;
  sleepAfter?: string | null;
  env?: Record<string, string> | null;
}

export interface ForkedVms {
  items: VmDocument[];
}

export interface GuestTicketDocument {
  ticket: string;
  expires: string;
}

export interface HandOverRequest {
  holder?: string | null;
}

export interface HealthDocument {
  status: string;
  build: string;
  uptimeSeconds: number;
  pid: number;
  secondsSinceRound: Record<string, number>;
  vault: string;
  egressFailures: number;
}

export interface Home {
  size: string;
  path: string;
}

export interface ImageDocument {
  digest: string;
  manifest: Manifest;
  kernel: string;
  initrd?: string;
  rootfs: string;
  tools?: string;
  created: string;
  bytes: number;
  takenBytes: number;
}

export interface ImportRequest {
  name?: string | null;
  oci?: string | null;
  ref?: string | null;
  base?: string | null;
  kernel?: string | null;
  initrd?: string | null;
  rootfs?: string | null;
  disk?: string | null;
  kernelConfig?: string | null;
  force?: boolean | null;
}

export interface InstalledTool {
  name: string;
  version: string | null;
  programs: string[];
  packages: string[];
}

export interface Kept {
  vm: string;
  user: string;
  state: string;
  release: string;
}

export interface LinkDocument {
  id: string;
  vmId: string;
  port: number;
  url?: string;
  creator: string;
  created: string;
  expires: string;
}

export interface LinkRequest {
  port?: number | null;
  ttl?: string | null;
}

export interface ListedRoute {
  method: string;
  path: string;
  role: string;
  owner: string;
  parameters: string[];
}

export interface LoginMethod {
  channel: "claude-control" | "codex-app-server" | "acp" | "opencode-http" | "plain" | "pty" | "key";
  command: string[];
  environment: Record<string, string>;
  parameters: Record<string, string>;
  link: ("answer" | "browser" | "osc8" | "text")[];
  redirect?: LoginRedirect;
  paste?: PastedCode;
  device?: DeviceCode;
  maxTime?: string;
  questions: LoginQuestion[];
}

export interface LoginQuestion {
  text: string;
  keys: string[];
}

export interface LoginRedirect {
  hosts: string[];
  port: number;
  path: string;
}

export interface LoginTrial {
  provider: string;
  channel: string;
  version?: string;
  works: boolean;
  events: TrialEvent[];
  asked: string[];
  differences: string[];
}

export interface Manifest {
  name: string;
  recipe: string | null;
  kernel: string;
  initrd: string | null;
  rootfs: string;
  root: string;
  rootReason: string | null;
  partitionUuid: string | null;
  fileSystemUuid: string | null;
  rootFileSystem: string | null;
  rootFeatures: string[] | null;
  kernelFormat: string | null;
  kernelRelease: string | null;
  kernelConfig: Record<string, string> | null;
  initrdModules: string[] | null;
  readsIp: string | null;
  services: Record<string, number>;
  vcpus: number;
  memoryMib: number;
  packages: string[];
  unknown: string[];
  kernelMinMemoryMib: number | null;
  initrdModuleReleases: string[] | null;
  minMemoryMib: number | null;
  addressOwners: string[];
  vsockPort: number | null;
  container: ContainerFacts | null;
  disk: DiskFacts | null;
  contents: RootContents | null;
  rootFlags: string | null;
  signIn: SignInHelper | null;
  tools: ToolsInside | null;
  choices: BuildChoices | null;
  kernelBuild: string | null;
}

export interface MeDocument {
  token: string;
  role: string;
  user?: string;
  readOnly: boolean;
  expires?: string;
}

export interface MountedVolume {
  name: string;
  path: string;
  mounted: boolean;
  evidence: string;
}

export interface ObjectionDocument {
  rule: string;
  field: string;
  value: string;
  cause: string;
  remedy: string;
  corrected: string | null;
}

export interface OptionsDocument {
  diskBytesPerSecond?: number;
  diskOperationsPerSecond?: number;
  networkBytesPerSecond?: number;
  networkPacketsPerSecond?: number;
  consoleBytesPerSecond?: number;
  balloon?: boolean;
  metadata?: boolean;
  vsock?: boolean;
}

export interface PageKeyDocument {
  key: string;
  expires: string;
  viewOnly: boolean;
}

export interface PastedCode {
  page: string;
  tries: number;
}

export interface PendingSize {
  vcpus: number;
  memoryMib: number;
  diskMib?: number;
  takesEffect: string;
}

export interface Pinned {
  snapshot: string;
  vm: string;
  release: string;
  format: number;
}

export interface PlaceholderDocument {
  provider: string;
  used: boolean;
  chosen: boolean;
  hosts: string[];
  vms: string[];
  authority?: string;
}

export interface PlaceholderRequest {
  used?: boolean | null;
}

export interface PlaceholderValue {
  header: string;
  text: string;
  field: string;
}

export interface Plan {
  release: string;
  current: string;
  previous: string | null;
  obstacles: string[];
  canaries: string[];
  keep: Kept[];
  snapshots: Pinned[];
}

export interface PoolStatus {
  type: string;
  size: number;
  ready: number;
  starting: number;
  failed: number;
  template: string | null;
  oldest: string | null;
  taken: number;
  cloned: number;
  booted: number;
  other: number;
  problem: string | null;
}

export interface PowerRequest {
  grace?: string | null;
}

export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  remedy?: string;
  field?: string;
  value?: string;
  objections?: ObjectionDocument[];
  actions?: Remedy[];
}

export interface PromptDocument {
  prompt: string;
  userId: string;
  vmId: string;
  provider: string;
  state: string;
  exitCode?: number;
  timedOut?: boolean;
  started: string;
  ended?: string;
}

export interface PromptEvent {
  type: string;
  text?: string;
  tool?: ToolUse;
  session?: string;
  model?: string;
  usage?: PromptUsage;
  exitCode?: number;
  timedOut?: boolean;
  needsSignIn?: boolean;
  offset?: number;
}

export interface PromptOptions {
  cwd: string | null;
  env: Record<string, string> | null;
  user: string | null;
  timeout: string | null;
  arguments: string[] | null;
  cancelOnDisconnect: boolean | null;
  cancelledOnDisconnect: boolean;
}

export interface PromptRequest {
  userId?: string | null;
  provider?: string | null;
  prompt?: string | null;
  vm?: string | null;
  options?: PromptOptions | null;
}

export interface PromptUsage {
  inputTokens?: number;
  outputTokens?: number;
  cachedTokens?: number;
  costUsd?: number;
}

export interface Provider {
  name: string;
  title: string;
  tool: string;
  versions: string[];
  hosts: string[];
  memoryMib?: number;
  diskMib?: number;
  caVariable?: string;
  logoutRevokes: boolean;
  plainHttp: boolean;
  values: Record<string, string>;
  environment: Record<string, string>;
  login: LoginMethod[];
  credential: ProviderCredential;
  seedFiles: SeedFile[];
  check: ProviderCheck;
  prompt?: ProviderPrompt;
  placeholder?: ProviderPlaceholder;
}

export interface ProviderCheck {
  offline: string[];
  online: string[];
  refresh: string[];
  refreshes: boolean;
  signInExits: number[];
  signInText?: string;
}

export interface ProviderCredential {
  files: CredentialFile[];
  variables: string[];
}

export interface ProviderPlaceholder {
  hosts: string[];
  header: string;
  scheme?: string;
  webSocket: boolean;
  text: string;
  field?: string;
  values: PlaceholderValue[];
  environment: Record<string, string>;
  files: SeedFile[];
}

export interface ProviderPrompt {
  command: string[];
  stream: "claude" | "codex" | "gemini" | "opencode" | "copilot" | "text";
  signInExits: number[];
  signInText?: string;
}

export interface ProviderTestRequest {
  provider?: string | null;
  method?: number | null;
  timeout?: string | null;
}

export interface PullRequest {
  reference?: string | null;
  name?: string | null;
  base?: string | null;
  plainHttp?: boolean | null;
}

export interface QuotaFields {
  vms?: number;
  vmsPerType?: Record<string, number>;
  vcpus?: number;
  memoryMib?: number;
  diskMib?: number;
  createsPerMinute?: number;
}

export interface RebuildDocument {
  image: string;
  imageDigest: string;
  stage: string;
  failure?: string;
}

export interface RebuildRequest {
  image?: string;
  force?: boolean;
  grace?: string;
}

export interface RefusedTrafficDocument {
  protocol: string;
  destination: string;
  port?: number;
  rule: string;
  detail?: string;
  count: number;
  last: string;
}

export interface ReleaseChange {
  isChanged: boolean;
  current: string;
  previous: string | null;
  canaries: CanaryReport | null;
}

export interface ReleaseView {
  name: string;
  version?: string;
  status: string;
  reason?: string;
  digest?: string;
  jailerDigest?: string;
  source?: string;
  added?: string;
  checked?: string;
  features?: Features;
  vulnerabilities: Vulnerability[];
  accepted: string[];
  vms: number;
  snapshots: number;
}

export type Remedy =
  | { kind: "start-daemon" }
  | { kind: "stop-daemon" }
  | { kind: "prepare-host" }
  | { kind: "restore-backup" }
  | { kind: "rebuild-store" }
  | { copy: string; kind: "restore-store" }
  | { kind: "resume-upgrade" }
  | { all: boolean; kind: "list-vms" }
  | { vm: string | null; kind: "remove-vm" }
  | { vm: string; kind: "resume-vm" }
  | { vm: string; kind: "start-vm" }
  | { vm: string; kind: "sleep-vm" }
  | { vm: string; kind: "restart-vm" }
  | { vm: string; kind: "read-console" }
  | { vm: string; kind: "diagnose-vm" }
  | { vm: string; kind: "run-experiment" }
  | { vm: string; kind: "open-desktop" }
  | { vm: string; command: string; kind: "run-in-guest" }
  | { command: string; kind: "run-on-host" }
  | { type: string; kind: "create-vm" }
  | { kind: "list-types" }
  | { kind: "list-providers" }
  | { vm: string; kind: "list-links" }
  | { vm: string; port: number; kind: "open-port" }
  | { type: string | null; memoryMib: number; kind: "give-memory" }
  | { argument: string; kind: "add-argument" }
  | { kind: "choose-transport" }
  | { kind: "list-leftovers" }
  | { kind: "list-images" }
  | { kind: "inspect-image" }
  | { name: string | null; kind: "build-image" }
  | { kind: "import-image" }
  | { name: string | null; kind: "remove-image" }
  | { kind: "list-snapshots" }
  | { name: string | null; kind: "remove-snapshot" }
  | { kind: "list-volumes" }
  | { name: string | null; kind: "remove-volume" }
  | { kind: "leave-out-home" }
  | { kind: "list-releases" }
  | { kind: "add-release" }
  | { name: string | null; kind: "use-release" }
  | { name: string; kind: "remove-release" }
  | { kind: "list-users" }
  | { user: string; kind: "create-user" }
  | { user: string; kind: "update-user" }
  | { user: string; kind: "suspend-user" }
  | { user: string; kind: "resume-user" }
  | { kind: "list-tokens" }
  | { kind: "create-token" }
  | { kind: "show-vault" }
  | { kind: "init-vault" }
  | { kind: "list-credentials" }
  | { provider: string; kind: "put-credential" }
  | { provider: string; user: string; kind: "sign-in" }
  | { kind: "list-sign-ins" }
  | { session: string; kind: "cancel-sign-in" };

export interface RemovedDocument {
  removed: string;
}

export interface RestoreCertificate {
  snapshot: string;
  parent: string;
  generation: number;
  lines: CertificateLine[];
  written: string;
}

export interface RootContents {
  init: string | null;
  sshd: string | null;
  sshdStartedBy: string | null;
  modules: string[] | null;
  freeMib: number;
  freeFiles: number | null;
  problems: RootProblem[];
  notices: string[];
}

export interface RootProblem {
  rule: string;
  path: string;
  cause: string;
  remedy: string;
}

export interface RotateRequest {
  keyFile?: string | null;
  earlierKeyFiles?: string[] | null;
}

export interface SeedFile {
  path: string;
  mode: string;
  content: string;
}

export interface SignInCode {
  code?: string | null;
}

export interface SignInDocument {
  session: string;
  userId: string;
  provider: string;
  name: string;
  method: number;
  elsewhere: boolean;
  state: string;
  active: boolean;
  holder: string;
  startedBy: string;
  vmId?: string;
  link?: string;
  pasteLink?: string;
  code?: string;
  callbackPort?: number;
  desktop?: string;
  problem?: string;
  credentialId?: string;
  credentialVersion?: number;
  created: string;
  changed: string;
  expires: string;
  ended?: string;
}

export interface SignInEvent {
  id: number;
  at: string;
  type: string;
  text: string;
  caller?: string;
  link?: string;
  pasteLink?: string;
  code?: string;
  callbackPort?: number;
  over?: boolean;
}

export interface SignInHelper {
  program: string;
  user: string;
}

export interface SignInRequest {
  userId?: string | null;
  provider?: string | null;
  name?: string | null;
  method?: number | null;
  device?: boolean | null;
  elsewhere?: boolean | null;
}

export interface SignalRequest {
  signal?: string | null;
}

export interface SignalledExec {
  exec: string;
  signal: string;
}

export interface SnapshotChange {
  retention?: string | null;
}

export interface SnapshotCheckDocument {
  name: string;
  whole: boolean;
  files: number;
  bytes: number;
  damage: string[];
}

export interface SnapshotDetailsDocument {
  name: string;
  vmId: string;
  userId: string;
  image: string;
  release: string;
  format: number;
  processor: string | null;
  vcpus: number;
  memoryMib: number;
  state: string;
  retention: string;
  consistency: string;
  parent: string | null;
  bytes: number;
  digest: string | null;
  hasKeys: boolean;
  created: string;
  imported: string | null;
  parts: SnapshotPartDocument[];
  users: SnapshotUserDocument[];
}

export interface SnapshotDocument {
  name: string;
  vmId: string;
  userId: string;
  image: string;
  release: string;
  state: string;
  retention: string;
  consistency: string;
  usedBy: number;
  parent: string | null;
  bytes: number;
  created: string;
  imported: string | null;
}

export interface SnapshotPartDocument {
  name: string;
  bytes: number;
  digest: string;
}

export interface SnapshotRequest {
  name?: string | null;
  keep?: boolean | null;
  diskOnly?: boolean | null;
}

export interface SnapshotUserDocument {
  kind: string;
  name: string;
}

export interface SshKeyDocument {
  vmId: string;
  user: string;
  hostKey: string;
  expires: string;
}

export interface SshKeyRequest {
  publicKey?: string | null;
  ttl?: string | null;
}

export interface StatsDocument {
  vmId: string;
  name?: string;
  userId: string;
  at: string;
  cpuSeconds: number;
  vcpus: number;
  memoryBytes: number;
  memoryLimitBytes: number;
  diskReadBytes: number;
  diskWrittenBytes: number;
  networkReceivedBytes: number;
  networkSentBytes: number;
  threads: number;
}

export interface SweepFinding {
  kind: string;
  name: string;
  owner: "OWNED" | "ORPHAN" | "FOREIGN";
  why: string;
}

export interface TicketDocument {
  ticket: string;
  expires: string;
  viewOnly: boolean;
  link?: string;
}

export interface TicketRequest {
  user?: string | null;
  viewOnly?: boolean | null;
}

export interface TokenDocument {
  name: string;
  role: string;
  user?: string;
  readOnly: boolean;
  created: string;
  expires?: string;
  lastUse?: string;
  secret?: string;
}

export interface TokenRequest {
  name?: string | null;
  role?: string | null;
  user?: string | null;
  readOnly?: boolean | null;
  expires?: string | null;
}

export interface ToolUse {
  id?: string;
  name?: string;
  input?: unknown;
  output?: string;
  failed?: boolean;
}

export interface ToolsInside {
  disk: string | null;
  identity: string | null;
  fileSystemUuid: string | null;
  path: string | null;
  list: InstalledTool[];
}

export interface TrialEvent {
  millis: number;
  what: string;
  text: string;
  source?: string;
}

export interface TypeDocument {
  name: string;
  image: string;
  vcpus: number;
  memoryMib: number;
  emulated?: EmulatedSize;
  diskMib?: number;
  transport: string;
  deadline: string;
  restart: string;
  sleepAfter?: string;
  archiveAfter?: string;
  ports?: number[];
  home?: Home;
  pool?: number;
  options?: OptionsDocument;
}

export interface UseRequest {
  force?: boolean | null;
}

export interface UserDocument {
  id: string;
  state: string;
  labels: Record<string, string>;
  quota: QuotaFields;
  created: string;
  changed: string;
}

export interface UserRequest {
  id?: string | null;
  labels?: Record<string, string> | null;
  quota?: QuotaFields | null;
}

export interface ValidationDocument {
  credentialId: string;
  state: string;
  problem: string | null;
  asked: boolean;
}

export interface ValidationRequest {
  userId?: string | null;
  provider?: string | null;
  name?: string | null;
}

export interface VaultDocument {
  state: string;
  reason?: string;
  source?: string;
  master?: string;
  since?: string;
  secrets: Record<string, number>;
  ofEarlierKeys: number;
}

export interface VersionRange {
  from: string;
  to: string;
}

export interface ViewDocument {
  vmId: string;
  user: string;
  from: string;
  viewOnly: boolean;
  began: string;
  ended?: string;
}

export interface VmChange {
  ttl?: string;
  restart?: string;
  ttlFrom?: string;
  name?: string;
  labels?: Record<string, string>;
  ports?: number[];
  vcpus?: number;
  memory?: string;
  memoryMib?: number;
  disk?: string;
  sleepAfter?: string;
  archiveAfter?: string;
}

export interface VmDeliveryDocument {
  vm: string;
  state: string;
  chosen?: boolean;
  reason?: string;
}

export interface VmDocument {
  vmId: string;
  name?: string;
  userId: string;
  vmType: string;
  labels?: Record<string, string>;
  state: string;
  step: string;
  address?: string;
  image: string;
  imageDigest: string;
  from?: string;
  start: string;
  transport: string;
  vcpus: number;
  memoryMib: number;
  diskMib?: number;
  pending?: PendingSize;
  bootArgs: string[];
  ttl?: string;
  ttlFrom?: string;
  restart: string;
  sleepAfter?: string;
  archiveAfter?: string;
  restarts?: number;
  release: string;
  options?: OptionsDocument;
  volumes?: VolumeMount[];
  ports?: number[];
  vmm?: string;
  pid?: number;
  failure?: string;
  rebuild?: RebuildDocument;
  created: string;
  changed: string;
  ready?: string;
  used?: string;
  expires?: string;
  revision: number;
}

export interface VolumeChange {
  size?: string | null;
}

export interface VolumeCreateRequest {
  userId?: string | null;
  name?: string | null;
  size?: string | null;
}

export interface VolumeDocument {
  name: string;
  userId: string;
  volumeId: string;
  bytes: number;
  takenBytes: number;
  state: string;
  vmId?: string;
  path?: string;
  readOnly?: boolean;
  created: string;
  pending?: string;
}

export interface VolumeMount {
  volume: string;
  name: string;
  path: string;
  readOnly: boolean;
  home: boolean;
}

export interface VolumeRequest {
  name?: string;
  path?: string;
  readOnly?: boolean;
}

export interface Vulnerability {
  id: string;
  part: "FIRECRACKER" | "JAILER";
  pciOnly: boolean;
  affected: VersionRange[];
  fixed: string[];
  summary: string;
  source: string;
}

export interface WebhookDocument {
  id: string;
  url: string;
  kinds: string[];
  user?: string;
  state: string;
  created: string;
  failingSince?: string;
  secret?: string;
}

export interface WebhookRequest {
  url?: string | null;
  kinds?: string[] | null;
  user?: string | null;
  secret?: string | null;
}

export interface WebhookTest {
  status?: number;
  error?: string;
}

export interface Why {
  cause: string;
  remedy: string;
}
