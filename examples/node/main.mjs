// What a small service does for each of its users: a VM of their own, a file, a prompt, a desktop.
//
//   VISCO_HOST=https://visco.example.com VISCO_TOKEN=… node main.mjs USER PROMPT
import { readFile } from "node:fs/promises";
import { Visco, ViscoError, VmFailedError } from "visco-client";

const [user = "anna", prompt = "What is a microVM?"] = process.argv.slice(2);
const visco = new Visco(); // By VISCO_HOST and VISCO_TOKEN.
const interrupted = new AbortController();
const { signal } = interrupted;
process.once("SIGINT", () => interrupted.abort(new Error("interrupted")));

/** Files of ours and the user's prompt; then the agent's answer, as it comes. */
async function answerPrompt(vm) {
  const agent = await readFile(new URL("../agent.sh", import.meta.url));
  await visco.writeFile(vm, agent, { path: "/usr/local/bin/agent", mode: "0755", signal });
  await visco.writeFile(vm, prompt, { path: "/srv/prompts/1.txt", parents: true, signal });
  const command = { command: ["agent", "/srv/prompts/1.txt"], timeout: "10m" };
  for await (const event of visco.run(vm, command, { signal })) {
    if (event.type === "stdout") {
      process.stdout.write(event.text);
    } else if (event.type === "stderr") {
      process.stderr.write(event.text);
    } else if (event.exitCode !== 0) {
      throw new Error(`The agent ended with ${event.exitCode}.`);
    }
  }
}

/** A link that opens the user's desktop once. Your page would show it, in a frame or a new tab. */
async function showDesktop(vm) {
  const { link } = await visco.createTicket(vm, { user }, { signal });
  console.log(`Desktop: ${link}`);
  console.log("Press Enter to end.");
  await new Promise((resolve, reject) => {
    process.stdin.once("data", resolve).once("end", resolve);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  process.stdin.unref?.();
}

async function serve() {
  // The time to live destroys it even if nobody calls destroyVm.
  const request = { userId: user, vmType: "browser", ttl: "2h", labels: { app: "example" } };
  const { vmId } = await visco.createVm(request, { signal });
  console.log(`VM: ${vmId}`);
  try {
    await visco.waitUntilReady(vmId, { timeout: 300_000, signal });
    await answerPrompt(vmId);
    await showDesktop(vmId);
  } catch (error) {
    if (error instanceof VmFailedError) {
      const { cause, remedy } = await visco.diagnoseVm(vmId);
      console.error(`${cause} ${remedy}`);
    }
    throw error;
  } finally {
    await visco.destroyVm(vmId, { wait: "destroyed" });
    console.log("Destroyed.");
  }
}

try {
  await serve();
} catch (error) {
  if (error instanceof ViscoError) {
    console.error(`Status ${error.status}: ${error.detail}`);
    console.error(error.field ? `It is about ${error.field}, which is "${error.value}".` : "");
    console.error(error.remedy ?? "");
  } else {
    console.error(error.message);
  }
  process.exitCode = 1;
}
