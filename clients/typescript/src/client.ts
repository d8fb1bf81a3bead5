import { GuestConnectionError, ViscoError, VmFailedError, WaitTimeoutError } from "./errors.js";
import { Operations, StreamEventsOptions } from "./operations.js";
import type { EventDocument, ExecEvent, ExecRequest, FileDocument, VmDocument } from "./schemas.js";
import { ExecSocket, PortSocket, SocketFactory } from "./sockets.js";
import { CallOptions, ClientOptions, Transport, pause, sleep } from "./transport.js";

/** Output of a command as it comes; the last one is its end. */
export type RunEvent =
  | { type: "stdout" | "stderr"; data: Uint8Array; text: string }
  | { type: "exit"; exitCode: number; timedOut: boolean };

/** For how long to wait. */
export interface WaitOptions extends CallOptions {
  /** In milliseconds; ten minutes when left out. */
  timeout?: number;
}

/** One call waits no longer than this, whatever is between here and the API. */
const ONE_CALL = 30_000;

/** The API of Visco: a method for each of its operations, and what is made of several. */
export class Visco extends Operations {
  readonly #sockets: SocketFactory;

  constructor(options: ClientOptions = {}) {
    super(new Transport(options));
    this.#sockets = new SocketFactory(this.transport.url, options.WebSocket);
  }

  /**
   * Waits until a VM is in one of these states, like `"ready,stopped"`, and gives it.
   *
   * @throws WaitTimeoutError when the time is up
   */
  async waitFor(id: string, states: string, options: WaitOptions = {}): Promise<VmDocument> {
    const wanted = states.split(",");
    const end = Date.now() + (options.timeout ?? 600_000);
    for (;;) {
      const left = Math.max(1, Math.min(ONE_CALL, end - Date.now()));
      const asked = { for: states, timeout: `${Math.ceil(left)}ms`, signal: options.signal };
      const vm = await this.waitForVm(id, asked);
      if (wanted.includes(vm.state)) {
        return vm;
      } else if (Date.now() >= end) {
        throw new WaitTimeoutError(vm, states);
      }
    }
  }

  /**
   * Waits until a VM is ready: until every criterion is met.
   *
   * @throws VmFailedError when it fails; `diagnoseVm` tells why
   * @throws WaitTimeoutError when the time is up
   */
  async waitUntilReady(id: string, options: WaitOptions = {}): Promise<VmDocument> {
    const vm = await this.waitFor(id, "ready,failed,stopped,destroyed", options);
    if (vm.state !== "ready") {
      throw new VmFailedError(vm);
    }
    return vm;
  }

  /**
   * Runs a command in the guest, and gives its output as it comes. The loop ends with the command;
   * whoever leaves it earlier closes the command's input and output.
   *
   * @throws GuestConnectionError when the connection to the guest breaks
   */
  async *run(
    id: string,
    request: ExecRequest,
    options: CallOptions = {},
  ): AsyncGenerator<RunEvent, void, undefined> {
    const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
    for await (const event of this.execStream(id, request, options)) {
      yield runEvent(event, decoders);
    }
  }

  /** What a folder of the guest has in it. */
  async listFolder(id: string, path: string, options: CallOptions = {}): Promise<FileDocument[]> {
    const response = await this.readFile(id, { path, as: "list", ...options });
    return ((await response.json()) as { items: FileDocument[] }).items;
  }

  /** What is at a path of the guest. */
  async statFile(id: string, path: string, options: CallOptions = {}): Promise<FileDocument> {
    const response = await this.readFile(id, { path, as: "stat", ...options });
    return (await response.json()) as FileDocument;
  }

  /**
   * Events from now on, or after `lastEventId`. When the connection breaks it goes on where it was,
   * and misses none; it ends with `signal`, or when the API refuses it.
   */
  async *followEvents(
    options: StreamEventsOptions = {},
  ): AsyncGenerator<EventDocument, void, undefined> {
    let last = options.lastEventId;
    for (let failures = 0; ; ) {
      try {
        const call = { ...options, lastEventId: last };
        for await (const event of this.streamEvents(call, (id) => (last = id))) {
          failures = 0;
          yield event;
        }
      } catch (error) {
        options.signal?.throwIfAborted();
        if (error instanceof ViscoError && error.status < 500 && error.status !== 429) {
          throw error;
        }
      }
      await sleep(pause(failures++), options.signal);
    }
  }

  /** Runs a command or a terminal whose input comes bit by bit. */
  async openExec(
    id: string,
    start: ExecRequest & { tty?: boolean; term?: string; resize?: [number, number] },
  ): Promise<ExecSocket> {
    return new ExecSocket(await this.#open(id, "exec"), start);
  }

  /** Connects to a TCP port of the guest, of its `localhost` too. */
  async openPort(id: string, port: number): Promise<PortSocket> {
    return new PortSocket(await this.#open(id, `ports/${port}`));
  }

  #open(id: string, path: string): Promise<WebSocket> {
    const ticket = async () => (await this.createGuestTicket(id)).ticket;
    return this.#sockets.open(`${encodeURIComponent(id)}/${path}`, ticket);
  }
}

function runEvent(
  event: ExecEvent,
  decoders: { stdout: TextDecoder; stderr: TextDecoder },
): RunEvent {
  switch (event.type) {
    case "stdout":
    case "stderr": {
      const data = event.data ?? new Uint8Array();
      // A letter may come in two pieces.
      return { type: event.type, data, text: decoders[event.type].decode(data, { stream: true }) };
    }
    case "exit":
      return { type: "exit", exitCode: event.exitCode ?? 0, timedOut: event.timedOut ?? false };
    default:
      throw new GuestConnectionError(event.detail ?? `what is "${event.type}"?`);
  }
}
