import { ViscoConnectionError, ViscoError } from "./errors.js";
import { Page, Pages } from "./pages.js";
import type { ProblemDocument } from "./schemas.js";
import { bytesOf, lines, serverEvents, whole } from "./streams.js";

/** What a body that is no JSON may be. */
export type BodyContent = string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array>;

/** What every call takes besides its own parameters. */
export interface CallOptions {
  /** Ends the call: its promise or iterator then fails with the signal's reason. */
  signal?: AbortSignal;
}

/** The same for long work. */
export interface ProgressOptions extends CallOptions {
  /** Is told what is being done, and which part of it is done: 0 to 1, negative where nobody knows. */
  onProgress?: (doing: string, fraction: number) => void;
}

/** Where the API is, and how it is asked. */
export interface ClientOptions {
  /** Like `https://visco.example.com`; `VISCO_HOST`, or `http://127.0.0.1:3000`, when left out. */
  url?: string;
  /** A bearer token; `VISCO_TOKEN` when left out. */
  token?: string;
  /** How often a call that is safe to repeat is sent again after it failed; 2 when left out. */
  retries?: number;
  /** Another `fetch`. */
  fetch?: typeof fetch;
  /** Another `WebSocket`, where there is none by itself (Node before 22). */
  WebSocket?: typeof WebSocket;
}

/** A call, as the description of the API has it. */
export interface Call {
  method: string;
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string | undefined>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, as this media type. */
  content?: { type: string; body: BodyContent };
  /** Statuses from 400 on that are no failure. */
  accept?: number[];
}

type Environment = { process?: { env?: Record<string, string | undefined> } };

const LONGEST_WAIT = 30_000;
const PASSING = [429, 502, 503, 504];

/** Sends calls, and reads answers of every kind. */
export class Transport {
  readonly url: string;
  readonly #token: string | undefined;
  readonly #retries: number;
  readonly #fetch: typeof fetch;

  constructor(options: ClientOptions) {
    const environment = (globalThis as Environment).process?.env ?? {};
    const url = options.url ?? environment["VISCO_HOST"] ?? "http://127.0.0.1:3000";
    this.url = url.replace(/\/+$/, "");
    this.#token = options.token ?? environment["VISCO_TOKEN"];
    this.#retries = options.retries ?? 2;
    this.#fetch = options.fetch ?? fetch;
  }

  /**
   * An answer that is a JSON document.
   *
   * @param base64 fields whose values are bytes
   */
  async json<T>(call: Call, options: CallOptions, base64: string[] = []): Promise<T> {
    const response = await this.response(call, options);
    return documentOf<T>(await whole(() => response.text(), options.signal), base64);
  }

  /** An answer without content. */
  async nothing(call: Call, options: CallOptions): Promise<void> {
    const response = await this.response(call, options);
    await whole(() => response.text(), options.signal);
  }

  /** A list in pages. */
  pages<T>(call: Call, options: CallOptions): Pages<T> {
    return new Pages<T>((cursor) => {
      const query = cursor === undefined ? call.query : { ...call.query, cursor };
      return this.json<Page<T>>({ ...call, query }, options);
    });
  }

  /** Long work: lines of progress, and the result at last. */
  async progress<T>(result: string, call: Call, options: ProgressOptions): Promise<T> {
    for await (const line of lines(await this.response(call, options), options.signal)) {
      const said = JSON.parse(line) as Record<string, unknown>;
      if (said["problem"] !== undefined) {
        throw new ViscoError(said["problem"] as ProblemDocument);
      } else if (said[result] !== undefined) {
        return said[result] as T;
      }
      options.onProgress?.(String(said["doing"]), Number(said["fraction"]));
    }
    throw new ViscoConnectionError("The answer ended before the result.");
  }

  /**
   * Documents as they come, by server-sent events, which keep a silent connection open.
   *
   * @param base64 fields whose values are bytes
   * @param position is told the ids of events, and those up to which there is none
   */
  async *stream<T>(
    call: Call,
    options: CallOptions,
    base64: string[] = [],
    position: (id: string) => void = () => undefined,
  ): AsyncGenerator<T, void, undefined> {
    const headers = { ...call.headers, Accept: "text/event-stream" };
    const response = await this.response({ ...call, headers }, options);
    for await (const event of serverEvents(response, options.signal)) {
      if (event.data !== "") {
        yield documentOf<T>(event.data, base64);
      }
      if (event.id !== undefined) {
        position(event.id);
      }
    }
  }

  /** The answer as `fetch` has it; one that refuses is thrown. */
  async response(call: Call, options: CallOptions): Promise<Response> {
    const body = call.json === undefined ? call.content?.body : JSON.stringify(call.json);
    const isWhole = !(body instanceof ReadableStream);
    const headers = new Headers();
    if (this.#token !== undefined) {
      headers.set("Authorization", `Bearer ${this.#token}`);
    }
    if (body !== undefined) {
      headers.set("Content-Type", call.content?.type ?? "application/json");
    }
    for (const [name, value] of Object.entries(call.headers ?? {})) {
      if (value !== undefined) {
        headers.set(name, value);
      }
    }
    const request = { method: call.method, headers, body, redirect: "error", signal: options.signal };
    // Node wants this for streams, and no type knows it.
    const sent = (isWhole ? request : { ...request, duplex: "half" }) as RequestInit;
    const isSafe = isWhole && (call.method === "GET" || headers.has("Idempotency-Key"));
    for (let failures = 0; ; failures++) {
      const isLast = failures >= this.#retries;
      let response: Response;
      try {
        response = await this.#fetch(this.url + call.path + queryOf(call), sent);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (isLast || !isSafe) {
          throw new ViscoConnectionError(`${this.url} does not answer.`, { cause: error });
        }
        await sleep(pause(failures), options.signal);
        continue;
      }
      if (response.ok || call.accept?.includes(response.status)) {
        return response;
      }
      const error = await refusal(response, options.signal);
      // What is too much was not done at all.
      const mayRepeat = isSafe || (isWhole && response.status === 429);
      const wait = (error.retryAfter ?? 0) * 1000 || pause(failures);
      if (isLast || !mayRepeat || !PASSING.includes(response.status) || wait > LONGEST_WAIT) {
        throw error;
      }
      await sleep(wait, options.signal);
    }
  }
}

function documentOf<T>(json: string, base64: string[]): T {
  const document = JSON.parse(json) as Record<string, unknown>;
  for (const field of base64) {
    const value = document[field];
    if (typeof value === "string") {
      document[field] = bytesOf(value);
    }
  }
  return document as T;
}

function queryOf(call: Call): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) {
      query.set(name, String(value));
    }
  }
  return query.toString() === "" ? "" : `?${query}`;
}

/** A proxy in between may answer with something else than a problem document. */
async function refusal(
  response: Response,
  signal: AbortSignal | undefined,
): Promise<ViscoError> {
  const body = await whole(() => response.text(), signal);
  const seconds = Number(response.headers.get("Retry-After") ?? "");
  const retryAfter = seconds > 0 ? seconds : undefined;
  if (response.headers.get("Content-Type")?.startsWith("application/problem+json")) {
    return new ViscoError(JSON.parse(body) as ProblemDocument, retryAfter);
  }
  const problem = {
    type: "about:blank",
    title: response.statusText,
    status: response.status,
    detail: `Status ${response.status}: ${body.slice(0, 500)}`,
  };
  return new ViscoError(problem, retryAfter);
}

/** Milliseconds: longer with each failure, and never the same for all. */
export function pause(failures: number): number {
  return Math.min(LONGEST_WAIT, 200 * 2 ** failures) * (0.5 + Math.random() / 2);
}

/** A key that no other call has. */
export function newKey(): string {
  const hex = () => Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, "0");
  // Node 18 has no crypto by itself; nobody guesses a key to gain anything.
  return globalThis.crypto?.randomUUID?.() ?? `${hex()}-${hex()}-${hex()}-${hex()}`;
}

/** Waits, unless the signal ends it. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", end, { once: true });
  });
}
