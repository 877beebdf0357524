// Starts CPython (Pyodide) with msgspec's C extension in a fixed place, with or without a memory snapshot.
// Shared by the phone's worker and by the build, which makes the snapshot in Node: both must load the
// extension at the same moment, before the interpreter exists, so that it lands at the same addresses.

export const EXTENSION = "/lib/python3.14/site-packages/msgspec/_core.cpython-314-wasm32-emscripten.so";

// The snapshot's first pages repeat the wasm file's own data; the build ships them XORed with it (1.2 MB less
// over the wire), so they are put right once the fresh instance shows that data.
function applyDelta(snapshot, heap, length) {
  const words = length >> 2;
  const start = new Uint32Array(snapshot.buffer, snapshot.byteOffset, snapshot.byteLength >> 2)[1];
  const target = new Uint32Array(snapshot.buffer, snapshot.byteOffset + start, words);
  const source = new Uint32Array(heap.buffer, 0, words);
  for (let i = 0; i < words; i++) target[i] ^= source[i];
}

// createModule: default export of pyodide.asm.mjs. extension: compiled WebAssembly.Module or bytes.
// options: {snapshot: Uint8Array?, deltaLength, wasm: Promise<WebAssembly.Module>?, onHeap: (heap) => void}
export function moduleFactory(createModule, extension, options = {}) {
  return async (settings) => {
    const prepare = async (given) => {
      const module = given ?? settings;
      module.addRunDependency("extension");
      options.onHeap?.(module.HEAPU8);
      if (options.snapshot) {
        applyDelta(options.snapshot, module.HEAPU8, options.deltaLength);
        const missing = settings.INITIAL_MEMORY - module.HEAPU8.length;
        if (missing > 0) module.growMemory(settings.INITIAL_MEMORY); // pyodide#6254: the setting is ignored
      }
      const exports = await module.loadWebAssemblyModule(
        await extension, { loadAsync: true, nodelete: true, allowUndefined: false }, EXTENSION, {});
      module.preloadedWasm[EXTENSION] = exports;
      module.loadDynamicLibrary(EXTENSION, { global: true, nodelete: true });
      module.removeRunDependency("extension");
    };
    settings.preRun = [prepare].concat(settings.preRun ?? []);
    if (options.wasm) {
      const original = settings.instantiateWasm;
      settings.instantiateWasm = (imports, done) => instantiate(options.wasm, original, imports, done);
    }
    return createModule(settings);
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
