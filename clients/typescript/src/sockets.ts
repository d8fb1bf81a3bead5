import { GuestConnectionError, ViscoConnectionError } from "./errors.js";

/** Opens WebSockets into guests, each with a ticket. */
export class SocketFactory {
  readonly #url: string;
  readonly #type: typeof WebSocket | undefined;

  constructor(url: string, type: typeof WebSocket | undefined) {
    this.#url = url.replace(/^http/, "ws");
    this.#type = type ?? (globalThis as { WebSocket?: typeof WebSocket }).WebSocket;
  }

  /**
   * Resolves once it is open.
   *
   * @param ticket asks for one, which is good for half a minute
   */
  async open(path: string, ticket: () => Promise<string>): Promise<WebSocket> {
    if (this.#type === undefined) {
      throw new TypeError("There is no WebSocket here: give one as an option of the client.");
    }
    const protocols = ["visco.guest", `visco.ticket.${await ticket()}`];
    const socket = new this.#type(`${this.#url}/api/v1/vms/${path}`, protocols);
    socket.binaryType = "arraybuffer";
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(socket);
      socket.onerror = () => reject(new ViscoConnectionError(`${path} was not opened.`));
    });
  }
}

/** What comes over a WebSocket, in its order, until it is closed. */
class Received<T> {
  readonly #waiting: T[] = [];
  #wake: () => void = () => undefined;
  #ended: Error | null | undefined;

  push(one: T): void {
    this.#waiting.push(one);
    this.#wake();
  }

  /** Nothing more comes: because of an error, or as it should be. */
  end(error: Error | null): void {
    if (this.#ended === undefined) {
      this.#ended = error;
    }
    this.#wake();
  }

  async *all(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        yield next;
      } else if (this.#ended !== undefined) {
        if (this.#ended !== null) {
          throw this.#ended;
        }
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}

/** A command or a terminal in a guest. */
export class ExecSocket {
  readonly #socket: WebSocket;
  readonly #output = new Received<{ type: "stdout" | "stderr"; data: Uint8Array }>();

  /** The command's exit code; it fails when the connection breaks or the command cannot run. */
  readonly exitCode: Promise<number>;

  /** @internal */
  constructor(socket: WebSocket, start: object) {
    this.#socket = socket;
    this.exitCode = new Promise<number>((resolve, reject) => {
      const fail = (why: string) => {
        const error = new GuestConnectionError(why);
        reject(error);
        this.#output.end(error);
      };
      socket.onmessage = (message: MessageEvent<string | ArrayBuffer>) => {
        if (message.data instanceof ArrayBuffer) {
          const frame = new Uint8Array(message.data);
          this.#output.push({ type: frame[0] === 1 ? "stdout" : "stderr", data: frame.slice(1) });
          return;
        }
        const said = JSON.parse(message.data) as { exit?: number; error?: string };
        if (said.exit !== undefined) {
          resolve(said.exit);
          this.#output.end(null);
        } else {
          fail(said.error ?? "the connection has ended");
        }
      };
      socket.onclose = (event) => fail(event.reason || "the connection has ended");
    });
    // Whoever only reads the output is told there.
    this.exitCode.catch(() => undefined);
    socket.send(JSON.stringify(start));
  }

  /** What it writes, until it ends. */
  [Symbol.asyncIterator]() {
    return this.#output.all();
  }

  /** Input of the command. */
  write(input: string | Uint8Array): void {
    this.#socket.send(typeof input === "string" ? new TextEncoder().encode(input) : input);
  }

  /** No more input comes. */
  end(): void {
    this.#socket.send(JSON.stringify({ eof: true }));
  }

  /** Sends it a signal, like `TERM`. */
  signal(name: string): void {
    this.#socket.send(JSON.stringify({ signal: name }));
  }

  /** The size of its terminal has changed. */
  resize(columns: number, rows: number): void {
    this.#socket.send(JSON.stringify({ resize: [columns, rows] }));
  }

  /** Leaves it; what does not read or write runs on. */
  close(): void {
    this.#socket.close();
  }
}

/** A connection to a TCP port of a guest. */
export class PortSocket {
  readonly #socket: WebSocket;
  readonly #received = new Received<Uint8Array>();

  /** @internal */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = (message: MessageEvent<string | ArrayBuffer>) => {
      if (message.data instanceof ArrayBuffer) {
        this.#received.push(new Uint8Array(message.data));
      } else {
        this.#received.end(null);
      }
    };
    socket.onclose = (event) =>
      this.#received.end(event.code === 1000 ? null : new GuestConnectionError(event.reason));
  }

  /** What comes from there, until it says that no more does. */
  [Symbol.asyncIterator]() {
    return this.#received.all();
  }

  write(data: string | Uint8Array): void {
    this.#socket.send(typeof data === "string" ? new TextEncoder().encode(data) : data);
  }

  /** Nothing more comes from here. */
  end(): void {
    this.#socket.send(JSON.stringify({ eof: true }));
  }

  close(): void {
    this.#socket.close();
  }
}
