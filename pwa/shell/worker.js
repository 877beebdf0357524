// The worker in which the app's Python runs, or in which its snapshot is made.
// Messages: {kind: "begin", user, snapshot: bool (to be used), frozen: bool (there is one)}, at which Python starts,
// {kind: "ahead", found} with what the page read for it (store.js), in answer to {kind: "begun"}, and {kind: "boot", port,
// ...what Python is told}; or {kind: "freeze"} alone. Everything is asked for at once, before the page says anything.
import * as files from "/files.js";
import { installApp, makeSnapshot } from "/freezer.js";
import * as network from "/network.js";
import { moduleFactory, STAND_IN } from "/python.js";
import { dropSnapshot, keepSnapshot, openSnapshot } from "/snapshots.js";
import * as store from "/store.js";

// For Python a rejection must be an Error with a stack: what WebKit's fetch and IndexedDB reject with has none, is no
// exception to Pyodide, and whoever awaits it waits for ever.
const proper = (error) => { throw Object.assign(new Error(error?.message ?? String(error)), { name: error?.name ?? "Error" }); };
const forPython = (module) => Object.fromEntries(Object.entries(module).map(([name, work]) => [name, (...given) => {
  const answer = work(...given);
  return answer instanceof Promise ? answer.catch(proper) : answer;
}]));
Object.assign(globalThis, { qudaoNetwork: forPython(network), qudaoStore: forPython(store), qudaoFiles: forPython(files) }); // js.qudaoStore in Python

const settings = "__SETTINGS__";
const began = performance.now();
const marks = {};
const mark = (name) => { marks[name] = Math.round(performance.now() - began); };

const bytesOf = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};

// The browser keeps code that was streamed, with what first ran of it: that is to be a start, not the making of a
// snapshot, which runs half as much again.
const wasm = self.name === "freeze"
  ? bytesOf(settings.wasm).then((bytes) => WebAssembly.compile(bytes))
  : WebAssembly.compileStreaming(fetch(settings.wasm));
const extensionBytes = bytesOf(settings.extension);
const extension = extensionBytes.then((bytes) => WebAssembly.compile(bytes));
const pyodideModule = import(settings.pyodide);
const createModule = import(settings.createModule).then((module) => module.default);
const kept = openSnapshot(settings.snapshot); // null where there is none
for (const [name, promise] of Object.entries({ wasm, extensionBytes, pyodideModule, createModule, kept })) promise.then(() => mark(name), () => {});
for (const promise of [wasm, extensionBytes, extension, pyodideModule, createModule]) promise.catch(() => {}); // reported in boot()

// Pyodide asks for its wasm file by itself; ours is under way already. The standard library is in the snapshot;
// an empty archive stands in for its file.
const NO_STDLIB = "/none/stdlib.zip";
const EMPTY_ZIP = new Uint8Array([0x50, 0x4b, 5, 6, ...new Array(18).fill(0)]);
const realFetch = self.fetch.bind(self);
const hushedFetch = async (input, init) => {
  const url = String(input?.url ?? input);
  if (url.endsWith(settings.wasm)) return new Response(null, { headers: { "Content-Type": "application/wasm" } });
  if (url.endsWith(NO_STDLIB)) return new Response(EMPTY_ZIP);
  return realFetch(input, init);
};

const common = (stdLibURL) => ({
  indexURL: settings.wasm.slice(0, settings.wasm.lastIndexOf("/") + 1),
  lockFileContents: { info: settings.lockInfo, packages: {} },
  packageBaseUrl: "/none/",
  stdout: (text) => console.log(text),
  stderr: (text) => console.warn(text),
  stdLibURL,
});

async function loadPyodide(options) {
  self.fetch = hushedFetch;
  try {
    return await (await pyodideModule).loadPyodide(options);
  } finally {
    self.fetch = realFetch;
  }
}

async function fromSnapshot(snapshot) {
  const createPyodideModule = moduleFactory(await createModule, extension, { snapshot, wasm, mark });
  mark("scripts");
  const python = await loadPyodide({ ...common(NO_STDLIB), _loadSnapshot: STAND_IN, createPyodideModule });
  mark("restored");
  return python;
}

// A damaged one costs a slow start, and is made anew afterwards.
async function forgetSnapshot(error) {
  console.warn("snapshot:", error);
  (await kept)?.close();
  await dropSnapshot(settings.snapshot);
  return null;
}

async function parts() {
  const [pack, packPy, text] = await Promise.all([bytesOf(settings.pack), bytesOf(settings.packPy), bytesOf(settings.appInfo)]);
  const { files, warm, forgotten } = JSON.parse(new TextDecoder().decode(text));
  return { pack, packPy: new TextDecoder().decode(packPy), extensionBytes: await extensionBytes, files, warm, forgotten };
}

async function fromNothing() {
  const app = await parts(); // read while wasm still compiles; without them there is no point in going on
  const createPyodideModule = moduleFactory(await createModule, extension, { wasm });
  const python = await loadPyodide({ ...common(settings.stdlib), createPyodideModule });
  installApp(python, app);
  mark("loaded");
  return python;
}

// Python with its modules, and whether it came from a snapshot.
async function start({ snapshot: wanted, frozen: expected }) {
  if (!wanted) (await kept)?.close();
  // Where one is known to be, opening it holds nothing up.
  const python = wanted && (expected || (await kept)) && (await fromSnapshot(kept).catch(forgetSnapshot));
  return python ? { python, frozen: true } : { python: await fromNothing(), frozen: false };
}

let starting = null;

function begin(message) {
  store.expectAhead(message.user);
  self.postMessage({ kind: "begun" });
  starting = start(message);
  starting.catch(() => {}); // reported in boot()
}

async function boot({ port, ...rest }) {
  mark("told");
  const { python, frozen } = await starting;
  const main = python.pyimport("pwa.browser.main");
  mark("imported");
  main.start(port, JSON.stringify({ ...rest, root: settings.root }));
  mark("started");
  port.postMessage({ kind: "marks", marks: { origin: performance.timeOrigin + began, ...marks }, frozen });
}

async function freeze() {
  const present = await kept;
  if (present) return present.close();
  const made = await makeSnapshot({
    ...(await parts()), loadPyodide, wasm, createModule: await createModule, extension, options: common(settings.stdlib),
  });
  await keepSnapshot(settings.snapshot, made.snapshot);
}

const deeds = {
  begin,
  boot,
  ahead: ({ found }) => store.takeAhead(found),
  async freeze() {
    await freeze();
    self.postMessage({ kind: "frozen", snapshot: settings.snapshot });
  },
};

self.onmessage = async ({ data }) => {
  try {
    await deeds[data.kind](data);
  } catch (error) {
    console.error(error);
    (data.port ?? self).postMessage({ kind: "failed", reason: String(error?.stack ?? error) });
  }
};
