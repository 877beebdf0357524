// Makes the memory snapshot: starts Python from its files, imports everything, and packs its memory.
// On the phone this runs once per version, while the person signs in; the build runs it in Node as a check.
import { EXTENSION, moduleFactory, packSnapshot } from "/python.js";

const FORGET_AND_SCRUB = `
def forget(names):
    """Drop modules that start-up needs and the running app does not, with every name by which others know them."""
    import sys, types
    gone = {name for name in sys.modules if name in names or name.startswith(tuple(name + "." for name in names))}
    for module in [module for module in sys.modules.values() if isinstance(module, types.ModuleType)]:
        for name, value in list(vars(module).items()):
            source = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
            if source in gone and not name.startswith("__"):
                delattr(module, name)
    for name in gone:
        del sys.modules[name]
def scrub():
    """Caches name files that will not be there; and the less of freed memory holds old bytes, the better."""
    import gc, linecache, sys, zipimport
    linecache.clearcache(); sys.path_importer_cache.clear(); zipimport._zip_directory_cache.clear()
    gc.collect()
    gc.freeze()  # what is here stays: no collection on the phone need look at it
forget(_forgotten)
scrub()
del forget, scrub, _forgotten
`;

// Unpacks the app's own modules into a started interpreter.
export function installApp(python, { packPy, pack, extensionBytes, files }) {
  python.FS.mkdirTree(EXTENSION.slice(0, EXTENSION.lastIndexOf("/")));
  python.FS.writeFile(EXTENSION, extensionBytes);
  for (const [path, text] of Object.entries(files)) {
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, text);
  }
  python.runPython(packPy);
  python.FS.writeFile("/tmp/pack", pack);
  python.runPython('install_pack("/tmp/pack")');
}

// given: {loadPyodide, createModule, wasm?, extension, extensionBytes, options, packPy, pack, files, warm, forgotten}.
// Resolves with {snapshot, report}: the packed bytes, and what `warm` had to say.
export async function makeSnapshot(given) {
  let base = null;
  const onHeap = (heap) => { base = heap.slice(0, 1 << 22); };
  const createPyodideModule = moduleFactory(given.createModule, given.extension, { onHeap, wasm: given.wasm });
  const python = await given.loadPyodide({ ...given.options, _makeSnapshot: true, createPyodideModule });
  installApp(python, given);
  const report = python.runPython(given.warm);
  python.runPython("remove_pack()");
  python.globals.set("_forgotten", python.toPy(given.forgotten));
  python.runPython(FORGET_AND_SCRUB);
  return { snapshot: packSnapshot(python.makeMemorySnapshot(), base), report };
}
