// The worker in which the app's Python runs. First message: {port, snapshot: bool, ...what Python is told}.
// Everything is asked for at once; nothing waits for the page.
import { moduleFactory, EXTENSION } from "/python.js";
import * as network from "/network.js";
import * as store from "/store.js";

Object.assign(globalThis, { qudaoNetwork: network, qudaoStore: store }); // js.qudaoStore in Python

const settings = "__SETTINGS__";
const began = performance.now();
const marks = {};
const mark = (name) => { marks[name] = Math.round(performance.now() - began); };

const bytesOf = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};
const wasm = WebAssembly.compileStreaming(fetch(settings.wasm));
const extension = WebAssembly.compileStreaming(fetch(settings.extension))
  .catch(() => bytesOf(settings.extension));
const pyodideModule = import(settings.pyodide);
const createModule = import(settings.createModule).then((module) => module.default);
for (const promise of [wasm, extension, pyodideModule, createModule]) promise.catch(() => {}); // reported in boot()

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

const common = () => ({
  indexURL: settings.wasm.slice(0, settings.wasm.lastIndexOf("/") + 1),
  lockFileContents: { info: settings.lockInfo, packages: {} },
  packageBaseUrl: "/none/",
  stdout: (text) => console.log(text),
  stderr: (text) => console.warn(text),
});

async function load(options) {
  self.fetch = hushedFetch;
  try {
    return await (await pyodideModule).loadPyodide(options);
  } finally {
    self.fetch = realFetch;
  }
}

async function fromSnapshot(bytes) {
  const factory = moduleFactory(await createModule, extension, { snapshot: bytes, deltaLength: settings.deltaLength, wasm });
  mark("scripts");
  const python = await load({ ...common(), _loadSnapshot: bytes, createPyodideModule: factory, stdLibURL: NO_STDLIB });
  mark("restored");
  return python;
}

async function fromNothing() {
  const [pack, packPy] = await Promise.all([bytesOf(settings.pack), bytesOf(settings.packPy)]);
  const factory = moduleFactory(await createModule, extension, { wasm });
  const python = await load({ ...common(), createPyodideModule: factory, stdLibURL: settings.stdlib });
  python.FS.mkdirTree(EXTENSION.slice(0, EXTENSION.lastIndexOf("/")));
  python.FS.writeFile(EXTENSION, await bytesOf(settings.extension));
  python.runPython(new TextDecoder().decode(packPy));
  python.FS.writeFile("/tmp/pack", pack);
  python.runPython('with open("/tmp/pack", "rb") as _file:\n    install_pack(_file.read())\n');
  mark("loaded");
  return python;
}

async function boot({ port, snapshot, ...rest }) {
  const bytes = snapshot ? bytesOf(settings.snapshot) : null;
  const python = bytes ? await fromSnapshot(await bytes) : await fromNothing();
  const main = python.pyimport("pwa.browser.main");
  mark("imported");
  main.start(port, JSON.stringify({ ...rest, root: settings.root, marks }));
  mark("started");
  port.postMessage({ kind: "marks", marks });
}

self.onmessage = async ({ data }) => {
  if (data?.kind !== "boot") return;
  self.onmessage = null;
  try {
    await boot(data);
  } catch (error) {
    console.error(error);
    data.port.postMessage({ kind: "failed", reason: String(error?.stack ?? error) });
  }
};
