// A real guest: VISCO_VM names it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GuestConnectionError, Visco } from "visco-client";

const visco = new Visco();
const vm = process.env.VISCO_VM;
const sockets = { skip: !globalThis.WebSocket };

async function text(pieces) {
  const all = [];
  for await (const piece of pieces) {
    all.push(piece.data ?? piece);
  }
  return Buffer.concat(all).toString();
}

test("files are written, listed, read and removed", async () => {
  const bytes = new Uint8Array([0, 255, 10, 13, 0]);
  await visco.writeFile(vm, bytes, { path: "/srv/client/a.bin", parents: true, mode: "0600" });
  const stat = await visco.statFile(vm, "/srv/client/a.bin");
  assert.deepEqual([stat.kind, stat.size, stat.mode], ["file", 5, "0600"]);
  const names = (await visco.listFolder(vm, "/srv/client")).map((file) => file.name);
  assert.deepEqual(names, ["a.bin"]);
  const file = await visco.readFile(vm, { path: "/srv/client/a.bin" });
  assert.deepEqual(new Uint8Array(await file.arrayBuffer()), bytes);
  const part = await visco.readFile(vm, { path: "/srv/client/a.bin", range: "bytes=1-2" });
  assert.equal(part.status, 206);
  assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.slice(1, 3));
  await visco.removeFile(vm, { path: "/srv/client", recursive: true });
  await assert.rejects(visco.statFile(vm, "/srv/client"), { status: 404 });
});

test("a command that runs detached is found again", async () => {
  const { exec } = await visco.startExec(vm, { command: ["sh", "-c", "echo one; echo two >&2"] });
  const ended = await visco.getExec(vm, exec, { wait: "exited", timeout: "1m" });
  assert.equal(ended.exitCode, 0);
  const output = {};
  for await (const event of visco.readExecOutput(vm, exec)) {
    output[event.type] = event.data ? Buffer.from(event.data).toString() : event.exitCode;
  }
  assert.deepEqual(output, { stdout: "one\n", stderr: "two\n", exit: 0 });
});

test("input goes into a command bit by bit, over a WebSocket", sockets, async () => {
  const cat = await visco.openExec(vm, { command: ["cat"] });
  cat.write("one ");
  cat.write(new TextEncoder().encode("two"));
  cat.end();
  assert.equal(await text(cat), "one two");
  assert.equal(await cat.exitCode, 0);
  const endless = await visco.openExec(vm, { command: ["sh", "-c", "echo up; exec sleep 600"] });
  for await (const piece of endless) {
    if (Buffer.from(piece.data).toString() === "up\n") {
      endless.signal("TERM");
    }
  }
  assert.equal(await endless.exitCode, 143);
  const missing = await visco.openExec(vm, { command: [] });
  await assert.rejects(missing.exitCode, GuestConnectionError);
});

test("a terminal has a size", sockets, async () => {
  const shell = await visco.openExec(vm, { command: ["stty", "size"], tty: true, resize: [70, 20] });
  // A guest's sshd may say something of its own before.
  assert.match(await text(shell), /(^|\n)20 70\s*$/);
});

test("a port of the guest is connected to", sockets, async () => {
  const ssh = await visco.openPort(vm, 22);
  for await (const piece of ssh) {
    assert.match(Buffer.from(piece).toString(), /^SSH-2\.0-/);
    break;
  }
  ssh.close();
  const closed = await visco.openPort(vm, 9);
  await assert.rejects(text(closed), GuestConnectionError);
});

test("output that is no text is kept whole", async () => {
  const answer = await visco.exec(vm, { command: ["printf", "a\\377"] });
  assert.equal(answer.exitCode, 0);
  assert.deepEqual(answer.stdoutBase64, new Uint8Array([97, 255]));
});
