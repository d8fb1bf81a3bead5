// Commands of a guest that knows cat, fail, hang and sleep: VISCO_VM names it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GuestConnectionError, Visco } from "visco-client";

const visco = new Visco();
const vm = process.env.VISCO_VM;

async function seen(request, options) {
  const all = [];
  for await (const event of visco.run(vm, request, options)) {
    all.push(event.type === "exit" ? event : { type: event.type, text: event.text });
  }
  return all;
}

test("output, errors and the exit code come as they are", async () => {
  assert.deepEqual(await seen({ command: ["cat"], stdin: "hé\n" }), [
    { type: "stdout", text: "hé\n" },
    { type: "exit", exitCode: 0, timedOut: false },
  ]);
  assert.deepEqual(await seen({ command: ["fail"] }), [
    { type: "stderr", text: "it failed\n" },
    { type: "exit", exitCode: 3, timedOut: false },
  ]);
  const whole = await visco.exec(vm, { command: ["cat"], stdin: "in" });
  assert.deepEqual(whole, { exitCode: 0, stdout: "in", stderr: "" });
});

test("a connection to the guest that breaks is no end of the command", async () => {
  await assert.rejects(seen({ command: ["hang"] }), GuestConnectionError);
});

test("a signal ends it", async () => {
  const end = new AbortController();
  const reason = new Error("the user has left");
  setTimeout(() => end.abort(reason), 20);
  await assert.rejects(seen({ command: ["sleep"] }, { signal: end.signal }), reason);
});

test("without a WebSocket it says what to give", { skip: !!globalThis.WebSocket }, async () => {
  await assert.rejects(visco.openPort(vm, 80), { name: "TypeError", message: /option/ });
});
