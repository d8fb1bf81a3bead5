export { Visco } from "./client.js";
export type { RunEvent, WaitOptions } from "./client.js";
export {
  GuestConnectionError,
  ViscoConnectionError,
  ViscoError,
  VmFailedError,
  WaitTimeoutError,
} from "./errors.js";
export * from "./operations.js";
export { Pages } from "./pages.js";
export type { Page } from "./pages.js";
export * from "./schemas.js";
export type { ExecSocket, PortSocket } from "./sockets.js";
export type { BodyContent, CallOptions, ClientOptions, ProgressOptions } from "./transport.js";
