import type { ObjectionDocument, ProblemDocument, Remedy, VmDocument } from "./schemas.js";

/** What the API refused, or what failed on its host: a problem document (RFC 9457). */
export class ViscoError extends Error {
  override readonly name: string = "ViscoError";
  /** Of the answer, like 404. */
  readonly status: number;
  /** Which kind of problem, like `urn:visco:problem:invalid`. */
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  /** The field or parameter that is wrong, if one is. */
  readonly field: string | undefined;
  /** Its value. */
  readonly value: string | undefined;
  /** What to do about it, for people. */
  readonly remedy: string | undefined;
  /** The same as fields, by their `kind`. */
  readonly actions: Remedy[];
  /** Why a boot cannot work, when that was refused. */
  readonly objections: ObjectionDocument[];
  /** Seconds after which to try again, where the answer says so. */
  readonly retryAfter: number | undefined;

  constructor(problem: ProblemDocument, retryAfter?: number) {
    super(problem.remedy === undefined ? problem.detail : `${problem.detail} ${problem.remedy}`);
    this.status = problem.status;
    this.type = problem.type;
    this.title = problem.title;
    this.detail = problem.detail;
    this.field = problem.field;
    this.value = problem.value;
    this.remedy = problem.remedy;
    this.actions = problem.actions ?? [];
    this.objections = problem.objections ?? [];
    this.retryAfter = retryAfter;
  }
}

/** No answer, or one that broke off: `cause` tells why. */
export class ViscoConnectionError extends Error {
  override readonly name: string = "ViscoConnectionError";

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
  }
}

/** The connection to the guest broke while a command ran there. */
export class GuestConnectionError extends Error {
  override readonly name: string = "GuestConnectionError";
}

/** A VM that was waited for has failed; it stays with its evidence until it is destroyed. */
export class VmFailedError extends Error {
  override readonly name: string = "VmFailedError";
  readonly vm: VmDocument;

  constructor(vm: VmDocument) {
    super(`The VM ${vm.vmId} is ${vm.state}: ${vm.failure ?? "it does not say why"}`);
    this.vm = vm;
  }
}

/** A VM is not in the state that was waited for when the time was up. */
export class WaitTimeoutError extends Error {
  override readonly name: string = "WaitTimeoutError";
  readonly vm: VmDocument;

  constructor(vm: VmDocument, states: string) {
    super(`The VM ${vm.vmId} is ${vm.state} (${vm.step}) and not ${states} when the time was up`);
    this.vm = vm;
  }
}
