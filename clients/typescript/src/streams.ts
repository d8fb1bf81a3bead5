import { ViscoConnectionError } from "./errors.js";

/** A server-sent event; one without data only tells a position. */
export interface ServerEvent {
  id: string | undefined;
  data: string;
}

/** The lines of an answer as they come, without their ends. Whoever stops reading ends the answer. */
export async function* lines(
  response: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, undefined> {
  if (response.body === null) {
    return;
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await whole(() => reader.read(), signal);
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const all = rest.split(/\r\n|\n/);
      rest = all.pop() ?? "";
      yield* all;
      if (done) {
        break;
      }
    }
    if (rest !== "") {
      yield rest;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Reads from an answer: fails with the signal's reason, or because the answer broke off. */
export async function whole<T>(
  read: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    signal?.throwIfAborted();
    throw new ViscoConnectionError("The answer broke off.", { cause: error });
  }
}

/** Server-sent events (HTML, 9.2), comments left out. */
export async function* serverEvents(
  response: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<ServerEvent, void, undefined> {
  let data: string[] = [];
  let id: string | undefined;
  for await (const line of lines(response, signal)) {
    if (line === "") {
      if (data.length > 0 || id !== undefined) {
        yield { id, data: data.join("\n") };
      }
      data = [];
      id = undefined;
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") {
      data.push(value);
    } else if (field === "id") {
      id = value;
    }
  }
}

/** The bytes of text in base64. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
