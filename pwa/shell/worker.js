// The worker in which the app's Python runs, or in which its snapshot is made.
// First message: {kind: "boot", port, snapshot: bool, ...what Python is told} or {kind: "freeze"}.
// Everything is asked for at once; nothing waits for the page.
import { installApp, makeSnapshot } from "/freezer.js";
import * as network from "/network.js";
import { moduleFactory, STAND_IN } from "/python.js";
import * as store from "/store.js";

// For Python a rejection must be an Error with a stack: what WebKit's fetch and IndexedDB reject with has none, is no
// exception to Pyodide, and whoever awaits it waits for ever.
const proper = (error) => { throw Object.assign(new Error(error?.message ?? String(error)), { name: error?.name ?? "Error" }); };
const forPython = (module) => Object.fromEntries(Object.entries(module).map(([name, work]) => [name, (...given) => {
  const answer = work(...given);
  return answer instanceof Promise ? answer.catch(proper) : answer;
}]));
Object.assign(globalThis, { qudaoNetwork: forPython(network), qudaoStore: forPython(store) }); // js.qudaoStore in Python

const settings = "__SETTINGS__";
const SNAPSHOTS = "qudao-snapshots";
const began = performance.now();
const marks = {};
const mark = (name) => { marks[name] = Math.round(performance.now() - began); };

const bytesOf = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};

// The snapshot this phone made for this version, {bytes: a promise}, or null. Reading it need not hold anything up.
async function keptSnapshot() {
  try {
    const kept = await (await caches.open(SNAPSHOTS)).match(settings.snapshot);
    if (!kept) return null;
    const bytes = kept.arrayBuffer().then((buffer) => new Uint8Array(buffer));
    bytes.catch(() => {});
    return { bytes };
  } catch {
    return null;
  }
}

const wasm = WebAssembly.compileStreaming(fetch(settings.wasm));
const extensionBytes = bytesOf(settings.extension);
const extension = extensionBytes.then((bytes) => WebAssembly.compile(bytes));
const pyodideModule = import(settings.pyodide);
const createModule = import(settings.createModule).then((module) => module.default);
const kept = keptSnapshot();
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
  await (await caches.open(SNAPSHOTS)).delete(settings.snapshot);
  return null;
}

async function parts() {
  const [pack, packPy, text] = await Promise.all([bytesOf(settings.pack), bytesOf(settings.packPy), bytesOf(settings.appInfo)]);
  const { files, warm, forgotten } = JSON.parse(new TextDecoder().decode(text));
  return { pack, packPy: new TextDecoder().decode(packPy), extensionBytes: await extensionBytes, files, warm, forgotten };
}

async function fromNothing() {
  const app = parts();
  const createPyodideModule = moduleFactory(await createModule, extension, { wasm });
  const python = await loadPyodide({ ...common(settings.stdlib), createPyodideModule });
  installApp(python, await app);
  mark("loaded");
  return python;
}

async function boot({ port, snapshot: wanted, ...rest }) {
  store.loadImageEarly(rest.session.user.id);
  let snapshot = wanted ? await kept : null;
  let python = null;
  if (snapshot) python = await fromSnapshot(snapshot.bytes).catch(forgetSnapshot);
  if (!python) {
    snapshot = null;
    python = await fromNothing();
  }
  const main = python.pyimport("pwa.browser.main");
  mark("imported");
  main.start(port, JSON.stringify({ ...rest, root: settings.root }));
  mark("started");
  port.postMessage({ kind: "marks", marks, frozen: snapshot !== null });
}

async function freeze() {
  if (await kept) return;
  const made = await makeSnapshot({
    ...(await parts()), loadPyodide, wasm, createModule: await createModule, extension, options: common(settings.stdlib),
  });
  const cache = await caches.open(SNAPSHOTS);
  await cache.put(settings.snapshot, new Response(made.snapshot, { headers: { "Content-Type": "application/octet-stream" } }));
}

self.onmessage = async ({ data }) => {
  self.onmessage = null;
  try {
    if (data.kind === "freeze") {
      await freeze();
      self.postMessage({ kind: "frozen" });
    } else await boot(data);
  } catch (error) {
    console.error(error);
    (data.port ?? self).postMessage({ kind: "failed", reason: String(error?.stack ?? error) });
  }
};
