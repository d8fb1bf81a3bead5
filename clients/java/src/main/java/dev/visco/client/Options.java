// Made of /openapi.json: see the client's README.
package dev.visco.client;

import java.time.Instant;

/** What operations take besides what they are about; each may be left out. */
public final class Options {
  private Options() {}

  /** Of {@link Operations#listAudit}. */
  public static final class ListAudit {
    String user;
    String vm;
    Instant since;
    Long limit;
    String cursor;

    public ListAudit() {}

    /** Only of this user's things. */
    public ListAudit user(String value) {
      this.user = value;
      return this;
    }

    /** Only of this VM. */
    public ListAudit vm(String value) {
      this.vm = value;
      return this;
    }

    /** Only from then on. */
    public ListAudit since(Instant value) {
      this.since = value;
      return this;
    }

    /** Entries of a page, at most 1000, usually 100. */
    public ListAudit limit(Long value) {
      this.limit = value;
      return this;
    }

    /** The next of the page before. */
    public ListAudit cursor(String value) {
      this.cursor = value;
      return this;
    }
  }

  /** Of {@link Operations#followSignIn}. */
  public static final class FollowSignIn {
    Long after;
    Boolean follow;
    String lastEventId;

    public FollowSignIn() {}

    /** Only events with a higher id. */
    public FollowSignIn after(Long value) {
      this.after = value;
      return this;
    }

    /** False: only what has happened so far. */
    public FollowSignIn follow(Boolean value) {
      this.follow = value;
      return this;
    }

    /** After which event it begins. */
    public FollowSignIn lastEventId(String value) {
      this.lastEventId = value;
      return this;
    }
  }

  /** Of {@link Operations#listSignIns}. */
  public static final class ListSignIns {
    String user;

    public ListSignIns() {}

    /** Only this user's. */
    public ListSignIns user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#listCredentials}. */
  public static final class ListCredentials {
    String user;

    public ListCredentials() {}

    /** Only this user's. */
    public ListCredentials user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#putCredential}. */
  public static final class PutCredential {
    String user;
    String provider;
    String name;
    String kind;
    String expires;

    public PutCredential() {}

    /** Whose it is; may be left out with a user's token. */
    public PutCredential user(String value) {
      this.user = value;
      return this;
    }

    /** Whose service it is for, or a proxy's address. */
    public PutCredential provider(String value) {
      this.provider = value;
      return this;
    }

    /** Which of several for the provider; usually default. */
    public PutCredential name(String value) {
      this.name = value;
      return this;
    }

    /** What it is, usually credential. */
    public PutCredential kind(String value) {
      this.kind = value;
      return this;
    }

    /** How long it holds, like 30d. */
    public PutCredential expires(String value) {
      this.expires = value;
      return this;
    }
  }

  /** Of {@link Operations#listEvents}. */
  public static final class ListEvents {
    Long after;
    String vm;
    String user;
    String kind;
    Instant since;
    Long limit;
    String cursor;

    public ListEvents() {}

    /** Oldest first, only with a higher id. */
    public ListEvents after(Long value) {
      this.after = value;
      return this;
    }

    /** Only about this VM. */
    public ListEvents vm(String value) {
      this.vm = value;
      return this;
    }

    /** Only about this user and what it has. */
    public ListEvents user(String value) {
      this.user = value;
      return this;
    }

    /** Only of these kinds, with commas between them. */
    public ListEvents kind(String value) {
      this.kind = value;
      return this;
    }

    /** Only from then on. */
    public ListEvents since(Instant value) {
      this.since = value;
      return this;
    }

    /** Entries of a page, at most 1000, usually 100. */
    public ListEvents limit(Long value) {
      this.limit = value;
      return this;
    }

    /** The next of the page before. */
    public ListEvents cursor(String value) {
      this.cursor = value;
      return this;
    }
  }

  /** Of {@link Operations#streamEvents}. */
  public static final class StreamEvents {
    Long after;
    String vm;
    String user;
    String kind;
    Instant since;
    String lastEventId;

    public StreamEvents() {}

    /** Oldest first, only with a higher id. */
    public StreamEvents after(Long value) {
      this.after = value;
      return this;
    }

    /** Only about this VM. */
    public StreamEvents vm(String value) {
      this.vm = value;
      return this;
    }

    /** Only about this user and what it has. */
    public StreamEvents user(String value) {
      this.user = value;
      return this;
    }

    /** Only of these kinds, with commas between them. */
    public StreamEvents kind(String value) {
      this.kind = value;
      return this;
    }

    /** Only from then on. */
    public StreamEvents since(Instant value) {
      this.since = value;
      return this;
    }

    /** With a stream: after which event it begins. */
    public StreamEvents lastEventId(String value) {
      this.lastEventId = value;
      return this;
    }
  }

  /** Of {@link Operations#listPrompts}. */
  public static final class ListPrompts {
    String user;
    String vm;

    public ListPrompts() {}

    /** Whose VMs; with a user's token it is that user. */
    public ListPrompts user(String value) {
      this.user = value;
      return this;
    }

    /** Of this VM alone. */
    public ListPrompts vm(String value) {
      this.vm = value;
      return this;
    }
  }

  /** Of {@link Operations#executePrompt}. */
  public static final class ExecutePrompt {
    Boolean detach;

    public ExecutePrompt() {}

    /** Answer as soon as the tool runs, without its output. */
    public ExecutePrompt detach(Boolean value) {
      this.detach = value;
      return this;
    }
  }

  /** Of {@link Operations#readPrompt}. */
  public static final class ReadPrompt {
    Boolean follow;
    Long offset;

    public ReadPrompt() {}

    /** Go on until the tool ends. */
    public ReadPrompt follow(Boolean value) {
      this.follow = value;
      return this;
    }

    /** Go on after the event with this offset. */
    public ReadPrompt offset(Long value) {
      this.offset = value;
      return this;
    }
  }

  /** Of {@link Operations#listSnapshots}. */
  public static final class ListSnapshots {
    String vm;
    String user;
    Long limit;
    String cursor;

    public ListSnapshots() {}

    /** Only this VM's. */
    public ListSnapshots vm(String value) {
      this.vm = value;
      return this;
    }

    /** Only this user's. */
    public ListSnapshots user(String value) {
      this.user = value;
      return this;
    }

    /** Entries of a page, at most 1000, usually 100. */
    public ListSnapshots limit(Long value) {
      this.limit = value;
      return this;
    }

    /** The next of the page before. */
    public ListSnapshots cursor(String value) {
      this.cursor = value;
      return this;
    }
  }

  /** Of {@link Operations#updateSnapshot}. */
  public static final class UpdateSnapshot {
    String user;

    public UpdateSnapshot() {}

    /** Whose it is, where several users have one of the name. */
    public UpdateSnapshot user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#removeSnapshot}. */
  public static final class RemoveSnapshot {
    String user;

    public RemoveSnapshot() {}

    /** Whose it is, where several users have one of the name. */
    public RemoveSnapshot user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#getSnapshot}. */
  public static final class GetSnapshot {
    String user;

    public GetSnapshot() {}

    /** Whose it is, where several users have one of the name. */
    public GetSnapshot user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#exportSnapshot}. */
  public static final class ExportSnapshot {
    String user;

    public ExportSnapshot() {}

    /** Whose it is, where several users have one of the name. */
    public ExportSnapshot user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#importSnapshot}. */
  public static final class ImportSnapshot {
    String user;

    public ImportSnapshot() {}

    /** Whose it is, where several users have one of the name. */
    public ImportSnapshot user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#planClones}. */
  public static final class PlanClones {
    String user;

    public PlanClones() {}

    /** Whose it is, where several users have one of the name. */
    public PlanClones user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#restoreSnapshot}. */
  public static final class RestoreSnapshot {
    String user;

    public RestoreSnapshot() {}

    /** Whose it is, where several users have one of the name. */
    public RestoreSnapshot user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#verifySnapshot}. */
  public static final class VerifySnapshot {
    String user;

    public VerifySnapshot() {}

    /** Whose it is, where several users have one of the name. */
    public VerifySnapshot user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#listTokens}. */
  public static final class ListTokens {
    Long limit;
    String cursor;

    public ListTokens() {}

    /** Entries of a page, at most 1000, usually 100. */
    public ListTokens limit(Long value) {
      this.limit = value;
      return this;
    }

    /** The next of the page before. */
    public ListTokens cursor(String value) {
      this.cursor = value;
      return this;
    }
  }

  /** Of {@link Operations#listUsers}. */
  public static final class ListUsers {
    Long limit;
    String cursor;

    public ListUsers() {}

    /** Entries of a page, at most 1000, usually 100. */
    public ListUsers limit(Long value) {
      this.limit = value;
      return this;
    }

    /** The next of the page before. */
    public ListUsers cursor(String value) {
      this.cursor = value;
      return this;
    }
  }

  /** Of {@link Operations#removeUser}. */
  public static final class RemoveUser {
    Boolean force;

    public RemoveUser() {}

    /** Its VMs, snapshots and volumes too. */
    public RemoveUser force(Boolean value) {
      this.force = value;
      return this;
    }
  }

  /** Of {@link Operations#createVm}. */
  public static final class CreateVm {
    String wait;
    String timeout;
    String idempotencyKey;

    public CreateVm() {}

    /** Answer when it is ready, or has failed. */
    public CreateVm wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 10m when it is left out. */
    public CreateVm timeout(String value) {
      this.timeout = value;
      return this;
    }

    /** For 24 hours the same key and body of the same user give the same VM; another body is refused with 422. */
    public CreateVm idempotencyKey(String value) {
      this.idempotencyKey = value;
      return this;
    }
  }

  /** Of {@link Operations#listVms}. */
  public static final class ListVms {
    Boolean all;
    String user;
    String type;
    String state;
    String label;
    String name;
    Long limit;
    String cursor;

    public ListVms() {}

    /** Destroyed ones too. */
    public ListVms all(Boolean value) {
      this.all = value;
      return this;
    }

    /** Only this user's. */
    public ListVms user(String value) {
      this.user = value;
      return this;
    }

    /** Only of this type. */
    public ListVms type(String value) {
      this.type = value;
      return this;
    }

    /** Only in one of these states: ready,paused. */
    public ListVms state(String value) {
      this.state = value;
      return this;
    }

    /** Only with all of these labels: team=red,gpu. */
    public ListVms label(String value) {
      this.label = value;
      return this;
    }

    /** Only with this name. */
    public ListVms name(String value) {
      this.name = value;
      return this;
    }

    /** Entries of a page, at most 1000, usually 100. */
    public ListVms limit(Long value) {
      this.limit = value;
      return this;
    }

    /** The next of the page before. */
    public ListVms cursor(String value) {
      this.cursor = value;
      return this;
    }
  }

  /** Of {@link Operations#getVm}. */
  public static final class GetVm {
    Long after;
    String timeout;

    public GetVm() {}

    /** A revision: waits for a later one. */
    public GetVm after(Long value) {
      this.after = value;
      return this;
    }

    /** How long to wait at most, 30s when it is left out. */
    public GetVm timeout(String value) {
      this.timeout = value;
      return this;
    }
  }

  /** Of {@link Operations#updateVm}. */
  public static final class UpdateVm {
    String ifMatch;

    public UpdateVm() {}

    /** A VM's ETag: 412 when the VM has changed since that was given. */
    public UpdateVm ifMatch(String value) {
      this.ifMatch = value;
      return this;
    }
  }

  /** Of {@link Operations#destroyVm}. */
  public static final class DestroyVm {
    String wait;
    String timeout;
    String ifMatch;

    public DestroyVm() {}

    /** Answer when it is destroyed, or has failed. */
    public DestroyVm wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 10m when it is left out. */
    public DestroyVm timeout(String value) {
      this.timeout = value;
      return this;
    }

    /** A VM's ETag: 412 when the VM has changed since that was given. */
    public DestroyVm ifMatch(String value) {
      this.ifMatch = value;
      return this;
    }
  }

  /** Of {@link Operations#archiveVm}. */
  public static final class ArchiveVm {
    String wait;
    String timeout;
    String ifMatch;

    public ArchiveVm() {}

    /** Answer when it is archived, or has failed. */
    public ArchiveVm wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 10m when it is left out. */
    public ArchiveVm timeout(String value) {
      this.timeout = value;
      return this;
    }

    /** A VM's ETag: 412 when the VM has changed since that was given. */
    public ArchiveVm ifMatch(String value) {
      this.ifMatch = value;
      return this;
    }
  }

  /** Of {@link Operations#readBootConsole}. */
  public static final class ReadBootConsole {
    String tail;
    Boolean timestamps;
    String since;

    public ReadBootConsole() {}

    /** Only so many of its last lines; all when it is left out. */
    public ReadBootConsole tail(String value) {
      this.tail = value;
      return this;
    }

    /** Begins each line with its time, late by a second. */
    public ReadBootConsole timestamps(Boolean value) {
      this.timestamps = value;
      return this;
    }

    /** Only lines from this time on (RFC 3339). */
    public ReadBootConsole since(String value) {
      this.since = value;
      return this;
    }
  }

  /** Of {@link Operations#readConsole}. */
  public static final class ReadConsole {
    Boolean follow;
    String tail;
    Boolean timestamps;
    String since;

    public ReadConsole() {}

    /** Also what it says from now on. */
    public ReadConsole follow(Boolean value) {
      this.follow = value;
      return this;
    }

    /** Only so many of its last lines; all when it is left out. */
    public ReadConsole tail(String value) {
      this.tail = value;
      return this;
    }

    /** Begins each line with its time, late by a second. */
    public ReadConsole timestamps(Boolean value) {
      this.timestamps = value;
      return this;
    }

    /** Only lines from this time on (RFC 3339). */
    public ReadConsole since(String value) {
      this.since = value;
      return this;
    }
  }

  /** Of {@link Operations#testEgress}. */
  public static final class TestEgress {
    String url;

    public TestEgress() {}

    /** Of http or https. */
    public TestEgress url(String value) {
      this.url = value;
      return this;
    }
  }

  /** Of {@link Operations#getExec}. */
  public static final class GetExec {
    String wait;
    String timeout;

    public GetExec() {}

    /** Answer when it has ended. */
    public GetExec wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 30s when it is left out. */
    public GetExec timeout(String value) {
      this.timeout = value;
      return this;
    }
  }

  /** Of {@link Operations#readExecOutput}. */
  public static final class ReadExecOutput {
    Boolean follow;
    Long stdout;
    Long stderr;

    public ReadExecOutput() {}

    /** Go on until it ends. */
    public ReadExecOutput follow(Boolean value) {
      this.follow = value;
      return this;
    }

    /** Offset from which to read standard output. */
    public ReadExecOutput stdout(Long value) {
      this.stdout = value;
      return this;
    }

    /** Offset from which to read standard error. */
    public ReadExecOutput stderr(Long value) {
      this.stderr = value;
      return this;
    }
  }

  /** Of {@link Operations#runExperiments}. */
  public static final class RunExperiments {
    String within;

    public RunExperiments() {}

    /** 30s to 1h; 2m when it is left out. */
    public RunExperiments within(String value) {
      this.within = value;
      return this;
    }
  }

  /** Of {@link Operations#readFile}. */
  public static final class ReadFile {
    String path;
    String as;
    String range;

    public ReadFile(String path) {
      this.path = path;
    }

    /** What to give. */
    public ReadFile as(String value) {
      this.as = value;
      return this;
    }

    /** A part of a file, in bytes. */
    public ReadFile range(String value) {
      this.range = value;
      return this;
    }
  }

  /** Of {@link Operations#writeFile}. */
  public static final class WriteFile {
    String path;
    String as;
    String mode;
    Boolean parents;
    Boolean owners;

    public WriteFile(String path) {
      this.path = path;
    }

    /** What to write. */
    public WriteFile as(String value) {
      this.as = value;
      return this;
    }

    /** Permissions in octal, like 0644. */
    public WriteFile mode(String value) {
      this.mode = value;
      return this;
    }

    /** Make the folders that it lies in. */
    public WriteFile parents(Boolean value) {
      this.parents = value;
      return this;
    }

    /** As=tar: give files the owners that it names. */
    public WriteFile owners(Boolean value) {
      this.owners = value;
      return this;
    }
  }

  /** Of {@link Operations#changeFile}. */
  public static final class ChangeFile {
    String path;

    public ChangeFile(String path) {
      this.path = path;
    }
  }

  /** Of {@link Operations#removeFile}. */
  public static final class RemoveFile {
    String path;
    Boolean recursive;

    public RemoveFile(String path) {
      this.path = path;
    }

    /** With all that is in it. */
    public RemoveFile recursive(Boolean value) {
      this.recursive = value;
      return this;
    }
  }

  /** Of {@link Operations#watchFiles}. */
  public static final class WatchFiles {
    String path;
    Boolean recursive;

    public WatchFiles(String path) {
      this.path = path;
    }

    /** All that is in its folders, too. */
    public WatchFiles recursive(Boolean value) {
      this.recursive = value;
      return this;
    }
  }

  /** Of {@link Operations#killVm}. */
  public static final class KillVm {
    String wait;
    String timeout;
    String ifMatch;

    public KillVm() {}

    /** Answer when it is stopped, or has failed. */
    public KillVm wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 10m when it is left out. */
    public KillVm timeout(String value) {
      this.timeout = value;
      return this;
    }

    /** A VM's ETag: 412 when the VM has changed since that was given. */
    public KillVm ifMatch(String value) {
      this.ifMatch = value;
      return this;
    }
  }

  /** Of {@link Operations#rebuildVm}. */
  public static final class RebuildVm {
    String wait;
    String timeout;
    String ifMatch;

    public RebuildVm() {}

    /** Answer when it is ready, or has failed. */
    public RebuildVm wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 10m when it is left out. */
    public RebuildVm timeout(String value) {
      this.timeout = value;
      return this;
    }

    /** A VM's ETag: 412 when the VM has changed since that was given. */
    public RebuildVm ifMatch(String value) {
      this.ifMatch = value;
      return this;
    }
  }

  /** Of {@link Operations#restartVm}. */
  public static final class RestartVm {
    String wait;
    String timeout;
    String ifMatch;

    public RestartVm() {}

    /** Answer when it is ready, or has failed. */
    public RestartVm wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 10m when it is left out. */
    public RestartVm timeout(String value) {
      this.timeout = value;
      return this;
    }

    /** A VM's ETag: 412 when the VM has changed since that was given. */
    public RestartVm ifMatch(String value) {
      this.ifMatch = value;
      return this;
    }
  }

  /** Of {@link Operations#sleepVm}. */
  public static final class SleepVm {
    String wait;
    String timeout;
    String ifMatch;

    public SleepVm() {}

    /** Answer when it is asleep, or has failed. */
    public SleepVm wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 10m when it is left out. */
    public SleepVm timeout(String value) {
      this.timeout = value;
      return this;
    }

    /** A VM's ETag: 412 when the VM has changed since that was given. */
    public SleepVm ifMatch(String value) {
      this.ifMatch = value;
      return this;
    }
  }

  /** Of {@link Operations#startVm}. */
  public static final class StartVm {
    String wait;
    String timeout;
    String ifMatch;

    public StartVm() {}

    /** Answer when it is ready, or has failed. */
    public StartVm wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 10m when it is left out. */
    public StartVm timeout(String value) {
      this.timeout = value;
      return this;
    }

    /** A VM's ETag: 412 when the VM has changed since that was given. */
    public StartVm ifMatch(String value) {
      this.ifMatch = value;
      return this;
    }
  }

  /** Of {@link Operations#stopVm}. */
  public static final class StopVm {
    String wait;
    String timeout;
    String ifMatch;

    public StopVm() {}

    /** Answer when it is stopped, or has failed. */
    public StopVm wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 10m when it is left out. */
    public StopVm timeout(String value) {
      this.timeout = value;
      return this;
    }

    /** A VM's ETag: 412 when the VM has changed since that was given. */
    public StopVm ifMatch(String value) {
      this.ifMatch = value;
      return this;
    }
  }

  /** Of {@link Operations#suspendVm}. */
  public static final class SuspendVm {
    String wait;
    String timeout;
    String ifMatch;

    public SuspendVm() {}

    /** Answer when it is suspended, or has failed. */
    public SuspendVm wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 10m when it is left out. */
    public SuspendVm timeout(String value) {
      this.timeout = value;
      return this;
    }

    /** A VM's ETag: 412 when the VM has changed since that was given. */
    public SuspendVm ifMatch(String value) {
      this.ifMatch = value;
      return this;
    }
  }

  /** Of {@link Operations#listViews}. */
  public static final class ListViews {
    Long limit;
    String cursor;

    public ListViews() {}

    /** Entries of a page, at most 1000, usually 100. */
    public ListViews limit(Long value) {
      this.limit = value;
      return this;
    }

    /** The next of the page before. */
    public ListViews cursor(String value) {
      this.cursor = value;
      return this;
    }
  }

  /** Of {@link Operations#waitForVm}. */
  public static final class WaitForVm {
    String for_;
    String timeout;

    public WaitForVm() {}

    /** States, like ready,failed; when it is left out, any in which the VM stays by itself. */
    public WaitForVm for_(String value) {
      this.for_ = value;
      return this;
    }

    /** How long to wait at most, up to 10m; 1m when it is left out. */
    public WaitForVm timeout(String value) {
      this.timeout = value;
      return this;
    }
  }

  /** Of {@link Operations#wakeVm}. */
  public static final class WakeVm {
    String wait;
    String timeout;
    String ifMatch;

    public WakeVm() {}

    /** Answer when it is ready, or has failed. */
    public WakeVm wait(String value) {
      this.wait = value;
      return this;
    }

    /** How long to wait at most, 10m when it is left out. */
    public WakeVm timeout(String value) {
      this.timeout = value;
      return this;
    }

    /** A VM's ETag: 412 when the VM has changed since that was given. */
    public WakeVm ifMatch(String value) {
      this.ifMatch = value;
      return this;
    }
  }

  /** Of {@link Operations#listVolumes}. */
  public static final class ListVolumes {
    String user;
    Long limit;
    String cursor;

    public ListVolumes() {}

    /** Only this user's. */
    public ListVolumes user(String value) {
      this.user = value;
      return this;
    }

    /** Entries of a page, at most 1000, usually 100. */
    public ListVolumes limit(Long value) {
      this.limit = value;
      return this;
    }

    /** The next of the page before. */
    public ListVolumes cursor(String value) {
      this.cursor = value;
      return this;
    }
  }

  /** Of {@link Operations#getVolume}. */
  public static final class GetVolume {
    String user;

    public GetVolume() {}

    /** Whose it is; may be left out with a user's token. */
    public GetVolume user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#resizeVolume}. */
  public static final class ResizeVolume {
    String user;

    public ResizeVolume() {}

    /** Whose it is; may be left out with a user's token. */
    public ResizeVolume user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#removeVolume}. */
  public static final class RemoveVolume {
    String user;

    public RemoveVolume() {}

    /** Whose it is; may be left out with a user's token. */
    public RemoveVolume user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#exportVolume}. */
  public static final class ExportVolume {
    String user;

    public ExportVolume() {}

    /** Whose it is; may be left out with a user's token. */
    public ExportVolume user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#importVolume}. */
  public static final class ImportVolume {
    String user;

    public ImportVolume() {}

    /** Whose it is; may be left out with a user's token. */
    public ImportVolume user(String value) {
      this.user = value;
      return this;
    }
  }

  /** Of {@link Operations#listDeliveries}. */
  public static final class ListDeliveries {
    String state;
    Long limit;
    String cursor;

    public ListDeliveries() {}

    /** Only those in this state. */
    public ListDeliveries state(String value) {
      this.state = value;
      return this;
    }

    /** Entries of a page, at most 1000, usually 100. */
    public ListDeliveries limit(Long value) {
      this.limit = value;
      return this;
    }

    /** The next of the page before. */
    public ListDeliveries cursor(String value) {
      this.cursor = value;
      return this;
    }
  }
}
