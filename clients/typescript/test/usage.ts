// What the compiler takes of a program that uses the client, and what it does not. It is not run.
import { EventDocument, Page, Visco, ViscoError, VmDocument } from "../dist/index.js";

export async function uses(visco: Visco): Promise<string> {
  const vm: VmDocument = await visco.createVm({ vmType: "cli", env: { A: "b" } }, { wait: "ready" });
  // @ts-expect-error There is no such field.
  await visco.createVm({ vmTyp: "cli" });
  // @ts-expect-error There is no such value.
  await visco.createVm({}, { wait: "stopped" });
  // @ts-expect-error A path is needed.
  await visco.readFile(vm.vmId, {});
  const page: Page<VmDocument> = await visco.listVms({ limit: 10 });
  for await (const event of visco.run(page.items[0]!.vmId, { command: ["true"] })) {
    if (event.type === "exit") {
      return String(event.exitCode);
    }
    const data: Uint8Array = event.data;
    // @ts-expect-error Output has no exit code.
    return event.exitCode + data;
  }
  const events: AsyncIterable<EventDocument> = visco.followEvents({ kind: "vm" });
  for await (const event of events) {
    return event.vm ?? event.text;
  }
  const field = (error: unknown) => (error instanceof ViscoError ? error.field : undefined);
  return field(1) ?? "";
}
