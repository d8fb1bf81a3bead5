// Servers and proxies that do not behave.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, beforeEach, test } from "node:test";
import { Visco, ViscoConnectionError, ViscoError } from "visco-client";

let asked = [];
/** What is done with each request in turn; the last one with all that follow. */
let answers = [];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", () => {
    asked.push({ method: request.method, url: request.url, headers: request.headers, body });
    (answers.length > 1 ? answers.shift() : answers[0])(request, response);
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
after(() => {
  server.close();
  server.closeAllConnections?.();
});
const url = `http://127.0.0.1:${server.address().port}`;
const visco = new Visco({ url, token: "t" });

beforeEach(() => {
  asked = [];
});

const reset = (request) => request.socket.destroy();
const json = (document, status = 200, headers = {}) => (_, response) => {
  const type = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "Content-Type": type, ...headers }).end(JSON.stringify(document));
};
const problem = (status) => ({ type: "about:blank", title: "no", status, detail: "It says no." });
const stream = (type, ...pieces) => (_, response) => {
  response.writeHead(200, { "Content-Type": type });
  pieces.forEach((piece) => response.write(piece));
  response.end();
};

test("too many requests are sent again after the time that the answer tells", async () => {
  answers = [json(problem(429), 429, { "Retry-After": "1" }), json({ removed: "x" })];
  const begun = Date.now();
  assert.deepEqual(await visco.removeVolume("x"), { removed: "x" });
  assert.equal(asked.length, 2);
  assert.ok(Date.now() - begun >= 990);
  answers = [json(problem(429), 429, { "Retry-After": "3600" })];
  const error = await visco.getMe().then(assert.fail, (refused) => refused);
  assert.equal(error.retryAfter, 3600);
  assert.equal(asked.length, 3);
});

test("a create is sent again with one key, a change is not", async () => {
  answers = [reset, json({ vmId: "vm-1" })];
  assert.equal((await visco.createVm({ vmType: "cli" })).vmId, "vm-1");
  assert.equal(asked.length, 2);
  assert.ok(asked[0].headers["idempotency-key"].length > 30);
  assert.equal(asked[0].headers["idempotency-key"], asked[1].headers["idempotency-key"]);
  assert.deepEqual([asked[0].body, asked[1].body], ['{"vmType":"cli"}', '{"vmType":"cli"}']);
  answers = [reset];
  await assert.rejects(visco.updateVm("vm-1", { name: "a" }), ViscoConnectionError);
  assert.equal(asked.length, 3);
  await assert.rejects(new Visco({ url, retries: 0 }).getMe(), ViscoConnectionError);
  assert.equal(asked.length, 4);
});

test("a proxy's own page is an error with its status", async () => {
  answers = [(_, response) => response.writeHead(502).end("<h1>Bad Gateway</h1>")];
  const error = await visco.getMe().then(assert.fail, (refused) => refused);
  assert.ok(error instanceof ViscoError);
  assert.equal(error.status, 502);
  assert.match(error.detail, /Bad Gateway/);
  assert.equal(asked.length, 3);
  answers = [(_, response) => response.writeHead(301, { Location: "https://x.example/" }).end()];
  await assert.rejects(visco.updateVm("vm-1"), ViscoConnectionError, "no token goes elsewhere");
});

test("half an answer is no answer", async () => {
  answers = [
    (request, response) => {
      response.writeHead(200, { "Content-Length": "1000" });
      response.write('{"half":', () => request.socket.destroy());
    },
  ];
  await assert.rejects(visco.getMe(), ViscoConnectionError);
});

test("paths, queries and headers are those of the description", async () => {
  answers = [json({})];
  const proxied = new Visco({ url: `${url}/lab/`, token: "t" });
  await proxied.removeFile("web box/1", { path: "/a b&c", recursive: true });
  assert.equal(asked[0].url, "/lab/api/v1/vms/web%20box%2F1/files?path=%2Fa+b%26c&recursive=true");
  assert.equal(asked[0].headers.authorization, "Bearer t");
  await visco.writeFile("vm-1", new Uint8Array([104, 105]), { path: "/x", mode: "0600" });
  assert.equal(asked[1].body, "hi");
  assert.equal(asked[1].headers["content-type"], "application/octet-stream");
  const pieces = new Blob(["one ", "two"]).stream();
  await visco.writeFile("vm-1", pieces, { path: "/x" });
  assert.equal(asked[2].body, "one two");
});

test("long work tells its progress and gives its result", async () => {
  const lines = '{"doing":"unpack","fraction":0.5}\n{"image":{"digest":"d"}}\n';
  answers = [stream("application/x-ndjson", lines.slice(0, 9), lines.slice(9))];
  const told = [];
  const onProgress = (doing, fraction) => told.push([doing, fraction]);
  assert.deepEqual(await visco.buildImage({ recipe: "cli" }, { onProgress }), { digest: "d" });
  assert.deepEqual(told, [["unpack", 0.5]]);
  answers = [stream("application/x-ndjson", JSON.stringify({ problem: problem(500) }) + "\n")];
  await assert.rejects(visco.buildImage({ recipe: "cli" }), { name: "ViscoError", status: 500 });
  answers = [stream("application/x-ndjson", '{"doing":"unpack","fraction":0.5}\n')];
  await assert.rejects(visco.buildImage({ recipe: "cli" }), ViscoConnectionError);
});

test("events are followed over broken connections, and none is missed", async () => {
  const event = (id, text) => `id: ${id}\nevent: vm-ready\ndata: {"id":${id},"text":"${text}"}\n\n`;
  const cut = (...pieces) => (request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    pieces.forEach((piece) => response.write(piece));
    setTimeout(() => request.socket.destroy(), 20);
  };
  const bytes = Buffer.from(event(7, "größer"));
  answers = [
    cut(": events of Visco\nid: 5\n\n"),
    reset,
    cut(bytes.subarray(0, 45), bytes.subarray(45)),
    cut(": heart beat\nid: 9\n\n"),
    cut(event(10, "b").replaceAll("\n", "\r\n")),
    json(problem(403), 403),
  ];
  const texts = [];
  const follow = async () => {
    for await (const one of visco.followEvents({ kind: "vm" })) {
      texts.push(one.text);
    }
  };
  await assert.rejects(follow(), { status: 403 });
  assert.deepEqual(texts, ["größer", "b"]);
  const last = asked.map((one) => one.headers["last-event-id"]);
  assert.deepEqual(last, [undefined, "5", "5", "7", "9", "10"]);
  assert.ok(asked.every((one) => one.headers.accept === "text/event-stream"));
});
