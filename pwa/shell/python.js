// Starts CPython (Pyodide) with msgspec's C extension in a fixed place, with or without a memory snapshot.
// Shared by the phone's worker and by the build, which makes the snapshot in Node: both must load the
// extension at the same moment, before the interpreter exists, so that it lands at the same addresses.

export const EXTENSION = "/lib/python3.14/site-packages/msgspec/_core.cpython-314-wasm32-emscripten.so";
const MAGIC = 0x31535151;
const HEADER_WORDS = 5;
const PAGE = 4096;
const ROOM = 16 << 20; // bytes for the rows and the first screen: growing later, bit by bit, costs more

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

// source: see snapshots.js. All that stands before the runs' bytes.
function readHead(source) {
  const bytesFrom = (at, length) => {
    const bytes = new Uint8Array(length);
    source.read(bytes, at);
    return bytes;
  };
  const wordsFrom = (from, count) => new Uint32Array(bytesFrom(from * 4, count * 4).buffer);
  const [magic, heapLength, delta, count, jsonLength] = wordsFrom(0, HEADER_WORDS);
  if (magic !== MAGIC) throw new Error("not a snapshot");
  const runs = wordsFrom(HEADER_WORDS, count * 2);
  const start = (HEADER_WORDS + count * 2) * 4;
  return { heapLength, delta, runs, json: bytesFrom(start, jsonLength), at: start + jsonLength };
}

// Writes the runs into a fresh instance's heap, of which `used` bytes are not zero; returns the JSON's object.
function restore(source, { delta, runs, json, at }, heap, base, used) {
  heap.fill(0, delta, used);
  heap.set(base);
  for (let i = 0; i < runs.length; i += 2) {
    const [place, length] = [runs[i], runs[i + 1]];
    source.read(heap.subarray(place, place + length), at);
    at += length;
    for (let j = place, end = Math.min(place + length, delta); j < end; j++) heap[j] ^= base[j];
  }
  source.close();
  return JSON.parse(new TextDecoder().decode(json));
}

// createModule: default export of pyodide.asm.mjs. extension: compiled WebAssembly.Module or bytes.
// options: {snapshot: a promise of a source?, wasm: Promise<WebAssembly.Module>?, onHeap: (heap) => void,
// mark: (name) => void}. With a snapshot give
// loadPyodide `_loadSnapshot: STAND_IN`, which turns its start-up off.
export const STAND_IN = new Uint8Array(64);

export function moduleFactory(createModule, extension, options = {}) {
  return async (settings) => {
    let base = null;
    let source = null;
    let head = null;
    const prepare = async (given) => {
      const module = given ?? settings;
      module.addRunDependency("extension");
      options.mark?.("instantiated");
      options.onHeap?.(module.HEAPU8);
      if (options.snapshot) {
        source = await options.snapshot;
        if (!source) throw new Error("there is none");
        head = readHead(source);
        base = module.HEAPU8.slice(0, head.delta);
        const wanted = head.heapLength + ROOM;
        if (wanted > module.HEAPU8.length) module.growMemory(wanted); // pyodide#6254: no setting does it
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
        const config = restore(source, head, settings.HEAPU8, base, settings._sbrk(0));
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
