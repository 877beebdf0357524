// Starts CPython (Pyodide) with msgspec's C extension in a fixed place, with or without a memory snapshot.
// Shared by the phone's worker and by the build, which makes the snapshot in Node: both must load the
// extension at the same moment, before the interpreter exists, so that it lands at the same addresses.

export const EXTENSION = "/lib/python3.14/site-packages/msgspec/_core.cpython-314-wasm32-emscripten.so";
const MAGIC = 0x31535151;
const HEADER_WORDS = 5;
const PAGE = 4096;

// A snapshot is [magic, length of the heap, delta length, runs, bytes of JSON] as 32-bit words, [place, length] per run,
// the JSON of what Pyodide wants to know, then the runs' bytes. Pages of zeros are left out. Below the delta length
// bytes are XORed with the wasm file's own data, which would otherwise be shipped twice (1.2 MB packed).
export function packSnapshot(made, base) {
  const words = new Uint32Array(made.buffer, made.byteOffset, made.byteLength >> 2);
  const json = made.subarray(48, 48 + words[2]);
  const heap = made.subarray(words[1]);
  let delta = base.length;
  while (delta > 0 && base[delta - 1] === 0) delta--;
  for (let i = 0; i < delta; i++) heap[i] ^= base[i];
  const runs = [];
  for (let place = 0; place < heap.length; place += PAGE) {
    const page = heap.subarray(place, Math.min(place + PAGE, heap.length));
    if (page.every((byte) => byte === 0)) continue;
    const last = runs.at(-1);
    if (last && last[0] + last[1] === place) last[1] += page.length;
    else runs.push([place, page.length]);
  }
  const head = Uint32Array.from([MAGIC, heap.length, delta, runs.length, json.length, ...runs.flat()]);
  const parts = [new Uint8Array(head.buffer), json, ...runs.map(([place, length]) => heap.subarray(place, place + length))];
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.length;
  }
  return packed;
}

function readHead(packed) {
  const words = (from, count) => new Uint32Array(packed.slice(from * 4, (from + count) * 4).buffer);
  const [magic, heapLength, delta, count, jsonLength] = words(0, HEADER_WORDS);
  if (magic !== MAGIC) throw new Error("not a snapshot");
  const runs = words(HEADER_WORDS, count * 2);
  return { heapLength, delta, runs, jsonLength, start: (HEADER_WORDS + count * 2) * 4 };
}

// Writes the runs into a fresh instance's heap, of which `used` bytes are not zero; returns the JSON's object.
function restore(packed, heap, base, used) {
  const { delta, runs, jsonLength, start } = readHead(packed);
  let at = start + jsonLength;
  heap.fill(0, delta, used);
  heap.set(base.subarray(0, delta));
  for (let i = 0; i < runs.length; i += 2) {
    const [place, length] = [runs[i], runs[i + 1]];
    const bytes = packed.subarray(at, at + length);
    at += length;
    if (place >= delta) heap.set(bytes, place);
    else for (let j = 0; j < length; j++) heap[place + j] = (place + j < delta ? base[place + j] : 0) ^ bytes[j];
  }
  return JSON.parse(new TextDecoder().decode(packed.slice(start, start + jsonLength)));
}

// createModule: default export of pyodide.asm.mjs. extension: compiled WebAssembly.Module or bytes.
// options: {snapshot: Uint8Array or a promise of it?, wasm: Promise<WebAssembly.Module>?, onHeap: (heap) => void,
// mark: (name) => void}. With a snapshot give
// loadPyodide `_loadSnapshot: STAND_IN`, which turns its start-up off.
export const STAND_IN = new Uint8Array(64);

export function moduleFactory(createModule, extension, options = {}) {
  return async (settings) => {
    let base = null;
    let packed = null;
    const prepare = async (given) => {
      const module = given ?? settings;
      module.addRunDependency("extension");
      options.mark?.("instantiated");
      options.onHeap?.(module.HEAPU8);
      if (options.snapshot) {
        packed = await options.snapshot;
        const { delta, heapLength } = readHead(packed);
        base = module.HEAPU8.slice(0, delta);
        if (heapLength > module.HEAPU8.length) module.growMemory(heapLength); // pyodide#6254: no setting does it
      }
      const exports = await module.loadWebAssemblyModule(
        await extension, { loadAsync: true, nodelete: true, allowUndefined: false }, EXTENSION, {});
      module.preloadedWasm[EXTENSION] = exports;
      module.loadDynamicLibrary(EXTENSION, { global: true, nodelete: true });
      module.removeRunDependency("extension");
    };
    // Neither Emscripten nor Pyodide passes on what fails in their hooks: it must be told here.
    let fail;
    const failure = new Promise((_resolve, reject) => { fail = reject; });
    options.wasm?.catch(fail);
    settings.preRun = [(given) => { prepare(given).catch(fail); }].concat(settings.preRun ?? []);
    if (options.snapshot) {
      delete settings.INITIAL_MEMORY; // Pyodide takes it from the stand-in
      const ours = () => {
        options.mark?.("initialised");
        const config = restore(packed, settings.HEAPU8, base, settings._sbrk(0));
        options.mark?.("filled");
        return config;
      };
      Object.defineProperty(settings.API, "restoreSnapshot", { get: () => ours, set() {} });
    }
    if (options.wasm) {
      const original = settings.instantiateWasm;
      settings.instantiateWasm = (imports, done) => instantiate(options.wasm, original, imports, done);
    }
    return Promise.race([createModule(settings), failure]);
  };
}

// Pyodide's own hook adds two imports before it instantiates from its own download; reuse them, not the download.
function instantiate(compiled, original, imports, done) {
  const streaming = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (_response, given) => {
    WebAssembly.instantiateStreaming = streaming;
    const module = await compiled;
    return { module, instance: await WebAssembly.instantiate(module, given) };
  };
  return original(imports, done);
}
