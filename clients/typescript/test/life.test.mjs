// A VM's life through the API of a daemon: VISCO_HOST and VISCO_TOKEN name it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Visco, ViscoError, WaitTimeoutError } from "visco-client";

const visco = new Visco();

test("a VM is created, waited for, changed, listed and destroyed", async () => {
  const created = await visco.createVm({ userId: "anna", vmType: "cli", labels: { app: "shop" } });
  const vm = await visco.waitUntilReady(created.vmId);
  assert.equal(vm.state, "ready");
  assert.equal(vm.userId, "anna");
  const named = await visco.updateVm(vm.vmId, { name: "box" }, { ifMatch: `"${vm.revision}"` });
  assert.equal(named.name, "box");
  await assert.rejects(visco.updateVm(vm.vmId, { name: "b" }, { ifMatch: '"1"' }), { status: 412 });
  assert.equal((await visco.getVm("box")).vmId, vm.vmId);
  const listed = await visco.listVms({ label: "app=shop", state: "ready" });
  assert.deepEqual(listed.items.map((one) => one.vmId), [vm.vmId]);
  assert.equal(listed.next, null);
  const stopped = await visco.stopVm(vm.vmId, { grace: "5s" }, { wait: "stopped" });
  assert.equal(stopped.state, "stopped");
  const gone = await visco.destroyVm(vm.vmId, { wait: "destroyed" });
  assert.equal(gone.state, "destroyed");
  await assert.rejects(visco.waitUntilReady(vm.vmId), { name: "VmFailedError" });
});

test("a create that is sent again with its key makes no second VM", async () => {
  const options = { idempotencyKey: "order-7" };
  const first = await visco.createVm({ userId: "bert", vmType: "cli" }, options);
  const again = await visco.createVm({ userId: "bert", vmType: "cli" }, options);
  assert.equal(again.vmId, first.vmId);
  const other = visco.createVm({ userId: "bert", vmType: "cli", ttl: "1h" }, options);
  await assert.rejects(other, { status: 422 });
  const fresh = await visco.createVm({ userId: "bert", vmType: "cli" });
  assert.notEqual(fresh.vmId, first.vmId);
});

test("a list is gone through page by page", async () => {
  const made = [];
  for (let at = 0; at < 3; at++) {
    made.push((await visco.createVm({ userId: "carl", vmType: "cli" })).vmId);
  }
  const page = await visco.listVms({ user: "carl", limit: 2 });
  assert.equal(page.items.length, 2);
  assert.ok(page.next);
  const rest = await visco.listVms({ user: "carl", limit: 2, cursor: page.next });
  assert.equal(rest.items.length, 1);
  const seen = [];
  for await (const vm of visco.listVms({ user: "carl", limit: 1 })) {
    seen.push(vm.vmId);
  }
  assert.deepEqual(seen.sort(), made.sort());
  assert.equal((await visco.listVms({ user: "carl", limit: 1 }).all()).length, 3);
});

test("a refusal tells the field, its value and the remedy", async () => {
  const error = await visco.listVms({ limit: 0 }).then(assert.fail, (refused) => refused);
  assert.ok(error instanceof ViscoError);
  assert.equal(error.status, 400);
  assert.equal(error.type, "urn:visco:problem:invalid");
  assert.equal(error.field, "limit");
  assert.equal(error.value, "0");
  assert.match(error.remedy, /1/);
  assert.ok(error.message.includes(error.remedy));
  await assert.rejects(visco.getVm("vm-00000000"), { name: "ViscoError", status: 404 });
  const stranger = new Visco({ token: "visco-unknown" });
  await assert.rejects(stranger.getMe(), { status: 401 });
});

test("a user's token sees what is that user's", async () => {
  await visco.createUser({ id: "dora" });
  const token = await visco.createToken({ name: "dora-app", role: "user", user: "dora" });
  const dora = new Visco({ token: token.secret });
  assert.equal((await dora.getMe()).user, "dora");
  const mine = await dora.createVm({ vmType: "cli" });
  assert.equal(mine.userId, "dora");
  assert.deepEqual((await dora.listVms().all()).map((vm) => vm.vmId), [mine.vmId]);
});

test("events are followed until a signal ends it", async () => {
  const end = new AbortController();
  const before = (await visco.listEvents({ limit: 1 })).items[0]?.id ?? 0;
  const vm = await visco.createVm({ userId: "emil", vmType: "cli" });
  const kinds = [];
  const reason = new Error("seen enough");
  const options = { lastEventId: String(before), vm: vm.vmId, kind: "vm", signal: end.signal };
  const follow = async () => {
    for await (const event of visco.followEvents(options)) {
      assert.equal(event.vm, vm.vmId);
      kinds.push(event.kind);
      if (event.kind === "vm-ready") {
        end.abort(reason);
      }
    }
  };
  await assert.rejects(follow(), reason);
  assert.equal(kinds[0], "vm-created");
});

test("whoever waits is told when the time is up, or ended by a signal", async () => {
  const { vmId } = await visco.createVm({ userId: "fritz", vmType: "cli" });
  await visco.waitUntilReady(vmId);
  const late = visco.waitFor(vmId, "paused", { timeout: 50 });
  await assert.rejects(late, (error) => error instanceof WaitTimeoutError && error.vm.vmId === vmId);
  const reason = new Error("no longer wanted");
  const end = new AbortController();
  const waiting = visco.waitFor(vmId, "paused", { signal: end.signal });
  end.abort(reason);
  await assert.rejects(waiting, reason);
});

test("what is no JSON is an answer of fetch", async () => {
  assert.equal((await visco.getHealth()).status, "ok");
  assert.match(await (await visco.getMetrics()).text(), /^visco_/m);
  assert.equal((await visco.describe()).openapi, "3.1.0");
});
